package request

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is one word of a sentence, folded.
type word struct {
	text   string
	number int32 // in the dictionary; 0 for words that stand in no phrase
	comma  bool  // a comma, colon or bracket stands before it
	paren  bool  // an opening bracket stands directly before it
}

// sentence is what lies between two full stops, or an item of a list.
type sentence []word

const (
	// maxSentence bounds a sentence, in words; a longer one is cut in two.
	maxSentence = 400
	// maxWord bounds a word, in bytes; no phrase has one as long.
	maxWord = 96
	// shortLine is the length in bytes below which a line was not broken by a mail client: what
	// follows it is another sentence. Clients wrap at 72 and more (RFC 3676 4.2).
	shortLine = 45
)

// startsItem reports whether a line begins like an item of a list: "- x", "* x", "1. x", "b) x".
func startsItem(line string) bool {
	mark, _, found := strings.Cut(line, " ")
	if !found {
		return false
	}
	if strings.Contains("-*+•–—·>", mark) {
		return true
	}
	return len(mark) <= 3 && strings.IndexByte(".)", mark[len(mark)-1]) >= 0
}

// shorten cuts a word to maxWord bytes, between runes.
func shorten(w string) string {
	if len(w) <= maxWord {
		return w
	}
	end := maxWord
	for !utf8.RuneStart(w[end]) {
		end--
	}
	return w[:end]
}

// isIdeograph reports whether r is a letter of Chinese or Japanese, where words are not spaced.
// Each is taken as a word; a phrase is then a run of them.
func isIdeograph(r rune) bool {
	return r >= 0x3005 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー')
}

// letters that Unicode does not decompose but people write plain.
var plainLetters = strings.NewReplacer(
	"ł", "l", "ø", "o", "đ", "d", "ı", "i", "æ", "ae", "œ", "oe", "ß", "ss", "ς", "σ",
)

// fold lowers the case of a word and takes its accents off, so that "Löschung", "LÖSCHUNG" and
// "Loschung" are one.
func fold(s string) string {
	s = strings.ToLower(s)
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r >= maxTabled {
			return decomposed(s)
		}
		b.WriteString(foldedLetters()[r])
	}
	return b.String()
}

// maxTabled is above the Latin, Greek and Cyrillic letters that have accents of their own: of
// those, each can be folded by itself, from a table.
const maxTabled = 0x530

var foldedLetters = sync.OnceValue(func() *[maxTabled]string {
	table := &[maxTabled]string{}
	for r := range table {
		table[r] = decomposed(strings.ToLower(string(rune(r))))
	}
	return table
})

// decomposed is a word in lower case without its accents.
func decomposed(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return plainLetters.Replace(b.String())
}

// isPlain reports whether s is ASCII.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
