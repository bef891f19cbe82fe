package reply

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// stock.go knows the words that the stock phrases of mail clients and companies are made of. What
// else stands beside such a phrase may be somebody's own.

// A wordStock is the words that the entries of a list are made of.
type wordStock struct {
	words    map[string][]string // word -> languages
	unspaced []string            // entries in scripts without spaces, long ones first
}

var stocks = sync.OnceValue(func() map[section]wordStock {
	out := map[section]wordStock{}
	for _, in := range []section{mobileWords, disclaimerWords} {
		stock := wordStock{words: map[string][]string{}}
		stock.takeIn(words().lists[in])
		if in == mobileWords {
			stock.takeIn(words().lists[gadgetWords])
		}
		slices.SortFunc(stock.unspaced, func(a, b string) int { return len(b) - len(a) })
		out[in] = stock
	}
	return out
})

func (s *wordStock) takeIn(list *phrases) {
	for entry, languages := range list.whole {
		for _, w := range strings.Split(entry, " ") {
			s.words[w] = append(s.words[w], languages...)
		}
	}
	for _, u := range list.unspaced {
		s.unspaced = append(s.unspaced, u.text)
	}
}

// trite reports whether a text in which an entry of the section stands says nothing of its own:
// it is made of words of such entries, in the languages of this one, of numbers and a few names.
func trite(in section, s string) bool {
	s = wordsOnly(s)
	if disguised(s) {
		return false
	}
	if domains := domainLike.FindAllString(s, 2); len(domains) == 1 {
		s = strings.Replace(s, domains[0], " ", 1)
	}
	stock, languages := stocks()[in], words().lists[in].languages(tokenize(s))
	names, loud, joined := 0, 0, ""
	for _, f := range writtenWords(s) {
		for _, w := range tokenize(f).words {
			switch {
			case share(stock.words[w], languages), in == mobileWords && gadget(w):
			case unspaced(w):
				joined += w
			case kindOf(f) == otherWord:
			case !brand(f), disguised(f), words().agrees(tokenize(f)):
				return false
			case kindOf(f) == loudWord:
				loud++
			default:
				names++
			}
		}
	}
	return names+loud <= maxBrand && loud <= maxLoudWords &&
		!strings.ContainsFunc(stock.without(joined), written)
}

func gadget(w string) bool { return words().has(gadgetWords, tokens{words: []string{w}}) }

// domainLike is what a gateway signs with: "mx.example.org".
var domainLike = regexp.MustCompile(`\b[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-z]{2,}\b`)

// writtenWords are the words of a text as they are written, as tokenize divides it.
func writtenWords(s string) []string {
	return strings.FieldsFunc(strings.NewReplacer("’", "'", "‘", "'").Replace(s), noWordRune)
}

// maxBrand is how many words of a name are in no list: "Acme Galaxy Edition".
const maxBrand = 4

// without takes the entries out of a word.
func (s wordStock) without(w string) string {
	for _, u := range s.unspaced {
		w = strings.ReplaceAll(w, u, "")
	}
	return w
}

// brand reports a word that is written like a name, as iPhone is.
func brand(f string) bool {
	switch kindOf(f) {
	case capitalWord, loudWord, otherWord:
		return true
	case smallWord, unspacedWord:
	}
	_, n := utf8.DecodeRuneInString(f)
	return strings.ContainsFunc(f[n:], unicode.IsUpper)
}

// written reports the letters of Japanese, Chinese and Korean that brands are not written with.
func written(r rune) bool {
	return unicode.In(r, unicode.Hiragana, unicode.Han, unicode.Hangul)
}
