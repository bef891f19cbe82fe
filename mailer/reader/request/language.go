package request

import (
	"strings"
	"unicode"
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
	words := languageWords(text)
	if code := scriptOf(words); code != "" && lib.byCode[code] != nil {
		return code
	}
	scores := lib.scores(words)
	best, second, code := 0.0, 0.0, ""
	for i, b := range lib.books {
		switch {
		case scores[i] > best:
			best, second, code = scores[i], best, b.code
		case scores[i] > second:
			second = scores[i]
		}
	}
	if best < minLanguageScore || best < second*minLead {
		return ""
	}
	return code
}

// scores adds up what the words say for each book: a common word counts the less the more
// languages share it; a word of the phrases and a letter of its own count half as much.
func (lib *library) scores(words []string) []float64 {
	scores := make([]float64, len(lib.books))
	count := func(knowing []int, weight float64) {
		for _, i := range knowing {
			scores[i] += weight / float64(len(knowing))
		}
	}
	for _, w := range words {
		count(lib.stops[w], 1)
		count(lib.vocabulary[fold(w)], 0.5)
		if isPlain(w) {
			continue
		}
		for i, b := range lib.books {
			if strings.ContainsAny(w, b.letters) {
				scores[i] += 0.5
			}
		}
	}
	return scores
}

// languageWords returns the first words of a text in lower case, without addresses, links and
// numbers: names and domains say nothing about the language around them.
func languageWords(text string) []string {
	var words []string
	for field := range strings.FieldsSeq(withoutAddresses(text)) {
		if strings.Contains(field, "://") {
			continue
		}
		for _, w := range strings.FieldsFunc(lower(field), isNoLetter) {
			if words = append(words, shorten(w)); len(words) == maxLanguageWords {
				return words
			}
		}
	}
	return words
}

// withoutAddresses puts a space where an address was: in Japanese it stands between letters.
func withoutAddresses(text string) string {
	var b strings.Builder
	end := 0
	for _, a := range addressesIn(text) {
		b.WriteString(text[end:a.start])
		b.WriteByte(' ')
		end = a.end
	}
	b.WriteString(text[end:])
	return b.String()
}

// lower is strings.ToLower with the Turkish capital I with a dot as one letter.
func lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i"))
}

func isNoLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

// scriptOf returns the language of a script that only one language uses, if most words are
// written in it.
func scriptOf(words []string) string {
	greek, kana := 0, 0
	for _, w := range words {
		switch {
		case strings.ContainsFunc(w, isKana):
			kana++
		case strings.ContainsFunc(w, isGreek):
			greek++
		}
	}
	switch {
	// A Japanese clause is one "word" here, so that a few of them outweigh foreign names.
	case kana > 0 && kana*4 >= len(words):
		return "ja"
	case greek > 1 && greek*2 >= len(words):
		return "el"
	}
	return ""
}

func isKana(r rune) bool  { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }
func isGreek(r rune) bool { return unicode.Is(unicode.Greek, r) }
