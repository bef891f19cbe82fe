package request

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxLanguageText is how many bytes of a text Language reads.
	maxLanguageText = 64 << 10
	// maxLanguageWords is how many words decide on the language; more would only cost time.
	maxLanguageWords = 3000
	// minLanguageScore is the least evidence for a language: two words of its own, or three that
	// it has in common with another.
	minLanguageScore = 1.5
	// minLead is how far the best language must be ahead of the next.
	minLead = 1.15
)

// Language returns the ISO 639-1 code of the language that a text is written in, or "" when the
// evidence is thin or divided. It knows the languages of the word lists.
//
// At most 64 KiB of the text are read.
func Language(text string) string {
	return languageOf(clean(text, maxLanguageText))
}

// languageOf is Language for a text that is clean.
func languageOf(text string) string {
	lib := shelf()
	l := listener{lib: lib, scores: make([]float64, len(lib.books))}
	l.text(text)
	if code := l.byScript(); code != "" && lib.byCode[code] != nil {
		return code
	}
	best, second, code := 0.0, 0.0, ""
	for i, b := range lib.books {
		switch {
		case l.scores[i] > best:
			best, second, code = l.scores[i], best, b.code
		case l.scores[i] > second:
			second = l.scores[i]
		}
	}
	if best < minLanguageScore || best < second*minLead {
		return ""
	}
	return code
}

// listener adds up what the first words of a text say for each language.
type listener struct {
	lib    *library
	words  int
	scores []float64

	kana, hangul, han, greek int // words of these scripts
}

// text hears a text without addresses, links and numbers: names and domains say nothing about the
// language around them. In Japanese, an address stands between letters, and parts them.
func (l *listener) text(text string) {
	end := 0
	for _, a := range spansIn(text) {
		l.fields(text[end:a.start])
		end = a.end
	}
	l.fields(text[end:])
}

func (l *listener) fields(text string) {
	for field := range strings.FieldsSeq(text) {
		if l.words == maxLanguageWords {
			return
		}
		if strings.Contains(field, "://") {
			continue
		}
		for l.words < maxLanguageWords {
			start := strings.IndexFunc(field, isLetter)
			if start < 0 {
				break
			}
			field = field[start:]
			end := strings.IndexFunc(field, isNoLetter)
			if end < 0 {
				end = len(field)
			}
			l.word(field[:end])
			field = field[end:]
		}
	}
}

// word hears a word: a common one counts the less the more languages share it; a word of the
// phrases and a letter of its own count half as much.
func (l *listener) word(raw string) {
	l.words++
	if isPlain(raw) {
		var space [maxWord]byte
		told := l.lib.speech[string(lowerInto(space[:0], raw))]
		l.count(told.stops, 1)
		l.count(told.vocabulary, 0.5)
		return
	}
	w := shorten(lower(raw))
	l.script(w)
	l.count(l.lib.speech[w].stops, 1)
	l.count(l.lib.speech[fold(w)].vocabulary, 0.5)
	var having uint64
	for _, r := range w {
		having |= l.lib.letters[r]
	}
	for ; having != 0; having &= having - 1 {
		l.scores[bits.TrailingZeros64(having)] += 0.5
	}
}

func (l *listener) count(knowing []int, weight float64) {
	for _, i := range knowing {
		l.scores[i] += weight / float64(len(knowing))
	}
}

// lowerInto appends the first maxWord bytes of a word in lower case; the word is ASCII.
func lowerInto(b []byte, raw string) []byte {
	for _, c := range []byte(raw[:min(len(raw), maxWord)]) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

// script counts a word for its script.
func (l *listener) script(w string) {
	switch {
	case strings.ContainsFunc(w, isKana):
		l.kana++
	case strings.ContainsFunc(w, isHangul):
		l.hangul++
	case strings.ContainsFunc(w, isHan):
		l.han++
	case strings.ContainsFunc(w, isGreek):
		l.greek++
	}
}

// byScript returns the language of a script that only one language uses, if most words are
// written in it.
func (l *listener) byScript() string {
	switch {
	// A Japanese or Chinese clause is one "word" here, so that a few of them outweigh foreign names.
	case l.kana > 0 && l.kana*4 >= l.words:
		return "ja"
	case l.hangul > 0 && l.hangul*2 >= l.words:
		return "ko"
	case l.han > 0 && l.han*4 >= l.words:
		return "zh"
	case l.greek > 1 && l.greek*2 >= l.words:
		return "el"
	}
	return ""
}

// lower is strings.ToLower with the Turkish capital I with a dot as one letter.
func lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i"))
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsMark(r)
}

func isNoLetter(r rune) bool { return !isLetter(r) }

func isKana(r rune) bool  { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }
func isGreek(r rune) bool { return unicode.Is(unicode.Greek, r) }

func isHangul(r rune) bool { return unicode.Is(unicode.Hangul, r) }
func isHan(r rune) bool    { return unicode.Is(unicode.Han, r) }
