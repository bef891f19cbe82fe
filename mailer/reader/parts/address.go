package parts

import "strings"

// maxAddresses bounds a list; longer ones are mass mail.
const maxAddresses = 200

// Addresses lists the bare addresses of a header value, as well as they can be made out. It
// is for showing and locating, never for identity: it picks where a strict reader refuses.
func Addresses(value string) []string {
	var out []string
	for pieces := 0; len(out) < maxAddresses && pieces < 10*maxAddresses; pieces++ {
		one, rest, more := cutAddress(value)
		if a := bareAddress(one); a != "" {
			out = append(out, a)
		}
		if !more {
			break
		}
		value = rest
	}
	if out == nil && strings.Contains(value, "=?") {
		// Some clients encode the whole field, which RFC 2047 5 forbids.
		if decoded := DecodeWords(value); !strings.Contains(decoded, "=?") {
			return Addresses(decoded)
		}
	}
	return out
}

// cutAddress cuts at the first separator outside quotes, comments and angle brackets. A group
// (RFC 5322 3.4) opens with "name:" and closes with ";": both only separate here.
func cutAddress(s string) (one, rest string, more bool) {
	quoted, angle, depth := false, false, 0
	// What is opened and never closed again is taken for a letter like any other.
	lastQuote, lastParen, lastAngle := strings.LastIndexByte(s, '"'),
		strings.LastIndexByte(s, ')'), strings.LastIndexByte(s, '>')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case c == '"' && depth == 0 && (quoted || lastQuote > i):
			quoted = !quoted
		case quoted:
		case c == '(' && lastParen > i:
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '<':
			angle = lastAngle > i
		case c == '>':
			angle = false
		case angle:
		case c == ',' || c == ';':
			return s[:i], s[i+1:], true
		case c == ':' && strings.IndexByte(s[:i], '@') < 0:
			return "", s[i+1:], true
		}
	}
	return s, "", false
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
		if a := trimRoute(inner); strings.Contains(a, "@") {
			return a
		}
	}
	s = withoutComments(s)
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
	return strings.Join(strings.Fields(a), "")
}

func withoutComments(s string) string {
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
