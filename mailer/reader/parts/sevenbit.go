package parts

import (
	"bytes"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// shiftOut decodes ISO-2022-KR (RFC 1557) and the GB 2312 half of ISO-2022-CN (RFC 1922),
// which x/text leaves out: between SO and SI, letters are two bytes of seven bits. It only
// decodes.
type shiftOut struct{}

func (shiftOut) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

func (shiftOut) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: wholeText(fromShiftOut)}
}

const (
	shiftedOut, shiftedIn = 0x0e, 0x0f
)

func fromShiftOut(src []byte) string {
	var e encoding.Encoding = korean.EUCKR
	if bytes.Contains(src, []byte("\x1b$)A")) {
		e = simplifiedchinese.GB18030
	}
	euc, out := make([]byte, 0, len(src)), false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == 0x1b && i+3 < len(src) && src[i+1] == '$':
			i += 3 // a designator says which charset SO stands for
		case c == shiftedOut:
			out = true
		case c == shiftedIn, c == '\n':
			out = false
			if c == '\n' {
				euc = append(euc, c)
			}
		case out && c > ' ' && c < 0x7f:
			euc = append(euc, c|0x80)
		default:
			euc = append(euc, c)
		}
	}
	text, err := e.NewDecoder().Bytes(euc)
	if err != nil {
		return string(src)
	}
	return string(text)
}

// wholeText makes a transformer of a function that wants all of a text at once. A declared
// charset is only ever used that way here.
type wholeText func(src []byte) string

// Reset does nothing: nothing is kept.
func (wholeText) Reset() {}

// Transform waits for the end of src, and asks for room until everything fits.
func (f wholeText) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	if !atEOF {
		return 0, 0, transform.ErrShortSrc
	}
	out := f(src)
	if len(out) > len(dst) {
		return 0, 0, transform.ErrShortDst
	}
	return copy(dst, out), len(src), nil
}

func isUTF16(charset string) bool {
	switch squashed(charset) {
	case "utf16", "utf16le", "utf16be", "ucs2", "iso10646ucs2", "unicode", "csunicode":
		return true
	}
	return false
}

// fromUTF16 decodes by the byte order mark, else by where the zeros stand, else as told
// (RFC 2781 4.3).
func fromUTF16(text []byte, bigEndian bool) string {
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		bigEndian, text = false, text[2:]
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		bigEndian, text = true, text[2:]
	default:
		if high, low := zeros(text); high != low {
			bigEndian = high > low
		}
	}
	units := make([]uint16, 0, len(text)/2)
	for i := 0; i+1 < len(text); i += 2 {
		unit := uint16(text[i]) | uint16(text[i+1])<<8
		if bigEndian {
			unit = unit<<8 | unit>>8
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}

// zeros counts the zero bytes at even and at odd places of the beginning.
func zeros(text []byte) (even, odd int) {
	for i, c := range text[:min(len(text), sample)] {
		if c != 0 {
			continue
		}
		if i%2 == 0 {
			even++
		} else {
			odd++
		}
	}
	return even, odd
}

// zerosOfUTF16 holds for text of which nearly every second byte is zero.
func zerosOfUTF16(text []byte) bool {
	even, odd := zeros(text)
	n := min(len(text), sample)
	return n >= 8 && 10*max(even, odd) >= 3*n && 20*min(even, odd) <= n
}

// viscii decodes RFC 1456, which x/text leaves out. It only decodes.
type viscii struct{}

func (viscii) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

func (viscii) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: wholeText(fromVISCII)}
}

// visciiHigh are the letters from 0x80 on. The six below 0x20 are left out: a byte there is
// rather a control character that somebody's program put in.
var visciiHigh = []rune("" +
	"ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ" +
	"ÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ" +
	"ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư" +
	"àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ")

func fromVISCII(src []byte) string {
	var b strings.Builder
	b.Grow(2 * len(src))
	for _, c := range src {
		if c < 0x80 {
			b.WriteByte(c)
			continue
		}
		b.WriteRune(visciiHigh[c-0x80])
	}
	return b.String()
}
