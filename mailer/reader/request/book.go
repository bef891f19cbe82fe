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
	patterns   index
	bySection  map[string]*index
	vocabulary map[string]bool // words of the phrases that are not common ones, folded
	stop       map[string]bool // common words, as written, lower case
	letters    string          // letters that tell the language
}

// library is every embedded word list.
type library struct {
	books         []*book
	byCode        map[string]*book
	laws          laws
	abbreviations map[string]bool
	stops         speakers // of the common words
	vocabulary    speakers // of the words of phrases
}

// speakers are the positions in the library of the languages that know a word.
type speakers map[string][]int

// sections are the headings that a word list may have, with what its lines mean; words/README.md
// explains them to whoever adds a language.
var sections = map[string]bool{
	"letters": true, "stop": true, "ask": true, "if": true, "not": true, "past": true, "sent": true,
	"message": true, "threat": true,
	"first-person": true, "closing": true, "disclaimer": true, "elsewhere": true, "incidental": true,
	reminder: true, reminder + " hint": true, complaint: true,
	access: true, portability: true, erasure: true, rectification: true, objection: true,
	restriction: true, optOut: true, export: true,
	access + " hint": true, portability + " hint": true, erasure + " hint": true,
	rectification + " hint": true, objection + " hint": true, restriction + " hint": true,
	optOut + " hint": true, export + " hint": true,
}

// shelf reads the embedded word lists once. They are part of the program: a test keeps them free
// of errors, and a line with one is left out.
var shelf = sync.OnceValue(func() *library {
	lib, _ := readLibrary(wordFiles)
	acts, _ := readLines("law.txt", lawFile)
	lib.laws, lib.abbreviations = readLaws(acts)
	return lib
})

// booksFor returns the word lists for a text in the given language: its own and English, whose
// words are found in mail of every language; all of them when the language is not known.
func booksFor(language string) []*book {
	lib := shelf()
	own, english := lib.byCode[language], lib.byCode["en"]
	switch {
	case own == nil || english == nil:
		return lib.books
	case own == english:
		return []*book{english}
	}
	return []*book{own, english}
}

// readLibrary reads words/*.txt of a file system, a language each. The library holds every line
// that could be read; the error names the others.
func readLibrary(files fs.FS) (*library, error) {
	lib := &library{
		byCode: map[string]*book{}, stops: speakers{}, vocabulary: speakers{},
	}
	entries, err := words.Read(files, "words", slices.Sorted(maps.Keys(sections))...)
	for _, e := range entries {
		lib.book(e.Language).addEntry(e)
	}
	for i, b := range lib.books {
		for w := range b.stop {
			lib.stops[w] = append(lib.stops[w], i)
			delete(b.vocabulary, fold(w))
		}
		for w := range b.vocabulary {
			lib.vocabulary[w] = append(lib.vocabulary[w], i)
		}
	}
	if err != nil {
		return lib, fmt.Errorf("read the word lists: %w", err)
	}
	return lib, nil
}

// book returns the book of a language, a new one at the first entry.
func (lib *library) book(code string) *book {
	b := lib.byCode[code]
	if b == nil {
		b = &book{
			code: code, bySection: map[string]*index{},
			stop: map[string]bool{}, vocabulary: map[string]bool{},
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
		for w := range strings.FieldsSeq(e.Text) {
			b.stop[w] = true
		}
	default:
		b.addPattern(parsePattern(e.Section, e.Text))
	}
}

// minVocabulary is the length in bytes from which a word of a phrase tells the language.
const minVocabulary = 4

func (b *book) addPattern(p pattern) {
	b.patterns.add(p)
	if b.bySection[p.section] == nil {
		b.bySection[p.section] = &index{}
	}
	b.bySection[p.section].add(p)
	for _, part := range p.parts {
		if !part.prefix && !part.suffix && len(part.text) >= minVocabulary {
			b.vocabulary[part.text] = true
		}
	}
}
