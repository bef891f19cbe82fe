package archive

import (
	"bytes"
	"unicode/utf8"
)

// What the bytes of a cell mean to a spreadsheet.
const (
	separator byte = 1 << iota // begins a new cell in some program
	formula                    // begins a formula at the beginning of a cell
	quoted                     // needs quotes around the cell
)

// meaning holds the classes of single bytes. RFC 4180 2.6 asks for quotes around , " and line
// ends; ; and TAB divide cells elsewhere. 0xEF opens the full-width forms of = + - @, among others.
var meaning = [256]byte{
	',': separator | quoted, ';': separator | quoted, '\t': separator | quoted | formula,
	'\r': separator | quoted | formula, '\n': separator | quoted | formula,
	'"': separator | quoted, '|': separator, 0: separator | formula,
	'=': formula, '+': formula, '-': formula, '@': formula, 0xEF: formula,
}

// classes is the union of the meanings of a cell's bytes.
func classes(cell []byte) (all byte) {
	for _, c := range cell {
		all |= meaning[c]
	}
	return all
}

// guard makes a CSV cell safe for spreadsheets, which take text that begins with = + - @ or a
// control character for a formula (OWASP ASVS 5.0, 1.2.10). An apostrophe goes in front of such a
// beginning, also behind a separator or quote inside the cell, where a program that splits at
// another character would begin a cell. Plain numbers stay as they are. A cell that is safe comes
// back itself.
func guard(cell []byte, all byte) []byte {
	if all&formula == 0 || all&separator == 0 && !opens(bytes.TrimLeft(cell, " ")) {
		return cell
	}
	var out []byte
	done, start := 0, true
	for i := 0; i < len(cell); {
		_, width := utf8.DecodeRune(cell[i:])
		if start && opensFormula(cell[i:], i == 0) && !plainNumber(cell[i:]) {
			out = append(append(out, cell[done:i]...), '\'')
			done = i
		}
		start = meaning[cell[i]]&separator != 0 || start && cell[i] == ' '
		i += width
	}
	if done == 0 && out == nil {
		return cell
	}
	return append(out, cell[done:]...)
}

func opens(cell []byte) bool { return len(cell) > 0 && meaning[cell[0]]&formula != 0 }

func opensFormula(cell []byte, first bool) bool {
	switch c := cell[0]; c {
	case '=', '+', '-', '@':
		return true
	case '\t', '\r', '\n', 0:
		return first
	case 0xEF:
		r, _ := utf8.DecodeRune(cell)
		return r == '＝' || r == '＋' || r == '－' || r == '＠'
	}
	return false
}

// plainNumber reports whether s begins with a decimal number that ends with the cell, or at a
// separator or closing bracket: -12.5 is no formula, -12+cmd is.
func plainNumber(s []byte) bool {
	if s[0] == '+' || s[0] == '-' {
		s = s[1:]
	}
	whole, rest := digits(s)
	if whole == 0 {
		return false
	}
	if len(rest) > 0 && rest[0] == '.' {
		var n int
		if n, rest = digits(rest[1:]); n == 0 {
			return false
		}
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		var n int
		if n, rest = digits(rest); n == 0 {
			return false
		}
	}
	return len(rest) == 0 || bytes.IndexByte([]byte(",;\"]}"), rest[0]) >= 0
}

func digits(s []byte) (n int, rest []byte) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n, s[n:]
}
