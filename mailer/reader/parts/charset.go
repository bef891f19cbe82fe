package parts

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// aliases are names seen in mail that neither the WHATWG nor the IANA index knows, or that
// the WHATWG index refuses to decode for the sake of browsers.
var aliases = map[string]encoding.Encoding{
	"hz-gb-2312": simplifiedchinese.HZGB2312,
	"cp936":      simplifiedchinese.GBK,
	"ms936":      simplifiedchinese.GBK,
	"cp949":      korean.EUCKR,
	"ks_c_5601":  korean.EUCKR,
	"cp850":      charmap.CodePage850,
	"cp-850":     charmap.CodePage850,
	"cp437":      charmap.CodePage437,
	"ansi":       charmap.Windows1252,
	"8859_1":     charmap.Windows1252,
	"iso8859_1":  charmap.Windows1252,
	"8bit":       charmap.Windows1252,
}

// lookup finds the decoder of a declared charset; nil says that the bytes are to be taken as
// UTF-8, known says whether the name means anything.
func lookup(name string) (e encoding.Encoding, known bool) {
	name = strings.ToLower(strings.Trim(name, " \t\"'"))
	name, _, _ = strings.Cut(name, "*") // RFC 2231 5: charset*language
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil, true
	case "utf-7", "unicode-1-1-utf-7", "csunicode11utf7":
		return utf7{}, true
	}
	if e, ok := aliases[name]; ok {
		return e, true
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e, true
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e, true
	}
	return nil, false
}

// KnownCharset says whether a declared charset can be decoded.
func KnownCharset(name string) bool {
	if _, known := lookup(name); known || isUTF16(name) {
		return true
	}
	_, known := lookupMisspelt(name)
	return known
}

// ToUTF8 decodes text: as declared; if that leaves replacement characters, as strict UTF-8;
// else as windows-1252, which decodes anything. Text that is UTF-8 already passes untouched.
func ToUTF8(text []byte, charset string) string {
	e, known := lookup(charset)
	if e == nil {
		if utf8.Valid(text) {
			return string(text)
		}
		if strings.HasPrefix(strings.ToLower(charset), "utf") && mostlyUTF8(text) {
			return strings.ToValidUTF8(string(text), "�")
		}
		return windows1252(text)
	}
	if known && isASCII(text) && asciiSafe(e) {
		return string(text)
	}
	out, err := e.NewDecoder().Bytes(text)
	if err == nil && !strings.ContainsRune(string(out), utf8.RuneError) {
		return string(out)
	}
	if utf8.Valid(text) && !isASCII(text) {
		return string(text)
	}
	if err == nil && fewErrors(string(out)) {
		return string(out)
	}
	return windows1252(text)
}

// asciiSafe holds for charsets in which an ASCII byte is that letter: all but the stateful.
func asciiSafe(e encoding.Encoding) bool {
	_, single := e.(*charmap.Charmap)
	return single || e == simplifiedchinese.GBK || e == simplifiedchinese.GB18030 ||
		e == korean.EUCKR
}

// mostlyUTF8 tells text that was cut in a character from text of another charset.
func mostlyUTF8(text []byte) bool {
	bad, multi := 0, 0
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else if n > 1 {
			multi++
		}
		text = text[n:]
	}
	return multi > 0 && bad <= 1+multi/8
}

// fewErrors accepts a text of which a single letter in twenty or less could not be decoded.
func fewErrors(s string) bool {
	return strings.Count(s, "�")*20 <= len(s)
}

func windows1252(text []byte) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/4)
	for _, c := range text {
		if c < utf8.RuneSelf {
			b.WriteByte(c)
			continue
		}
		b.WriteRune(charmap.Windows1252.DecodeByte(c))
	}
	return b.String()
}

func isASCII[T string | []byte](text T) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
