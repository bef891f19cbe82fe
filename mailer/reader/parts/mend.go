package parts

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Mend decodes text as ToUTF8 does where that works, and otherwise takes evidence: a byte
// order mark, a charset whose name is misspelt, the escapes of ISO 2022, the zeros of UTF-16,
// and at last the frequency of letters. It is for reading and showing; what decides about a
// request must say the same without it.
func Mend(text []byte, charset string) string {
	e, known := lookup(charset)
	if !known {
		e, known = lookupMisspelt(charset)
	}
	if out, ok := marked(text, known && e != nil && !isUTF16(charset)); ok {
		return out
	}
	if isUTF16(charset) {
		return fromUTF16(text, strings.HasSuffix(strings.ToLower(charset), "be"))
	}
	if known && e != nil {
		if out, ok := decodedBy(e, text); ok {
			return out
		}
	}
	if known && e == nil && strings.HasPrefix(strings.ToLower(charset), "utf") &&
		!utf8.Valid(text) && mostlyUTF8(text) {
		return strings.ToValidUTF8(string(text), "�")
	}
	return fromEvidence(text)
}

// marked decodes text that begins with a byte order mark. Where another charset is declared, two
// letters of it may look like the one of UTF-16, in which hardly a text goes without a zero.
func marked(text []byte, declared bool) (string, bool) {
	if rest, ok := bytes.CutPrefix(text, []byte("\xef\xbb\xbf")); ok && utf8.Valid(rest) {
		return string(rest), true
	}
	if declared && bytes.IndexByte(text, 0) < 0 {
		return "", false
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) {
		return fromUTF16(text, false), true
	}
	if bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return fromUTF16(text, true), true
	}
	return "", false
}

// decodedBy says whether a declared charset explains the text: all of it, but for a letter
// that was cut at the end or a few damaged ones.
func decodedBy(e encoding.Encoding, text []byte) (string, bool) {
	if e == simplifiedchinese.GBK {
		e = simplifiedchinese.GB18030 // of which GBK and GB 2312 are parts
	}
	out, err := e.NewDecoder().Bytes(text)
	if err != nil {
		return "", false
	}
	s := string(out)
	switch bad := strings.Count(s, "�"); {
	case bad == 0:
		return s, true
	case utf8.Valid(text) && !isASCII(text):
		return string(text), true
	case bad == 1 && strings.HasSuffix(s, "�"):
		return s, true
	}
	return s, fewErrors(s)
}

// fromEvidence decodes text of which nothing is known.
func fromEvidence(text []byte) string {
	switch {
	case zerosOfUTF16(text):
		return fromUTF16(text, bytes.IndexByte(text, 0)%2 == 0)
	case isASCII(text):
		return fromEscapes(text)
	case utf8.Valid(text):
		return string(text)
	}
	if e := guess(text); e != charmap.Windows1252 {
		if out, err := e.NewDecoder().Bytes(text); err == nil {
			return string(out)
		}
	}
	return windows1252(text)
}

// fromEscapes decodes the charsets of seven bits that name themselves (RFC 1468, 1557, 1922).
func fromEscapes(text []byte) string {
	var e encoding.Encoding
	switch {
	case bytes.Contains(text, []byte("\x1b$)C")), bytes.Contains(text, []byte("\x1b$)A")):
		e = shiftOut{}
	case bytes.Contains(text, []byte("\x1b$B")), bytes.Contains(text, []byte("\x1b$@")):
		e = japanese.ISO2022JP
	default:
		return string(text)
	}
	if out, ok := decodedBy(e, text); ok {
		return out
	}
	return string(text)
}

// lookupMisspelt finds charsets whose names are written in another way than the indexes know.
func lookupMisspelt(name string) (encoding.Encoding, bool) {
	name = squashed(name)
	if e, ok := misspelt[name]; ok {
		return e, true
	}
	for _, prefix := range []string{"cp", "win", "windows", "ms", "xcp", "ibm", "xwindows"} {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || rest == "" || strings.Trim(rest, "0123456789") != "" {
			continue
		}
		for _, known := range []string{"windows-" + rest, "ibm" + rest, "cp" + rest} {
			if e, ok := lookup(known); ok {
				return e, true
			}
		}
	}
	if rest, ok := strings.CutPrefix(name, "iso8859"); ok && len(rest) > 0 {
		return lookup("iso-8859-" + rest[:min(len(rest), 2)])
	}
	return nil, false
}

// squashed is a name in lower case without anything but letters and digits.
func squashed(name string) string {
	name, _, _ = strings.Cut(name, "*") // RFC 2231 5: charset*language
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r | 0x20
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name[:min(len(name), 60)])
}

// misspelt are squashed names met in mail.
var misspelt = map[string]encoding.Encoding{
	"utf8": nil, "utf8mb4": nil, "xutf8": nil, "unicode11utf8": nil, "ansix341968": nil,
	"koi8r": charmap.KOI8R, "koi8u": charmap.KOI8U, "koi8ru": charmap.KOI8U,
	"ms932": japanese.ShiftJIS, "cp932": japanese.ShiftJIS, "windows31j": japanese.ShiftJIS,
	"windows932": japanese.ShiftJIS, "sjis": japanese.ShiftJIS, "xmscp932": japanese.ShiftJIS,
	"eucjp": japanese.EUCJP, "xeucjp": japanese.EUCJP, "ujis": japanese.EUCJP,
	"iso2022jp": japanese.ISO2022JP, "iso2022jp1": japanese.ISO2022JP,
	"iso2022jp2": japanese.ISO2022JP, "iso2022jp3": japanese.ISO2022JP,
	"iso2022jpms": japanese.ISO2022JP, "cp50220": japanese.ISO2022JP,
	"cp50221": japanese.ISO2022JP, "jis": japanese.ISO2022JP,
	"iso2022kr": shiftOut{}, "iso2022cn": shiftOut{}, "csiso2022kr": shiftOut{},
	"euckr": korean.EUCKR, "xeuckr": korean.EUCKR, "ksc56011987": korean.EUCKR,
	"ksc5601": korean.EUCKR, "uhc": korean.EUCKR, "cp51949": korean.EUCKR,
	"xwindows949": korean.EUCKR, "windows949": korean.EUCKR,
	"gb2312": simplifiedchinese.GB18030, "gbk": simplifiedchinese.GB18030,
	"xgbk": simplifiedchinese.GB18030, "euccn": simplifiedchinese.GB18030,
	"windows936": simplifiedchinese.GB18030, "gb18030": simplifiedchinese.GB18030,
	"gb231280": simplifiedchinese.GB18030, "hzgb2312": simplifiedchinese.HZGB2312,
	"hz": simplifiedchinese.HZGB2312, "tis620": charmap.Windows874,
	"iso885911": charmap.Windows874, "viscii": viscii{}, "csviscii": viscii{},
	"macroman": charmap.Macintosh, "mac": charmap.Macintosh, "xmacroman": charmap.Macintosh,
	"latin1": charmap.Windows1252, "latin2": charmap.ISO8859_2, "latin9": charmap.ISO8859_15,
	"westerneuropean": charmap.Windows1252, "maccyrillic": charmap.MacintoshCyrillic,
}
