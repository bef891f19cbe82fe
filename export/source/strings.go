package source

import (
	"bytes"
	"encoding/json"
)

// eachString calls visit with the bounds, quotes included, of every string in raw that may hold an
// address, keys too. Outside of strings valid JSON (RFC 8259) has no '@', '%' or backslash; so the
// nearest quote in front that is not escaped opens the string. Invalid JSON gives bounds too, of
// nothing in particular.
func eachString(raw []byte, visit func(lo, hi int)) {
	signs := [...]struct {
		mark []byte
		at   int
	}{{[]byte("@"), -1}, {[]byte("%40"), -1}, {[]byte(`\u00`), -1}}
	for from := 0; from < len(raw); {
		first := len(raw)
		for i := range signs {
			if s := &signs[i]; s.at < from {
				s.at = indexFrom(raw, s.mark, from)
			}
			first = min(first, signs[i].at)
		}
		if first == len(raw) {
			return
		}
		lo := stringStart(raw, from, first)
		from = first + 1
		if lo >= 0 {
			from = stringEnd(raw, lo)
			visit(lo, from)
		}
	}
}

// indexFrom is the place of mark in raw from an offset on, len(raw) when it is not there.
func indexFrom(raw, mark []byte, from int) int {
	if i := bytes.Index(raw[from:], mark); i >= 0 {
		return from + i
	}
	return len(raw)
}

// stringStart is the opening quote of the string around at, -1 when there is none behind from.
func stringStart(raw []byte, from, at int) int {
	for at > from {
		lo := from + bytes.LastIndexByte(raw[from:at], '"')
		if lo < from {
			return -1
		}
		slashes := lo - len(bytes.TrimRight(raw[from:lo], `\`)) - from
		if slashes%2 == 0 {
			return lo
		}
		at = lo
	}
	return -1
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
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	// A string always encodes.
	_ = enc.Encode(text)
	return bytes.TrimRight(out.Bytes(), "\n")
}
