package reply

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// disguised reports a word that is not what it looks like: letters of two alphabets in it, letters
// that are made to look like others, or a word that, read as it looks, refuses or restricts.
func disguised(s string) bool {
	s = norm.NFC.String(s)
	if strings.ContainsFunc(s, odd) || spelled(s) {
		return true
	}
	if ascii(s) && !strings.ContainsAny(s, "0134578") {
		return false
	}
	var seen strings.Builder
	changed := false
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !wordRune(r) && !invisible(r) }) {
		if mixed(w) {
			return true
		}
		alike := asItLooks(w)
		changed = changed || alike != w
		seen.WriteString(alike + " ")
	}
	return changed && decisive(tokenize(seen.String())) && !decisive(tokenize(s))
}

// known are the alphabets that people write answers in. Letters of the others are used for how
// they look.
var known = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana,
	unicode.Hangul, unicode.Arabic, unicode.Hebrew, unicode.Thai, unicode.Devanagari,
	unicode.Armenian, unicode.Georgian, unicode.Bopomofo, unicode.Common, unicode.Inherited,
}

// odd reports letters that nobody types: mathematical, circled and small capital letters, regional
// indicators, and alphabets that no answer is written in.
func odd(r rune) bool {
	switch {
	case r < 0x0250 || r == 'ə':
		return false
	case r <= 0x02AF, 0x1D00 <= r && r <= 0x1DBF, 0x2070 <= r && r <= 0x209F: // phonetic, raised
		return true
	case 0x24B6 <= r && r <= 0x24E9, 0x249C <= r && r <= 0x24B5: // circled, in brackets
		return true
	case 0x1D400 <= r && r <= 0x1D7FF, 0x1F110 <= r && r <= 0x1F189, 0x1F1E6 <= r && r <= 0x1F1FF:
		return true
	}
	return unicode.IsLetter(r) && !unicode.In(r, known...)
}

// mixed reports letters of two of the alphabets that look alike in one word, and marks that are
// drawn over its letters and belong to none of them.
func mixed(w string) bool {
	var latin, greek, cyrillic, armenian int
	for _, r := range w {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = 1
		case unicode.Is(unicode.Greek, r):
			greek = 1
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic = 1
		case unicode.Is(unicode.Armenian, r):
			armenian = 1
		}
	}
	return latin+greek+cyrillic+armenian > 1 ||
		strings.ContainsFunc(w, drawnOver) && strings.ContainsFunc(w, unicode.IsLetter)
}

// drawnOver reports marks that strike a letter out or decorate it. Vietnamese and the like have
// letters of their own for theirs (NFC).
func drawnOver(r rune) bool {
	return 0x0300 <= r && r <= 0x036F || 0x20D0 <= r && r <= 0x20FF || 0x1AB0 <= r && r <= 0x1AFF
}

// looks maps letters and digits to the Latin letter that they look like.
var looks = func() map[rune]rune {
	m := map[rune]rune{}
	for _, pair := range strings.Fields(
		"Αa Βb Εe Ζz Ηh Ιi Κk Μm Νn Οo Ρp Τt Υy Χx αa ιi κk νv οo ρp υu " +
			"Аa Вb Еe КKk Мm Нh Оo Рp Сc Тt Хx Ѕs Іi Јj Уy аa еe оo рp сc хx ѕs іi јj уy ԁd һh " +
			"Օo օo Սu սu 0o 1i 3e 4a 5s 7t 8b",
	) {
		r := []rune(pair)
		m[r[0]] = r[len(r)-1]
	}
	return m
}()

// asItLooks writes a word with the Latin letters that its letters and digits look like: "no" for
// "n0", or for "NO" in Greek letters. A number stays one.
func asItLooks(w string) string {
	if !strings.ContainsFunc(w, unicode.IsLetter) {
		return w
	}
	return strings.Map(func(r rune) rune {
		if l, ok := looks[r]; ok {
			return l
		}
		return r
	}, w)
}

// A word of more letters than initials of a name or company has is spelled for a reason.
const maxInitials = 4

// spelled reports a word put letter by letter, "N O" or "n.o.t", that refuses or restricts,
// or is long.
func spelled(s string) bool {
	open := !decisive(tokenize(s)) // else it needs no second look: Korean "an dwae" is two letters
	var word strings.Builder
	single, initials := 0, 0
	for _, w := range append(strings.FieldsFunc(normal(s), func(r rune) bool { return !wordRune(r) }), "") {
		if len([]rune(w)) == 1 {
			word.WriteString(w)
			single++
			if !unspaced(w) {
				initials++
			}
			continue
		}
		if initials > maxInitials || open && single > 1 && decisive(tokenize(word.String())) {
			return true
		}
		word.Reset()
		single, initials = 0, 0
	}
	return false
}
