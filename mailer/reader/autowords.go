package reader

import (
	"embed"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dsrd/dsrd/mailer/reader/words"
)

//go:embed auto/??.txt auto/any.txt
var autoFiles embed.FS

// The sections of the word files; auto/README.md says what each holds.
const (
	subjectWords  = "subject"
	openingWords  = "opening"
	stateWords    = "state"
	hintWords     = "hint"
	withinWords   = "within"
	bodyWords     = "body"
	greetingWords = "greeting"
	alsoWords     = "also"
	andWords      = "and"
	closingWords  = "closing"
	notWords      = "not"
	answerWords   = "answer"
	replyMarks    = "reply"
	gatewayMarks  = "gateway"
)

var autoSections = []string{subjectWords, openingWords, stateWords, hintWords, withinWords, bodyWords,
	greetingWords, alsoWords, andWords, closingWords, notWords, answerWords, replyMarks, gatewayMarks}

// An autoPhrase is an entry of a word file, folded.
type autoPhrase struct{ text, section string }

// autoLexicon is what the word files say together. It does not change once it is read.
type autoLexicon struct {
	subjects map[rune][]autoPhrase // by their first letter, the longest first
	marks    map[rune][]autoPhrase // likewise
	within   []string              // phrases that may stand anywhere in a subject line
	texts    []*textWords          // a language each
}

// textWords are what one language says about the text of a notice. A star ends what is the
// beginning of a word.
type textWords struct {
	language string
	body     [][]string // the parts of a phrase, in this order within a clause
	lists    map[string][]string
}

// autoLibrary is the lexicon of the embedded files. A test keeps them free of errors.
var autoLibrary = sync.OnceValue(func() *autoLexicon {
	entries, _ := words.Read(autoFiles, "auto", autoSections...)
	return newAutoLexicon(entries)
})

func newAutoLexicon(entries []words.Entry) *autoLexicon {
	x := &autoLexicon{
		subjects: map[rune][]autoPhrase{}, marks: map[rune][]autoPhrase{},
	}
	for _, e := range entries {
		x.add(e)
	}
	for _, of := range []map[rune][]autoPhrase{x.subjects, x.marks} {
		for _, list := range of {
			sort.SliceStable(list, func(i, j int) bool { return len(list[i].text) > len(list[j].text) })
		}
	}
	return x
}

func (x *autoLexicon) add(e words.Entry) {
	p := autoPhrase{foldAuto(e.Text), e.Section}
	first, _ := utf8.DecodeRuneInString(p.text)
	switch e.Section {
	case subjectWords, openingWords, stateWords, hintWords:
		x.subjects[first] = append(x.subjects[first], p)
	case replyMarks, gatewayMarks:
		x.marks[first] = append(x.marks[first], p)
	case withinWords:
		x.within = append(x.within, p.text)
	case bodyWords:
		t := x.textOf(e.Language)
		t.body = append(t.body, strings.Split(p.text, " ... "))
	default:
		t := x.textOf(e.Language)
		t.lists[e.Section] = append(t.lists[e.Section], p.text)
	}
}

// textOf finds a language's words. Entries come a file after the other.
func (x *autoLexicon) textOf(language string) *textWords {
	if last := len(x.texts) - 1; last < 0 || x.texts[last].language != language {
		x.texts = append(x.texts, &textWords{language, nil, map[string][]string{}})
	}
	return x.texts[len(x.texts)-1]
}

// at finds the longest phrase that a folded text begins with, as whole words; where there is
// none, the longest that ends within a word.
func at(phrases map[rune][]autoPhrase, s string) (p autoPhrase, whole bool) {
	first, _ := utf8.DecodeRuneInString(s)
	for _, q := range phrases[first] {
		switch {
		case !strings.HasPrefix(s, q.text):
		case endsWord(q.text, s[len(q.text):]):
			return q, true
		case p.text == "":
			p = q
		}
	}
	return p, false
}

// endsWord says whether a word may end between two texts: everywhere in scripts that write no
// spaces, else where no letter stands on both sides.
func endsWord(before, after string) bool {
	l, _ := utf8.DecodeLastRuneInString(before)
	r, _ := utf8.DecodeRuneInString(after)
	return after == "" || !inWord(l) || !inWord(r) || isUnspaced(l)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isUnspaced(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Hangul)
}

// foldAuto makes texts comparable: lower case, without accents, full-width letters narrow, all
// blanks alike. Subject lines lose their accents on the way, and Turkish has two letters i.
func foldAuto(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == '\n', !unicode.IsSpace(r) && r < 0x80:
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			foldLetter(&b, unicode.ToLower(r))
		}
	}
	return b.String()
}

// foldLetter writes letters that Unicode does not take apart as those without their marks do.
func foldLetter(b *strings.Builder, r rune) {
	switch r {
	case 'ı':
		r = 'i'
	case 'ł':
		r = 'l'
	case 'ø':
		r = 'o'
	case 'đ', 'ð':
		r = 'd'
	case 'ς':
		r = 'σ'
	case '’', '‘', 'ʼ':
		r = '\''
	case 'ß':
		b.WriteByte('s')
		r = 's'
	case 'æ':
		b.WriteByte('a')
		r = 'e'
	}
	b.WriteRune(r)
}
