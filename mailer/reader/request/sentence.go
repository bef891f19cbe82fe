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
	text  string
	comma bool // a comma, colon or bracket stands before it
	paren bool // an opening bracket stands directly before it
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

// sentencesOf splits text. Abbreviations do not end a sentence; blank lines, list items and
// short lines do.
func sentencesOf(text string, abbreviations map[string]bool) []sentence {
	s := splitter{abbreviations: abbreviations}
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || startsItem(trimmed) {
			s.end()
		}
		s.line(trimmed)
		if len(trimmed) < shortLine || strings.HasSuffix(trimmed, ":") {
			s.end()
		}
	}
	s.end()
	return s.sentences
}

// wordsOf returns the folded words of a phrase or a line.
func wordsOf(text string) sentence {
	s := splitter{whole: true}
	s.line(text)
	return s.words
}

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

// splitter collects words into sentences.
type splitter struct {
	abbreviations map[string]bool
	whole         bool // never end a sentence
	sentences     []sentence
	words         sentence
	comma, paren  bool
}

func (s *splitter) end() {
	if len(s.words) > 0 {
		s.sentences = append(s.sentences, s.words)
	}
	s.words, s.comma, s.paren = nil, false, false
}

func (s *splitter) add(text string) {
	if len(s.words) >= maxSentence && !s.whole {
		s.end()
	}
	s.words = append(s.words, word{text: text, comma: s.comma, paren: s.paren})
	s.comma, s.paren = false, false
}

// line adds the words of one line.
func (s *splitter) line(line string) {
	start := -1
	flush := func(end int) {
		if start >= 0 {
			s.add(fold(shorten(line[start:end])))
			start = -1
		}
	}
	for i, r := range line {
		switch {
		case isIdeograph(r), r == '§':
			flush(i)
			s.add(string(r))
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			if start < 0 {
				start = i
			}
		default:
			flush(i)
			s.punctuation(r, line[i+utf8.RuneLen(r):])
		}
	}
	flush(len(line))
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

// punctuation notes what r means for the words around it; rest is what follows it in the line.
func (s *splitter) punctuation(r rune, rest string) {
	switch r {
	case ',', ':', ')', '–', '—', '、', '，', '"', '[', ']':
		s.comma = true
	case '(', '（':
		s.comma, s.paren = true, true
	case '!', '?', '…', ';', '·', '。', '！', '？', '\u037e':
		s.stop()
	case '.':
		if s.endsAtDot(rest) {
			s.stop()
		}
	}
}

func (s *splitter) stop() {
	if !s.whole {
		s.end()
	}
}

// endsAtDot reports whether a full stop ends the sentence: a capital or nothing follows, and the
// word before it is neither an abbreviation nor a number (Art. 15, čl. 4, članku 15. GDPR).
func (s *splitter) endsAtDot(rest string) bool {
	if len(s.words) == 0 {
		return false
	}
	last := s.words[len(s.words)-1].text
	next := strings.TrimLeft(rest, " \t\"')")
	if next == "" {
		return !s.abbreviations[last]
	}
	if len(next) == len(rest) {
		return false // no space: a dot inside a word
	}
	r, _ := utf8.DecodeRuneInString(next)
	if unicode.IsLower(r) || unicode.IsDigit(r) || s.abbreviations[last] {
		return false
	}
	return len(last) > 1 && (last[0] < '0' || last[0] > '9')
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
	latin := latin()
	for _, r := range s {
		if r >= maxLatin {
			return decomposed(s)
		}
		b.WriteString(latin[r])
	}
	return b.String()
}

// maxLatin is above the Latin letters that have accents of their own: of those, each can be
// folded by itself, from a table.
const maxLatin = 0x250

var latin = sync.OnceValue(func() *[maxLatin]string {
	table := &[maxLatin]string{}
	for r := range table {
		table[r] = decomposed(string(rune(r)))
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
