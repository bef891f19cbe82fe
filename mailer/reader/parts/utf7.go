package parts

import (
	"encoding/base64"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// utf7 decodes RFC 2152, which x/text leaves out. It only decodes.
type utf7 struct{}

func (utf7) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

func (utf7) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: &utf7Decoder{}}
}

type utf7Decoder struct{ transform.NopResetter }

// Transform decodes whole inputs: a shifted run that does not end in src is asked for again.
func (utf7Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		text, used := []byte{src[nSrc]}, 1
		if src[nSrc] == '+' {
			run := 1
			for nSrc+run < len(src) && isBase64(src[nSrc+run]) {
				run++
			}
			if nSrc+run == len(src) && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			text, used = shifted(src[nSrc+1:nSrc+run]), run
			if nSrc+run < len(src) && src[nSrc+run] == '-' {
				used++
			}
		} else if src[nSrc] >= utf8.RuneSelf {
			text = []byte("�")
		}
		if nDst+len(text) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], text)
		nSrc += used
	}
	return nDst, nSrc, nil
}

// shifted decodes modified base64 of UTF-16; "+-" is a plus sign.
func shifted(run []byte) []byte {
	if len(run) == 0 {
		return []byte("+")
	}
	raw, _ := base64.RawStdEncoding.AppendDecode(nil, run[:len(run)-len(run)%4])
	if tail := run[len(run)-len(run)%4:]; len(tail) > 1 {
		more := make([]byte, 3)
		n, _ := base64.RawStdEncoding.Decode(more, tail)
		raw = append(raw, more[:n]...)
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return []byte(string(utf16.Decode(units)))
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' ||
		c == '+' || c == '/'
}
