package request

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/dsrd/dsrd/mailer/reader/words"
)

//go:embed words/??.txt
var wordFiles embed.FS

// book is the word list of one language, words/<code>.txt.
type book struct {
	code       string
	patterns   []pattern
	vocabulary map[string]bool // words of the phrases that are not common ones, folded
	stop       map[string]bool // common words, as written, lower case
	articles   map[string]bool // "a", "the": after them stands a noun, in lower case
	letters    string          // letters that tell the language
}

// library is every embedded word list.
type library struct {
	books         []*book
	byCode        map[string]*book
	laws          laws
	abbreviations map[string]bool
	speech        map[string]speech          // by word
	letters       map[rune]uint64            // the positions of the languages that have a letter, as bits
	signs         map[string]map[string]bool // by list: single words, in lower case

	dictionary  *dictionary
	all         func() *books
	selections  map[string]func() *books // what a text is read with, by its language
	tongues     []*tongue
	withdrawals *engine // the phrases of the tongues, a list each
}

// speech says for which languages a word speaks: their positions in the library.
type speech struct {
	stops      []int // as a common word, as it is written
	vocabulary []int // as a word of their phrases, folded
}

// books are the word lists that a text is read with.
type books struct{ engine *engine }

// shelf reads the embedded word lists once. They are part of the program: a test keeps them free
// of errors, and a line with one is left out.
var shelf = sync.OnceValue(newShelf)

func newShelf() *library {
	lib, _ := readLibrary(wordFiles)
	lib.laws, lib.abbreviations, _ = readLaws(lawFile)
	lib.tongues, _ = readTongues(withdrawalFiles)
	lib.compile()
	return lib
}

// compile makes engines of the lists.
func (lib *library) compile() {
	d := newDictionary()
	lib.dictionary = d
	for _, b := range lib.books {
		d.add(b.patterns)
	}
	for _, t := range lib.tongues {
		d.add(t.patterns)
	}
	for _, act := range lib.laws.acts {
		d.add(act.names)
	}
	lib.laws.compile(d)
	lib.withdrawals = newEngine(d, withdrawalSections, patternsOf(lib.tongues)...)
	lib.all = lib.bind(lib.books...)
	lib.selections = map[string]func() *books{}
	english := lib.byCode["en"]
	for _, b := range lib.books {
		switch {
		case english == nil:
			lib.selections[b.code] = lib.all
		case b == english:
			lib.selections[b.code] = lib.bind(b)
		default:
			lib.selections[b.code] = lib.bind(b, english)
		}
	}
}

// bind puts word lists together, when somebody first writes in that language.
func (lib *library) bind(lists ...*book) func() *books {
	return sync.OnceValue(func() *books {
		var patterns [][]pattern
		for _, b := range lists {
			patterns = append(patterns, b.patterns)
		}
		return &books{newEngine(lib.dictionary, sections, patterns...)}
	})
}

// booksFor returns the word lists for a text in the given language: its own and English, whose
// words are found in mail of every language; all of them when the language is not known.
func booksFor(language string) *books { return shelf().booksFor(language) }

func (lib *library) booksFor(language string) *books {
	if own := lib.selections[language]; own != nil {
		return own()
	}
	return lib.all()
}

// readLibrary reads words/*.txt of a file system, a language each. The library holds every line
// that could be read; the error names the others.
func readLibrary(files fs.FS) (*library, error) {
	lib := &library{
		byCode: map[string]*book{}, speech: map[string]speech{}, letters: map[rune]uint64{},
		signs: newSigns(),
	}
	all := slices.Concat(slices.Sorted(maps.Keys(sections)), slices.Sorted(maps.Keys(lib.signs)))
	entries, err := words.Read(files, "words", all...)
	for _, e := range entries {
		if same := lib.signs[e.Section]; same != nil {
			same[lower(e.Text)] = true
			continue
		}
		lib.book(e.Language).addEntry(e)
	}
	for i, b := range lib.books {
		lib.listen(i, b)
	}
	if err != nil {
		return lib, fmt.Errorf("read the word lists: %w", err)
	}
	return lib, nil
}

// listen takes in by what a language is known.
func (lib *library) listen(i int, b *book) {
	for w := range b.stop {
		told := lib.speech[w]
		told.stops = append(told.stops, i)
		lib.speech[w] = told
		delete(b.vocabulary, fold(w))
	}
	for w := range b.vocabulary {
		told := lib.speech[w]
		told.vocabulary = append(told.vocabulary, i)
		lib.speech[w] = told
	}
	for _, r := range b.letters {
		lib.letters[r] |= 1 << i
	}
}

// book returns the book of a language, a new one at the first entry.
func (lib *library) book(code string) *book {
	b := lib.byCode[code]
	if b == nil {
		b = &book{
			code: code, stop: map[string]bool{}, vocabulary: map[string]bool{},
			articles: map[string]bool{},
		}
		lib.books = append(lib.books, b)
		lib.byCode[code] = b
	}
	return b
}

func (b *book) addEntry(e words.Entry) {
	switch e.Section {
	case "letters":
		b.letters += strings.ReplaceAll(e.Text, " ", "")
	case "stop":
		addAll(b.stop, e.Text)
	case "article":
		addAll(b.articles, e.Text)
	default:
		for _, p := range parsePatterns(e.Section, e.Text) {
			b.addPattern(p)
		}
	}
}

func addAll(set map[string]bool, text string) {
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
}

// minVocabulary is the length in bytes from which a word of a phrase tells the language.
const minVocabulary = 4

func (b *book) addPattern(p pattern) {
	b.patterns = append(b.patterns, p)
	b.learn(p.parts)
}

// learn takes in the words by which a phrase tells the language.
func (b *book) learn(parts []part) {
	for _, part := range parts {
		if !part.prefix && !part.suffix && len(part.text) >= minVocabulary {
			b.vocabulary[part.text] = true
		}
		b.learn(part.or)
	}
}
