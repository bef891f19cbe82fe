package parts

import "strings"

// maxAddresses bounds a list; longer ones are mass mail.
const maxAddresses = 200

// Addresses lists the bare addresses of a header value, as well as they can be made out. It
// is for showing and locating, never for identity: it picks where a strict reader refuses.
func Addresses(value string) []string {
	var out []string
	c := newAddressCursor(value)
	for pieces := 0; !c.done && len(out) < maxAddresses && pieces < 10*maxAddresses; pieces++ {
		if a := bareAddress(c.next()); a != "" {
			out = append(out, a)
		}
	}
	if out == nil && strings.Contains(value, "=?") {
		// Some clients encode the whole field, which RFC 2047 5 forbids.
		if decoded := DecodeWords(value); !strings.Contains(decoded, "=?") {
			return Addresses(decoded)
		}
	}
	return out
}

// An addressCursor goes through a list of addresses once, from separator to separator.
type addressCursor struct {
	text string
	pos  int
	done bool // nothing comes after the last one
	at   int  // the first "@" from pos on, len(text) where there is none
	// What is opened and never closed again is taken for a letter like any other.
	lastQuote, lastParen, lastAngle int
}

func newAddressCursor(s string) addressCursor {
	return addressCursor{text: s, at: -1, lastQuote: strings.LastIndexByte(s, '"'),
		lastParen: strings.LastIndexByte(s, ')'), lastAngle: strings.LastIndexByte(s, '>')}
}

// next cuts at the first separator outside quotes, comments and angle brackets. A group
// (RFC 5322 3.4) opens with "name:" and closes with ";": both only separate here.
func (c *addressCursor) next() string {
	quoted, angle, depth, start := false, false, 0, c.pos
	c.findAt()
	for i := start; i < len(c.text); i++ {
		switch b := c.text[i]; {
		case b == '\\' && (quoted || depth > 0):
			i++
		case b == '"' && depth == 0 && (quoted || c.lastQuote > i):
			quoted = !quoted
		case quoted:
		case b == '(' && c.lastParen > i:
			depth++
		case b == ')' && depth > 0:
			depth--
		case depth > 0:
		case b == '<':
			angle = c.lastAngle > i
		case b == '>':
			angle = false
		case angle:
		case b == ',' || b == ';':
			c.pos = i + 1
			return c.text[start:i]
		case b == ':' && c.at > i:
			c.pos = i + 1
			return ""
		}
	}
	c.done = true
	return c.text[start:]
}

// findAt keeps at where it has to be; all calls together go through the text once.
func (c *addressCursor) findAt() {
	if c.at >= c.pos {
		return
	}
	c.at = len(c.text)
	if i := strings.IndexByte(c.text[c.pos:], '@'); i >= 0 {
		c.at = c.pos + i
	}
}

// bareAddress takes the address out of one mailbox: what the last angle brackets hold, else
// the word with an @ in it.
func bareAddress(s string) string {
	s = strings.TrimSpace(s)
	if open := openAngle(s); open >= 0 {
		inner := s[open+1:]
		if end := strings.IndexByte(inner, '>'); end >= 0 {
			inner = inner[:end]
		}
		if !strings.Contains(inner, `"`) {
			inner = WithoutComments(inner) // RFC 5322 4.4 has them on both sides of the at sign
		}
		if a := trimRoute(inner); strings.Contains(a, "@") {
			return a
		}
	}
	s = WithoutComments(s)
	if strings.HasPrefix(s, `"`) && strings.Contains(s, `"@`) {
		return strings.TrimSpace(s)
	}
	for word := range strings.FieldsSeq(s) {
		word = strings.Trim(word, "<>\"'[]")
		if at := strings.IndexByte(word, '@'); at > 0 && at < len(word)-1 {
			return trimRoute(word)
		}
	}
	return ""
}

// openAngle finds the last "<" outside a quoted string.
func openAngle(s string) int {
	quoted, last := false, -1
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '<' && !quoted:
			last = i
		}
	}
	if last < 0 {
		return strings.LastIndexByte(s, '<')
	}
	return last
}

// trimRoute drops a source route (RFC 5321 4.1.2, obsolete) and a scheme.
func trimRoute(a string) string {
	a = strings.TrimSpace(a)
	if strings.HasPrefix(a, "@") {
		if colon := strings.IndexByte(a, ':'); colon >= 0 {
			a = a[colon+1:]
		}
	}
	if len(a) > 7 && strings.EqualFold(a[:7], "mailto:") {
		a = a[7:]
	}
	if strings.HasPrefix(a, `"`) {
		return a
	}
	return strings.TrimSuffix(strings.Join(strings.Fields(a), ""), ".")
}

// WithoutComments puts a blank where a comment stood (RFC 5322 3.2.2). It knows no quoted
// strings: whoever has one of those looks for it first.
func WithoutComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '(':
			depth++
		case s[i] == ')' && depth > 0:
			depth--
			b.WriteByte(' ')
		case depth == 0:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// IDs scans a value for message ids, without their brackets: whatever stands between "<" and
// ">" without blanks or commas, at most max of them. Clients also separate them by commas.
func IDs(value string, max int) []string {
	var out []string
	for len(out) < max {
		open := strings.IndexByte(value, '<')
		if open < 0 {
			break
		}
		value = value[open+1:]
		end := strings.IndexAny(value, "<> \t\r\n,")
		if end < 0 {
			break
		}
		if end > 0 && value[end] == '>' {
			out = append(out, value[:end])
		}
		value = value[end:]
	}
	return out
}
