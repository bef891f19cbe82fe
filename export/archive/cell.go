package archive

import (
	"strings"
	"unicode/utf8"
)

// guard makes a CSV cell safe for spreadsheets, which take text that begins with = + - @ or a
// control character for a formula (OWASP ASVS 5.0, 1.2.10). An apostrophe goes in front of such a
// beginning, also behind a separator or quote inside the cell, where a program that splits at
// another character would begin a cell. Plain numbers stay as they are.
func guard(cell string) string {
	if !strings.ContainsAny(cell, "=+-@\t\r\n\x00＝＋－＠") {
		return cell
	}
	var out strings.Builder
	start := true
	for i, r := range cell {
		if start && opensFormula(r, i == 0) && !plainNumber(cell[i:]) {
			out.WriteByte('\'')
		}
		out.WriteString(cell[i : i+runeWidth(cell[i:])])
		start = separates(r) || start && r == ' '
	}
	return out.String()
}

func runeWidth(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func opensFormula(r rune, first bool) bool {
	switch r {
	case '=', '+', '-', '@', '＝', '＋', '－', '＠':
		return true
	case '\t', '\r', '\n', 0:
		return first
	}
	return false
}

func separates(r rune) bool { return strings.ContainsRune(",;|\t\r\n\"\x00", r) }

// plainNumber reports whether s begins with a decimal number that ends with the cell, or at a
// separator or closing bracket: -12.5 is no formula, -12+cmd is.
func plainNumber(s string) bool {
	if s[0] == '+' || s[0] == '-' {
		s = s[1:]
	}
	whole, rest := digits(s)
	if whole == 0 {
		return false
	}
	if strings.HasPrefix(rest, ".") {
		var n int
		if n, rest = digits(rest[1:]); n == 0 {
			return false
		}
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		exponent := rest[1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		var n int
		if n, rest = digits(exponent); n == 0 {
			return false
		}
	}
	return rest == "" || strings.ContainsRune(",;\"]}", rune(rest[0]))
}

func digits(s string) (n int, rest string) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n, s[n:]
}
