package parts

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// encodingOf names the transfer encoding of RFC 2045 6.1; odd says that the name is none of
// those, in which case the bytes are taken as they are.
func encodingOf(field string) (name string, odd bool) {
	c := newParamCursor(field)
	name = c.next()
	name = strings.ToLower(strings.Trim(name, " \t\"'"))
	switch name {
	case "", "7bit", "8bit", "binary":
		return "", false
	case "base64", "quoted-printable", "x-uuencode":
		return name, false
	case "uuencode", "x-uue", "uue":
		return "x-uuencode", false
	case "quoted_printable", "quoted/printable", "quotedprintable", "q":
		return "quoted-printable", true
	case "base-64", "base_64", "b":
		return "base64", true
	}
	return "", true
}

// decodeTransfer undoes a transfer encoding, appending to dst. What cannot be decoded is left
// out (base64) or kept as it stands (quoted-printable); whole says that nothing was.
func decodeTransfer(dst, body []byte, name string) (out []byte, whole bool) {
	switch name {
	case "base64":
		return decodeBase64(dst, body)
	case "quoted-printable":
		return decodeQuoted(dst, body)
	case "x-uuencode":
		return decodeUU(dst, body)
	}
	return append(dst, body...), true
}

func decodeBase64(dst, body []byte) ([]byte, bool) {
	start := len(dst)
	if out, err := base64.StdEncoding.AppendDecode(dst, body); err == nil {
		return out, true
	}
	return lenientBase64(dst[:start], body)
}

// lenientBase64 skips what is not in the alphabet (RFC 2045 6.8), goes on after padding in the
// middle, which joined attachments hold, and keeps a quantum that was cut.
func lenientBase64(dst, body []byte) ([]byte, bool) {
	var quantum uint32
	have, odd := 0, false
	padded := false
	for i, c := range body {
		v := base64Value(c)
		if v < 0 {
			if c == '=' {
				dst, have, quantum = flushBase64(dst, quantum, have), 0, 0
				if !padded && !isBase64Text(body[i+1:]) {
					return dst, false
				}
				padded = true
			} else if c > ' ' {
				odd = true
			}
			continue
		}
		quantum = quantum<<6 | uint32(v)
		if have++; have == 4 {
			dst = append(dst, byte(quantum>>16), byte(quantum>>8), byte(quantum))
			have, quantum = 0, 0
		}
	}
	return flushBase64(dst, quantum, have), !odd && have == 0
}

// isBase64Text says whether what follows the padding is more base64, or rather the footer that
// a mailing list put behind it: words with blanks between, or other letters.
func isBase64Text(rest []byte) bool {
	for i, c := range rest {
		switch {
		case base64Value(c) >= 0, c == '=', c == '\r', c == '\n':
		case c <= ' ' && (i+1 == len(rest) || rest[i+1] <= ' '):
		default:
			return false
		}
	}
	return true
}

func flushBase64(dst []byte, quantum uint32, have int) []byte {
	switch have {
	case 2:
		return append(dst, byte(quantum>>4))
	case 3:
		return append(dst, byte(quantum>>10), byte(quantum>>2))
	}
	return dst
}

func base64Value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-': // and the URL alphabet
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

// decodeQuoted undoes quoted-printable; an "=" that is followed by neither two hexadecimal
// digits nor the end of the line stays (RFC 2045 6.7, robust implementation).
func decodeQuoted(dst, body []byte) ([]byte, bool) {
	whole := true
	for len(body) > 0 {
		i := bytes.IndexByte(body, '=')
		if i < 0 {
			return append(dst, body...), whole
		}
		dst, body = append(dst, body[:i]...), body[i+1:]
		if len(body) >= 2 {
			if hi, lo := unhex(body[0]), unhex(body[1]); hi >= 0 && lo >= 0 {
				dst, body = append(dst, byte(hi<<4|lo)), body[2:]
				continue
			}
		}
		rest := afterBlanks(body)
		switch {
		case len(rest) == 0:
			body = nil
		case rest[0] == '\n':
			body = rest[1:]
		default:
			dst, whole = append(dst, '='), false
		}
	}
	return dst, whole
}

// afterBlanks is TrimLeft without its set-up, which counts where every byte is an "=".
func afterBlanks(body []byte) []byte {
	for i, c := range body {
		if c != ' ' && c != '\t' && c != '\r' {
			return body[i:]
		}
	}
	return nil
}

// decodeUU undoes uuencode; lines outside of begin and end are ignored.
func decodeUU(dst, body []byte) ([]byte, bool) {
	inside := false
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		switch {
		case !inside:
			inside = bytes.HasPrefix(line, []byte("begin "))
		case bytes.Equal(line, []byte("end")):
			return dst, true
		case len(line) > 0:
			dst = uuLine(dst, line)
		}
	}
	return dst, false
}

func uuLine(dst, line []byte) []byte {
	count := int(line[0]-' ') & 63
	line = line[1:]
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	for i := 0; count > 0 && i < len(line); i += 4 {
		quantum := [3]byte{at(i)<<2 | at(i+1)>>4, at(i+1)<<4 | at(i+2)>>2, at(i+2)<<6 | at(i+3)}
		n := min(count, 3)
		dst = append(dst, quantum[:n]...)
		count -= n
	}
	return dst
}
