package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line is one line of a body and what is known about it before the words are read.
type line struct {
	text   string // as it stands, without the line end
	bare   string // without quote marks and surrounding space
	quoted bool   // the author did not write it: '>' marks, or inside a quoting element
	cut    bool   // an element that says: from here on everything is the earlier mail (within a
	// quotation it says no more than that)
	sign  bool // inside an element that a mail client uses for the signature
	solid bool // ends where its author ended it (HTML), not where a mail client wrapped it
	fate  fate
}

// A fate says where a line ends up.
type fate uint8

const (
	fresh fate = iota // newly written
	quote             // quoted, or the head of a quotation
	gone              // signature, disclaimer, or after a point that cuts off the rest
)

func (l line) blank() bool { return l.bare == "" }

// plainLines splits text at its line ends and takes the quote marks off.
func plainLines(text string) []line {
	lines := make([]line, 0, strings.Count(text, "\n")+1)
	for s := range strings.SplitSeq(text, "\n") {
		lines = append(lines, newLine(s))
	}
	return lines
}

// plainBound returns how much of a text is read.
func plainBound(text string) int {
	filled, at := 0, 0
	for s := range strings.SplitSeq(text, "\n") {
		if bare, _ := unquote(clip(s, maxLabel)); bare != "" {
			filled++
		}
		if at+len(s) > maxText || filled > maxLines {
			break
		}
		at += len(s) + 1
	}
	return min(at, len(text))
}

// plainTalks reports whether somebody wrote something, unquoted, in a text that nobody reads.
func plainTalks(text string) bool {
	for s := range strings.SplitSeq(text, "\n") {
		if bare, depth := unquote(s); depth == 0 && bare != "" {
			return true
		}
	}
	return false
}

func newLine(s string) line {
	s = strings.ToValidUTF8(s, "\uFFFD")
	bare, depth := unquote(s)
	return line{text: strings.TrimRightFunc(s, unicode.IsSpace), bare: bare, quoted: depth > 0}
}

// unquote takes the leading '>' marks and spaces off a line (RFC 3676 4.5) and counts them. A
// lone ">:" is the tail of a wrapped "<address>:" and no quotation.
func unquote(s string) (string, int) {
	s = trim(s)
	if s == ">:" {
		return s, 0
	}
	depth := 0
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '>' || r == '＞':
			depth++
		case !unicode.IsSpace(r):
			return s, depth
		}
		s = s[n:]
	}
	return "", depth
}

// trim takes off white space and the marks that nobody sees.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) })
}

// invisible reports format characters that a reader does not see, Hangul filler and the like
// included. The mark U+1427 is what a read-receipt tracker puts in place of its image.
func invisible(r rune) bool {
	switch r {
	case '\u202D', '\u202E':
		return false // they change what is read, so they stay
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u034F', '\u1427', '\u2800':
		return true
	}
	return r > 0x7F && unicode.In(r, unicode.Cf, unicode.Variation_Selector)
}
