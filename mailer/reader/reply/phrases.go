package reply

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// maxPhrase is the longest entry in words; it bounds the look-ups at one position of a text.
const maxPhrase = 8

// tokens is a text as the word lists see it.
type tokens struct {
	words []string
	// joined is the text of scripts that put no spaces between words (and of Hangul, whose
	// endings carry the negation), without spaces and punctuation.
	joined string
}

// phrases is a set of entries: words, runs of words, "stem*" and "*ending". An entry in Chinese,
// Japanese or Korean counts wherever its letters occur.
type phrases struct {
	whole    map[string][]string // entry -> languages
	stems    map[string][]string // likewise
	endings  map[string][]string
	unspaced []unspacedEntry

	// The same once more, to be found without trying every beginning of every text.
	runs       runs
	beginnings affixes // of the stems
	tails      affixes // of the endings
}

// An unspacedEntry is an entry in a script without spaces, and whose it is.
type unspacedEntry struct{ text, language string }

func newPhrases() *phrases {
	return &phrases{
		whole: map[string][]string{}, stems: map[string][]string{}, endings: map[string][]string{},
		tails: affixes{backwards: true},
	}
}

func (p *phrases) empty() bool {
	return len(p.whole) == 0 && len(p.stems) == 0 && len(p.endings) == 0 && len(p.unspaced) == 0
}

func (p *phrases) add(language, entry string) error {
	stem, ending := strings.HasSuffix(entry, "*"), strings.HasPrefix(entry, "*")
	t := tokenize(strings.Trim(entry, "*"))
	n := len(t.words)
	switch {
	case n == 0 || n > maxPhrase:
		return fmt.Errorf("entry %q has %d words, and between 1 and %d can be", entry, n, maxPhrase)
	case stem && ending, (stem || ending) && n != 1:
		return fmt.Errorf("entry %q: a star stands at one end of one word", entry)
	case stem:
		key := unaccented(t.words[0])
		p.stems[key] = append(p.stems[key], language)
		p.beginnings.add(key)
	case ending:
		key := unaccented(t.words[0])
		p.endings[key] = append(p.endings[key], language)
		p.tails.add(key)
	default:
		return p.addWhole(language, entry, t)
	}
	return nil
}

func (p *phrases) addWhole(language, entry string, t tokens) error {
	key := t.key()
	for _, l := range p.whole[key] {
		if l == language {
			return fmt.Errorf("entry %q stands twice", entry)
		}
	}
	p.whole[key] = append(p.whole[key], language)
	p.runs.add(strings.Split(key, " "))
	if t.joined != "" && t.joined == t.key() { // of "use Outlook" in Chinese, "use" alone says nothing
		p.unspaced = append(p.unspaced, unspacedEntry{t.joined, language})
	}
	return nil
}

// key is the one spelling of an entry or of a whole line.
func (t tokens) key() string {
	if t.joined != "" && t.joined == strings.Join(t.words, "") {
		return t.joined
	}
	return strings.Join(t.words, " ")
}

// exact returns the languages in which the text is, as a whole, an entry.
func (p *phrases) exact(t tokens) []string {
	if len(t.words) == 0 {
		return nil
	}
	return p.whole[t.key()]
}

// within reports whether an entry occurs anywhere in the text.
func (p *phrases) within(t tokens) bool { return p.withinBut(t, nil, nil) }

// withinBut is within, leaving out the single words that but contains, and, where languages are
// given, the unspaced entries of others.
func (p *phrases) withinBut(t tokens, but func(string) bool, languages []string) bool {
	for i, w := range t.words {
		n := p.at(t, i)
		if n > 1 || (n == 1 || p.affixed(w)) && (but == nil || !but(w)) {
			return true
		}
	}
	return t.joined != "" && p.unspacedIn(t.joined, languages)
}

func (p *phrases) unspacedIn(s string, languages []string) bool {
	for _, u := range p.unspaced {
		if (languages == nil || slices.Contains(languages, u.language)) && strings.Contains(s, u.text) {
			return true
		}
	}
	return false
}

