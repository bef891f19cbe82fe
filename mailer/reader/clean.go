package reader

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean makes text safe to store and to compare: valid UTF-8, NFC, lines ending in LF, no
// control characters but tab and line feed, and no bidirectional overrides (U+202A-202E,
// U+2066-2069), which show a text in another order than it is read in.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	if isASCII(s) {
		return cleanASCII(s)
	}
	s = strings.ToValidUTF8(s, "�")
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r == '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case unwanted(r):
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// isClean is the fast way past: most mail is ASCII with line feeds.
func isClean(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cleanASCII is clean for text that needs no composing.
func cleanASCII(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				out = append(out, '\n')
			}
		case unwanted(rune(c)):
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func unwanted(r rune) bool {
	switch {
	case r < ' ':
		return r != '\n' && r != '\t'
	case r >= 0x7f && r <= 0x9f, r == 0xfeff:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// maxLine bounds header values that people see, in runes.
const maxLine = 2000

// cleanLine is clean for one line: no line breaks at all.
func cleanLine(s string) string {
	s = strings.Join(strings.FieldsFunc(clean(s), func(r rune) bool {
		return r == '\n' || r == '\t' || r == ' '
	}), " ")
	if utf8.RuneCountInString(s) > maxLine {
		return string([]rune(s)[:maxLine])
	}
	return s
}
