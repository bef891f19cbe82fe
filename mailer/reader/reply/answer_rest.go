package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A postscript is what stands below a confirming line, read line by line. Courtesy, a name and
// what belongs to a name are no more than a confirmation; a sentence that nobody listed may take it
// back, so it leaves the answer unclear.
type postscript struct {
	closed bool // a closing stands above: a name may follow
	signed bool // a name stands above: titles and addresses may follow
}

// takes reports whether a line adds nothing to the confirmation.
func (p *postscript) takes(s string, said saying) bool {
	switch {
	case said.known:
		p.closed = p.closed || said.closing
		p.signed = p.signed || said.closing && !words().whole(closingWords, tokenize(s))
		return true
	case onDate(s):
		return false
	case p.signed:
		return belongsToName(s)
	case nameLine(s), p.closed && beginsWithName(s):
		p.closed = p.closed || closesFar(s)
		p.signed = !closesFar(s)
		return true
	}
	return false
}

// onDate finds "On 2 November 2026" and "On Friday", which are no names: they say when.
func onDate(s string) bool {
	day, n := words().lists[onWords].cutPrefix(tokenize(s))
	return n > 0 && (dateLike.MatchString(asciiDigits(s)) ||
		len(day.words) == 1 && len(day.words[0]) > maxSmall && words().whole(onWords, day))
}

const (
	maxNameWords  = 8  // "Prof. Dr. Anna Maria von Admin, ACME Ltd"
	maxLoudWords  = 2  // in capitals alone, where a name looks like any sentence
	maxTitleWords = 10 // "Directora de la protección de datos, Empresa S.A."
	maxKanaInName = 4  // hiragana in a Japanese name or company
)

// nameLine finds a line that can be a name, a company or a telephone number and no sentence.
func nameLine(s string) bool {
	fields := strings.Fields(s)
	if len(fields) > maxNameWords || sentence(s) {
		return false
	}
	capitals, loud, small := 0, 0, 0
	for _, f := range fields {
		switch kindOf(f) {
		case capitalWord:
			capitals++
		case loudWord:
			capitals, loud = capitals+1, loud+1
		case smallWord:
			small++
		case unspacedWord:
			if !unspacedName(f) {
				return false
			}
		case otherWord:
		}
	}
	if loud == capitals && loud > 0 && len(fields) > maxLoudWords {
		return false
	}
	return small == 0 || small == 1 && len(fields) == 1 // "anna" is how some sign
}

// belongsToName finds the lines below a name: titles, companies, addresses.
func belongsToName(s string) bool {
	fields := strings.Fields(s)
	if len(fields) > maxTitleWords || utf8.RuneCountInString(s) > maxNameLine || sentence(s) {
		return false
	}
	for _, f := range fields {
		if kindOf(f) == unspacedWord && !unspacedName(f) {
			return false
		}
	}
	first, numbered := kindOf(fields[0]), strings.ContainsAny(s, "0123456789|@")
	return first != smallWord || numbered || len(fields) == 1
}

// A wordKind is how a word is written.
type wordKind uint8

const (
	otherWord    wordKind = iota // digits, signs, and the small words of names
	capitalWord                  // Anna
	loudWord                     // ANNA
	smallWord                    // anna
	unspacedWord                 // of a script without spaces or capitals
)

func kindOf(f string) wordKind {
	t := tokenize(f)
	switch {
	case len(t.words) == 0 || words().whole(particleWords, t):
		return otherWord
	case unspaced(f):
		return unspacedWord
	}
	kind := otherWord
	for _, r := range f {
		switch {
		case unicode.IsDigit(r):
			return otherWord
		case unicode.IsLower(r) && kind == otherWord:
			return smallWord
		case unicode.IsLower(r):
			return capitalWord
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			kind = loudWord
		case unicode.IsLetter(r):
			return unspacedWord
		}
	}
	return kind
}

// unspacedName reports a Japanese, Chinese or Korean word that can be a name: what ends like a
// sentence, or is long, is none.
func unspacedName(f string) bool {
	kana := 0
	for _, r := range f {
		if unicode.Is(unicode.Hiragana, r) {
			kana++
		}
	}
	return kana <= maxKanaInName && utf8.RuneCountInString(f) <= 20 &&
		!words().has(predicateWords, tokenize(f))
}

// sentence reports a line that ends like a sentence, or in which one ends: the full stop of "Ltd."
// ends none.
func sentence(s string) bool {
	s = strings.TrimRightFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '"' || r == ')'
	})
	if strings.HasSuffix(s, "!") || strings.ContainsAny(s, "。！!") {
		return true
	}
	parts := strings.SplitAfter(s, ". ")
	for i, part := range parts {
		stop := strings.TrimSuffix(part, " ")
		if strings.HasSuffix(stop, ".") && ended(stop) &&
			(i == len(parts)-1 || kindOf(lastWord(stop)) == smallWord) {
			return true
		}
	}
	return false
}

// ended reports whether the full stop behind a text is that of a sentence.
func ended(s string) bool {
	last := lastWord(s)
	return !strings.Contains(last, ".") && utf8.RuneCountInString(last) > 1 &&
		!words().whole(particleWords, tokenize(last))
}

// lastWord is the word before the full stop that ends a text.
func lastWord(s string) string { return s[strings.LastIndexAny(s, " ,/")+1 : len(s)-1] }
