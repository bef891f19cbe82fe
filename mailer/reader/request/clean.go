package request

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxText bounds what is read of a text, in bytes.
	maxText = 256 << 10
	// maxSubjectLine is the longest line that a mail may have, in bytes (RFC 5322 2.1.1).
	maxSubjectLine = 998
)

// invisible removes what a reader cannot see but a comparison would stumble over, and brings the
// ends of lines and the spaces of HTML to their plain forms.
var invisible = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n", "\u00a0", " ", "\u202f", " ",
	"\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "",
	"\u2019", "'", "\u02bc", "'", "\x00", "",
)

// clean returns the first max bytes of text as valid UTF-8 in NFC with plain line ends.
func clean(text string, max int) string {
	if len(text) > max {
		text = text[:max]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if r, _ := utf8.DecodeLastRuneInString(text); r == utf8.RuneError && len(text) > 0 {
			text = text[:len(text)-1]
		}
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	if mayHide(text) {
		text = strings.Map(narrow, invisible.Replace(text))
	}
	return norm.NFC.String(text)
}

// narrow is a full-width letter, digit or sign of an address in its common width: Japanese keyboards
// write "ｊａｎｅ＠ｃｕｓｔｏｍｅｒ．ｅｘａｍｐｌｅ".
func narrow(r rune) rune {
	if r < '！' || r > '～' {
		return r
	}
	n := r - '！' + '!'
	if n >= 'a' && n <= 'z' || n >= 'A' && n <= 'Z' || n >= '0' && n <= '9' ||
		strings.ContainsRune("@.-_+", n) {
		return n
	}
	return r
}

// mayHide reports whether something may stand in a text that invisible replaces, or a wide
// letter, by the bytes with which these begin; the replacer looks at each byte for much longer.
func mayHide(text string) bool {
	for i := range len(text) {
		switch text[i] {
		case '\r', 0, 0xc2, 0xca, 0xe2, 0xef:
			return true
		}
	}
	return false
}
