package request

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed words/*.txt
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

// readLibrary reads words/*.txt of a file system. The library holds every line that could be
// read; the error names the others.
func readLibrary(files fs.FS) (*library, error) {
	lib := &library{
		byCode: map[string]*book{}, stops: speakers{}, vocabulary: speakers{},
	}
	names, err := fs.Glob(files, "words/*.txt")
	if err != nil {
		return lib, fmt.Errorf("list word files: %w", err)
	}
	var problems []error
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("read word file: %w", err))
			continue
		}
		problems = append(problems, lib.add(path.Base(name), string(text)))
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
	return lib, errors.Join(problems...)
}

// add reads one file into the library.
func (lib *library) add(name, text string) error {
	lines, err := readLines(name, text)
	if name == "law.txt" {
		lib.laws, lib.abbreviations = readLaws(lines)
		return err
	}
	b := &book{
		code: strings.TrimSuffix(name, ".txt"), bySection: map[string]*index{},
		stop: map[string]bool{}, vocabulary: map[string]bool{},
	}
	problems := []error{err}
	for _, l := range lines {
		if !sections[l.section] {
			problems = append(problems, fmt.Errorf("%s:%d: unknown section [%s]", name, l.number, l.section))
			continue
		}
		b.addLine(l)
	}
	lib.books = append(lib.books, b)
	lib.byCode[b.code] = b
	return errors.Join(problems...)
}

func (b *book) addLine(l line) {
	switch l.section {
	case "letters":
		b.letters += strings.ReplaceAll(l.text, " ", "")
	case "stop":
		for w := range strings.FieldsSeq(l.text) {
			b.stop[w] = true
		}
	default:
		b.addPattern(parsePattern(l.section, l.text))
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

// line is one entry of a word file.
type line struct {
	section, text string
	number        int
}

// readLines splits a word file: "# comment", "[section]", and one entry a line.
func readLines(name, text string) ([]line, error) {
	var lines []line
	var problems []error
	section := ""
	for i, raw := range strings.Split(text, "\n") {
		entry, _, _ := strings.Cut(raw, "#")
		entry = strings.TrimSpace(entry)
		switch {
		case entry == "":
		case strings.HasPrefix(entry, "[") && strings.HasSuffix(entry, "]"):
			section = strings.TrimSpace(entry[1 : len(entry)-1])
		case section == "":
			problems = append(problems, fmt.Errorf("%s:%d: entry before the first [section]", name, i+1))
		default:
			lines = append(lines, line{section, entry, i + 1})
		}
	}
	return lines, errors.Join(problems...)
}
