package parts

import (
	"strings"
	"unicode/utf8"
)

// DecodeWords decodes the encoded words of a header value (RFC 2047). White space between two
// of them is dropped (6.2), and neighbours of one charset are joined before they are decoded,
// because many clients cut a letter in two. What cannot be decoded stays as it is.
func DecodeWords(value string) string { return decodeWords(value, ToUTF8, "") }

// DecodeWordsIn is like DecodeWords, but mends what it decodes (see Mend): raw 8-bit letters,
// which no charset was declared for, are taken for those of charset, the one that the body is
// written in, unless they are UTF-8 (RFC 6532).
func DecodeWordsIn(value, charset string) string {
	if e, known := lookup(charset); known && e == nil { // UTF-8
		charset = ""
	}
	text := decodeWords(value, Mend, charset)
	if strings.Contains(text, "=?") && text != value {
		return decodeWords(text, Mend, charset) // some programs encode what is encoded already
	}
	return text
}

// decodeWords takes bytes outside of encoded words as UTF-8, else as of the charset raw.
func decodeWords(value string, decode func([]byte, string) string, raw string) string {
	plain := func(s string) string {
		switch {
		case isASCII(s) && !strings.Contains(s, "\x1b$"):
			return s
		case utf8.ValidString(s):
			return decode([]byte(s), "")
		}
		return decode([]byte(s), raw)
	}
	if !strings.Contains(value, "=?") {
		return plain(value)
	}
	var out strings.Builder
	var pending []byte // decoded bytes of adjacent words
	charset := ""
	flush := func() {
		if pending != nil {
			out.WriteString(decode(pending, charset))
			pending = nil
		}
	}
	// No word ends in so many bytes at the end; none is looked for there again and again.
	tail := len(value) - strings.LastIndex(value, "?=")
	for value != "" {
		before, word, rest, ok := cutWord(value, tail)
		if !ok {
			break
		}
		if pending == nil || strings.Trim(before, " \t\r\n") != "" {
			flush()
			out.WriteString(plain(before))
		}
		if pending != nil && !strings.EqualFold(charset, word.charset) {
			flush()
		}
		charset = word.charset
		pending = word.decode(pending)
		value = rest
	}
	flush()
	out.WriteString(plain(value))
	return out.String()
}

type encodedWord struct {
	charset  string
	encoding byte // 'b' or 'q'
	text     string
}

// cutWord finds the next encoded word: =?charset?encoding?text?= that begins before the tail.
func cutWord(s string, tail int) (before string, w encodedWord, after string, ok bool) {
	for from := 0; ; {
		start := strings.Index(s[from:], "=?")
		if start < 0 || len(s)-from-start < tail {
			return "", w, "", false
		}
		start += from
		if w, n := wordAt(s[start:]); n > 0 {
			return s[:start], w, s[start+n:], true
		}
		from = start + 2
	}
}

// wordAt reads the encoded word at the beginning of s and says how long it is; 0 is none.
func wordAt(s string) (w encodedWord, n int) {
	charsetEnd := strings.IndexByte(s[2:], '?')
	if charsetEnd < 1 || charsetEnd > 60 {
		return w, 0
	}
	charsetEnd += 2
	if charsetEnd+3 > len(s) || s[charsetEnd+2] != '?' {
		return w, 0
	}
	w.charset, w.encoding = s[2:charsetEnd], s[charsetEnd+1]|0x20
	if w.encoding != 'b' && w.encoding != 'q' {
		return w, 0
	}
	text := s[charsetEnd+3:]
	end := strings.Index(text, "?=")
	if w.encoding == 'q' {
		end = endOfQ(text)
	}
	if end < 0 {
		return w, 0
	}
	w.text = text[:end]
	return w, charsetEnd + 3 + end + 2
}

// endOfQ finds the "?=" that ends a Q word; a "?" in the text may precede an "=3D".
func endOfQ(text string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], "?=")
		if i < 0 {
			return -1
		}
		i += from
		after := text[i+2:]
		if len(after) < 2 || unhex(after[0]) < 0 || unhex(after[1]) < 0 {
			return i
		}
		from = i + 1
		if !strings.Contains(text[from:], "?=") {
			return i
		}
	}
}

func (w encodedWord) decode(dst []byte) []byte {
	if dst == nil {
		dst = make([]byte, 0, len(w.text))
	}
	if w.encoding == 'b' {
		dst, _ = decodeBase64(dst, []byte(w.text))
		return dst
	}
	out, _ := decodeQuoted(dst, []byte(strings.ReplaceAll(w.text, "_", " ")))
	return out
}
