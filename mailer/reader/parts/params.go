package parts

import (
	"strconv"
	"strings"
)

// A Param is one name=value of a structured field, the value unquoted but still encoded.
type Param struct{ Name, Value string }

// splitParams reads `value; name=value; name="value"` leniently: comments (RFC 2045 5.1) are
// dropped, stray semicolons and parameters without a value are ignored.
func splitParams(field string) (value string, params []Param) {
	c := newParamCursor(field)
	value = c.next()
	for !c.done() && len(params) < maxParams {
		name, val, ok := strings.Cut(c.next(), "=")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(name))
		params = append(params, Param{name, unquote(strings.TrimSpace(val))})
	}
	return strings.ToLower(strings.TrimSpace(value)), params
}

// maxParams is far above the handful that any client writes.
const maxParams = 64

// A paramCursor goes through a structured field once, from semicolon to semicolon.
type paramCursor struct {
	text      string
	pos       int
	lastParen int // the last ")" of the field: a "(" behind it belongs to an unquoted file name
}

func newParamCursor(field string) paramCursor {
	return paramCursor{text: field, lastParen: strings.LastIndexByte(field, ')')}
}

func (c *paramCursor) done() bool { return c.pos >= len(c.text) }

// next cuts at the first semicolon outside quotes and drops comments on the way.
func (c *paramCursor) next() string {
	quoted, depth, start := false, 0, c.pos
	var kept []byte // only filled once a comment was met
	for i := start; i < len(c.text); i++ {
		b := c.text[i]
		switch {
		case quoted && b == '\\':
			if kept != nil && i+1 < len(c.text) {
				kept = append(kept, b, c.text[i+1])
			}
			i++
			continue
		case b == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case b == '(' && c.lastParen > i:
			if depth == 0 && kept == nil {
				kept = append([]byte{}, c.text[start:i]...)
			}
			depth++
			continue
		case b == ')' && depth > 0:
			depth--
			continue
		case b == ';' && depth == 0:
			c.pos = i + 1
			return orKept(kept, c.text[start:i])
		}
		if kept != nil && depth == 0 {
			kept = append(kept, b)
		}
	}
	c.pos = len(c.text)
	return orKept(kept, c.text[start:])
}

func orKept(kept []byte, all string) string {
	if kept != nil {
		return string(kept)
	}
	return all
}

func unquote(s string) string {
	if len(s) == 0 || s[0] != '"' {
		return s
	}
	s = s[1:]
	if strings.IndexByte(s, '\\') < 0 {
		if i := strings.IndexByte(s, '"'); i >= 0 {
			return s[:i]
		}
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			break
		}
		// A backslash before a letter is a Windows path in a file name, not an escape.
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}

// param finds a parameter by name, joining the pieces and decoding the charset of RFC 2231.
func param(params []Param, name string) string { return find(params, name, false) }

// nameParam is param for file names, whose pieces may be numbered in odd ways; odd says that
// only that found the name.
func nameParam(params []Param, name string) (value string, odd bool) {
	value = find(params, name, true)
	return value, value != "" && find(params, name, false) == ""
}

func find(params []Param, name string, lenient bool) string {
	plain := ""
	for _, p := range params {
		switch p.Name {
		case name:
			if plain == "" {
				plain = p.Value
			}
		case name + "*":
			return extended(p.Value, "")
		}
	}
	if joined, ok := continued(params, name, lenient); ok {
		return joined
	}
	return plain
}

// continued joins name*0, name*1*, ... (RFC 2231 3 and 4.1) in the order of their numbers,
// which some begin at one and some write with leading zeros: lenient bears with that.
func continued(params []Param, name string, lenient bool) (string, bool) {
	var pieces [maxParams]*Param
	first := maxParams
	for i, p := range params {
		rest, ok := strings.CutPrefix(p.Name, name)
		if !ok || rest == "" || rest[0] != '*' {
			continue
		}
		digits := strings.TrimSuffix(rest[1:], "*")
		n, err := strconv.ParseUint(digits, 10, 16)
		if !lenient && len(digits) > 1 && digits[0] == '0' {
			continue
		}
		if err == nil && n < maxParams && pieces[n] == nil {
			pieces[n], first = &params[i], min(first, int(n))
		}
	}
	if first > 1 || first == 1 && !lenient {
		return "", false
	}
	var b strings.Builder
	charset, encoded := "", false
	for n := first; n < maxParams && pieces[n] != nil; n++ {
		value, star := pieces[n].Value, strings.HasSuffix(pieces[n].Name, "*")
		if n == first && star {
			charset, value = cutCharset(value)
			encoded = true
		}
		if star {
			value = percentDecoded(value)
		}
		b.WriteString(value)
	}
	if !encoded {
		return b.String(), true
	}
	return Mend([]byte(b.String()), charset), true
}

func extended(value, charset string) string {
	if cs, rest := cutCharset(value); cs != "" || rest != value {
		charset, value = cs, rest
	}
	return Mend([]byte(percentDecoded(value)), charset)
}

// cutCharset cuts charset'language'value.
func cutCharset(value string) (charset, rest string) {
	charset, after, ok := strings.Cut(value, "'")
	if !ok {
		return "", value
	}
	_, text, ok := strings.Cut(after, "'")
	if !ok {
		return charset, after
	}
	return charset, text
}

func percentDecoded(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
