package source

import (
	"bytes"
	"encoding/json"
)

// mayHoldAddress is the cheap question that most strings answer with no.
func mayHoldAddress(raw []byte) bool {
	for i, c := range raw {
		switch c {
		case '@':
			return true
		case '%':
			if bytes.HasPrefix(raw[i:], []byte("%40")) {
				return true
			}
		case '\\':
			if bytes.HasPrefix(raw[i:], []byte(`\u00`)) {
				return true
			}
		}
	}
	return false
}

// eachString calls visit with the bounds, quotes included, of every string in raw, keys too.
// raw must be valid JSON (RFC 8259): only then does a quote outside a string open one.
func eachString(raw []byte, visit func(lo, hi int)) {
	for lo := bytes.IndexByte(raw, '"'); lo < len(raw) && lo >= 0; {
		hi := stringEnd(raw, lo)
		visit(lo, hi)
		next := bytes.IndexByte(raw[hi:], '"')
		if next < 0 {
			return
		}
		lo = hi + next
	}
}

// stringEnd is the offset after the closing quote of the string that opens at lo.
func stringEnd(raw []byte, lo int) int {
	for i := lo + 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

func unquote(literal []byte) string {
	if bytes.IndexByte(literal, '\\') < 0 && len(literal) >= 2 {
		return string(literal[1 : len(literal)-1])
	}
	var text string
	if err := json.Unmarshal(literal, &text); err != nil {
		return ""
	}
	return text
}

// quote writes text as a JSON string without the HTML escapes of json.Marshal.
func quote(text string) []byte {
	if plain(text) {
		return append(append([]byte{'"'}, text...), '"')
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	// A string always encodes.
	_ = enc.Encode(text)
	return bytes.TrimRight(out.Bytes(), "\n")
}

// plain reports whether text needs no escape in JSON (RFC 8259 7).
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
