package inbox

import (
	"bytes"
	"math"
	"strconv"
)

// kind is what a response is, as far as its bounds and its grammar depend on it (RFC 9051 7).
type kind int

const (
	unknown kind = iota
	prose        // text to the end of the line: quotes and braces mean nothing there
	fetch
	search
	other
)

// longestHead is enough of a response to know its kind: "* 4294967295 FETCH ".
const longestHead = 24

// kindOf knows a response by its beginning; unknown while it takes more.
func kindOf(head []byte) kind {
	last := head[len(head)-1]
	whole := last == '\n' || len(head) == longestHead
	if last != ' ' && !whole {
		return unknown
	}
	words := bytes.Fields(bytes.ToUpper(head))
	switch {
	case len(words) == 0:
		return other
	case string(words[0]) != "*":
		return prose // an answer with its tag, or "+"
	case len(words) == 1:
		return unless(whole, other)
	}
	switch word := string(words[1]); word {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return prose
	case "SEARCH":
		return search
	default:
		if _, err := strconv.ParseUint(word, 10, 32); err != nil {
			return other
		}
	}
	switch {
	case len(words) == 2:
		return unless(whole, other)
	case string(words[2]) == "FETCH":
		return fetch
	}
	return other
}

func unless(whole bool, k kind) kind {
	if whole {
		return k
	}
	return unknown
}

// sizeMark recognises "{n}" at the end of a line (RFC 9051 4.3).
type sizeMark struct {
	state byte // the last of its bytes that was seen
	n     int64
}

// next takes a byte, and says with the LF whether n bytes of a literal follow.
func (s *sizeMark) next(b byte) (n int64, announced bool) {
	switch {
	case b == '{':
		*s = sizeMark{state: '{'}
	case s.state == '{' && b >= '0' && b <= '9':
		s.n = min(s.n, math.MaxInt64/10-1)*10 + int64(b-'0')
	case s.state == '{' && b == '}':
		s.state = '}'
	case s.state == '}' && (b == ' ' || b == '\r'): // go-imap lets a space pass here
		s.state = b
	case s.state == ' ' && b == '\r':
		s.state = b
	case s.state != 0 && s.state != '{' && b == '\n':
		n = s.n
		*s = sizeMark{}
		return n, true
	default:
		*s = sizeMark{}
	}
	return 0, false
}
