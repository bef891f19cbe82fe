package authentic

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// maxNesting is how deep comments may stand in comments; people write one.
const maxNesting = 8

// A scanner reads a structured field value (RFC 5322 3.2) once, front to back.
// Its errors say what is wrong and repeat nothing of the value.
type scanner struct {
	text string
	pos  int
}

// newScanner takes an unfolded value: UTF-8 (RFC 8616 4), no control
// characters but the tab.
func newScanner(text string) (*scanner, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not UTF-8")
	}
	for i := range len(text) {
		if text[i] < ' ' && text[i] != '\t' || text[i] == 0x7f {
			return nil, errors.New("it has a control character")
		}
	}
	return &scanner{text: text}, nil
}

func (s *scanner) done() bool { return s.pos == len(s.text) }

// peek is the next byte; 0, which no value holds, at the end.
func (s *scanner) peek() byte {
	if s.done() {
		return 0
	}
	return s.text[s.pos]
}

// take steps over c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// run takes the longest stretch of bytes that belong.
func (s *scanner) run(belongs func(byte) bool) string {
	start := s.pos
	for !s.done() && belongs(s.text[s.pos]) {
		s.pos++
	}
	return s.text[start:s.pos]
}

// blank steps over white space and comments (CFWS) and reports whether there
// were any.
func (s *scanner) blank() (bool, error) {
	start := s.pos
	for {
		s.run(func(c byte) bool { return c == ' ' || c == '\t' })
		if s.peek() != '(' {
			return s.pos > start, nil
		}
		if err := s.comment(); err != nil {
			return false, err
		}
	}
}

// comment steps over a comment and those in it. RFC 5322 3.2.2 sees nothing
// special in a quote there, but servers write addresses into comments as they
// got them: a parenthesis between quotes is a sender's try to end the comment,
// and an open quote is half of one.
func (s *scanner) comment() error {
	depth, quoted := 0, false
	for ; !s.done(); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '\\':
			s.pos++
		case c == '"':
			quoted = !quoted
		case c != '(' && c != ')':
		case quoted:
			return errors.New("it has a parenthesis between quotes in a comment")
		case c == '(':
			if depth++; depth > maxNesting {
				return errors.New("its comments are nested too deep")
			}
		default:
			if depth--; depth == 0 {
				s.pos++
				return nil
			}
		}
		if s.done() { // a backslash was last
			break
		}
	}
	s.pos = len(s.text)
	return errors.New("it has an open comment")
}

// quoted reads a quoted string (RFC 5322 3.2.4), its quotes and backslashes
// removed.
func (s *scanner) quoted() (string, error) {
	var b strings.Builder
	for s.pos++; !s.done(); s.pos++ {
		c := s.text[s.pos]
		switch {
		case c == '"':
			s.pos++
			return b.String(), nil
		case c == '\\' && s.pos+1 < len(s.text):
			s.pos++
			c = s.text[s.pos]
		}
		b.WriteByte(c)
	}
	return "", errors.New("it has an open quote")
}

// value is RFC 2045 5.1's: a token or a quoted string.
func (s *scanner) value() (string, error) {
	if s.peek() == '"' {
		return s.quoted()
	}
	v := s.run(isToken)
	if v == "" {
		return "", errors.New("it has no value where one belongs")
	}
	return v, nil
}

func isToken(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`()<>@,;:\"/[]?=`, c) < 0
}

// keyword is RFC 5321 4.1.2's Ldh-str, in lower case. The underscore is
// Fastmail's, who write policy.is_org.
func (s *scanner) keyword() (string, error) {
	w := s.run(func(c byte) bool { return isAlnum(c) || c == '-' || c == '_' })
	if w == "" || !isAlnum(w[0]) || !isAlnum(w[len(w)-1]) {
		return "", errors.New("it has no keyword where one belongs")
	}
	return lower(w), nil
}

// propertyValue reads what stands behind the = of a property (RFC 8601 2.2,
// pvalue): a value, or a domain with or without a local part and @. Unquoted
// it may hold what addresses, base64 and IPv6 addresses do: nothing that could
// begin another statement.
func (s *scanner) propertyValue() (string, error) {
	v := ""
	if s.peek() == '"' {
		q, err := s.quoted()
		if err != nil || s.peek() != '@' {
			return q, err
		}
		v = q
	}
	rest := s.run(func(c byte) bool {
		return isAtext(c) || c >= 0x80 || strings.IndexByte(".@:/[]", c) >= 0
	})
	if rest == "" || strings.Count(rest, "@") > 1 {
		return "", errors.New("it has a property without a proper value")
	}
	return v + rest, nil
}