// languages returns whose entries occur in the text.
func (p *phrases) languages(t tokens) []string {
	var out []string
	for i, w := range t.words {
		out = append(out, p.affixedIn(w)...)
		if n := p.at(t, i); n > 0 {
			out = append(out, p.whole[strings.Join(t.words[i:i+n], " ")]...)
		}
	}
	for _, u := range p.unspaced {
		if strings.Contains(t.joined, u.text) {
			out = append(out, u.language)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// without takes the unspaced entries out of a text.
func (p *phrases) without(joined string) string {
	for _, u := range p.unspaced {
		joined = strings.ReplaceAll(joined, u.text, " ")
	}
	return joined
}

// prefix returns how many words the longest entry has that begins the text.
func (p *phrases) prefix(t tokens) int {
	_, n := p.cutPrefix(t)
	return n
}

// cutPrefix is prefix and returns the words behind it too.
func (p *phrases) cutPrefix(t tokens) (tokens, int) {
	if len(t.words) == 0 {
		return t, 0
	}
	n, longest := p.at(t, 0), ""
	if n == 0 && p.affixed(t.words[0]) {
		n = 1
	}
	for _, u := range p.unspaced {
		if len(u.text) > len(longest) && strings.HasPrefix(t.joined, u.text) && unspaced(t.words[0]) {
			longest = u.text
		}
	}
	for i, left := 0, len(longest); left > 0 && i < len(t.words); i++ {
		if unspaced(t.words[i]) {
			left -= len(t.words[i])
		}
		n = max(n, i+1)
	}
	return tokens{words: t.words[n:], joined: t.joined[len(longest):]}, n
}

// at returns how many words the longest entry has that begins at word i.
func (p *phrases) at(t tokens, i int) int { return p.runs.longest(t.words[i:]) }

// maxAffixed is the length in bytes up to which stems and endings of a word are tried. Of a longer
// one stems are.
const maxAffixed = 64

// affixed reports whether a word begins or ends as an entry says. Accents are left out of it: a
// stem is shorter than the words that it stands for.
func (p *phrases) affixed(w string) bool { return len(p.affixedIn(w)) > 0 }

// affixedIn returns in which languages it does: of the shortest stem, or of the longest ending
// where that begins before the stem ends.
func (p *phrases) affixedIn(w string) []string {
	if len(p.stems)+len(p.endings) == 0 {
		return nil
	}
	if len(w) > maxAffixed {
		return p.stemOf(unaccented(clip(w, maxAffixed)))
	}
	w = unaccented(w)
	stem := p.beginnings.shortest(w)
	ending := len(w) - p.tails.longest(w)
	switch {
	case stem > 0 && stem <= ending:
		return p.stems[w[:stem]]
	case ending < len(w):
		return p.endings[w[ending:]]
	}
	return nil
}

// stemOf returns whose stem begins a word that is longer than what is looked at, as a sentence in
// Thai is.
func (p *phrases) stemOf(w string) []string {
	for i := range w {
		if l := p.stems[w[:i]]; len(l) > 0 {
			return l
		}
	}
	return p.stems[w]
}

// tokenize brings a text into the form in which words are compared: NFC, narrow, lower case,
// without what cannot be seen, and without accents where their loss cannot make another word.
func tokenize(s string) tokens {
	var t tokens
	var joined strings.Builder
	for s = normal(s); s != ""; {
		var w string
		if w, s = cutWord(s); w == "" {
			continue
		}
		if unspaced(w) {
			joined.WriteString(w)
		}
		if t.words == nil {
			t.words = make([]string, 0, 1+(len(w)+len(s))/meanWord)
		}
		t.words = append(t.words, plain(w))
	}
	t.joined = joined.String()
	return t
}

// meanWord is the length in bytes of a word and its space, on average; it sizes lists of them.
const meanWord = 6

// cutWord returns the first word of a text and what follows it. The word is empty where nothing
// but quotation marks stand in its place.
func cutWord(s string) (word, rest string) {
	start := strings.IndexFunc(s, wordRune)
	if start < 0 {
		return "", ""
	}
	s = s[start:]
	end := strings.IndexFunc(s, noWordRune)
	if end < 0 {
		end = len(s)
	}
	return strings.Trim(s[:end], "'"), s[end:]
}

// normal is the text in one spelling of letters, apostrophes and width.
func normal(s string) string {
	if ascii(s) {
		return strings.ReplaceAll(strings.ToLower(s), "`", "'")
	}
	if strings.ContainsFunc(s, mayFold) {
		s = width.Fold.String(s)
	}
	s = norm.NFC.String(s)
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u2019', '\u2018', '\u02BC', '\u0060', '\u00B4', '\u2032':
			return '\''
		case 'ı', 'İ': // capital I is both of them when Turkish is written in capitals
			return 'i'
		case 'ς':
			return 'σ'
		}
		if invisible(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// wordRune reports what words are made of. The signs that stand for a word of their own count too.
func wordRune(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '\''
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\'' || sign(r)
}

func noWordRune(r rune) bool { return !wordRune(r) }

// mayFold reports runes among which the wide, fullwidth and halfwidth ones are (UAX #11).
func mayFold(r rune) bool { return r >= 0x2000 }

// sign reports pictures that say no, doubt, joke or wait; the others are decoration.
func sign(r rune) bool {
	switch r {
	case '👎', '❌', '✖', '✗', '✘', '🚫', '🛑', '⛔', '🙅', '✋', '❎', '🆖', '🈲', '💔',
		'🤔', '🙄', '🤨', '😕', '🤷', '😂', '🤣', '😜', '⏳', '⌛', '⏸', '⏰':
		return true
	}
	return false
}

func unspaced(w string) bool {
	for _, r := range w {
		if r >= firstUnspaced && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return true
		}
	}
	return false
}

// firstUnspaced is the first letter of those scripts, in Hangul Jamo.
const firstUnspaced = 0x1100

// minPlain is the length in letters from which on accents do not tell words apart. Shorter ones
// they do: "sí" is yes and "si" is if.
const minPlain = 5

// plain takes the accents off a long word, and off every Greek one, because capitals lose them.
func plain(w string) string {
	if ascii(w) || unspaced(w) {
		return w
	}
	n, greek := 0, false
	for _, r := range w {
		n++
		greek = greek || unicode.Is(unicode.Greek, r)
	}
	if n < minPlain && !greek {
		return strings.ReplaceAll(w, "ё", "е")
	}
	return unaccented(w)
}

// unaccented takes the accents off the letters of a word.
func unaccented(w string) string {
	if ascii(w) || unspaced(w) {
		return w
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(w)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// last returns how many words the longest entry has that ends the text.
func (p *phrases) last(t tokens) int {
	n := len(t.words)
	for i := max(0, n-maxPhrase); i < n; i++ {
		if p.runs.whole(t.words[i:]) {
			return n - i
		}
	}
	return 0
}
