package request

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dsrd/dsrd/mailer/reader/words"
)

//go:embed withdrawal/??.txt
var withdrawalFiles embed.FS

// maxWithdrawal is how many letters a mail may have that does nothing but take a request
// back: a longer one says more than that.
const maxWithdrawal = 600

// Withdrawal is what a text says about taking a request back.
type Withdrawal struct {
	Meant bool // it speaks of it
	// Plain: it says so without doubt, condition or question, and at no great length.
	Plain bool
	// Rights are those that it names in whatever way, as Request.Kinds does.
	Rights []string
}

// ReadWithdrawal reads the newly written text of a mail (no quotes). What it takes for
// plain is far less than people write: a person can look at the rest.
func ReadWithdrawal(newText string) Withdrawal {
	text := clean(newText, maxText)
	sentences := sentencesOf(text, shelf().abbreviations)
	said := withdrawn(sentences)
	w := Withdrawal{}
	doubtful := strings.ContainsAny(text, "?？;\u037e")
	for _, of := range said {
		w.Meant = w.Meant || of.has(inWithdraw)
		doubtful = doubtful || of.has(inWithdraw) && of.has(inBut)
	}
	if !w.Meant {
		return w
	}
	w.Plain = !doubtful && utf8.RuneCountInString(strings.TrimSpace(text)) <= maxWithdrawal
	w.Rights = named(sentences, booksFor(languageOf(text)))
	return w
}

// withdrawalSections are the headings of the lists of withdrawals.
var withdrawalSections = map[string]section{"withdraw": inWithdraw, "but": inBut}

// withdrawn says for each tongue of which sections a phrase stands in one of the sentences.
func withdrawn(sentences []sentence) []sectionSet {
	e := shelf().withdrawals
	said := make([]sectionSet, len(shelf().tongues))
	for _, s := range sentences {
		for i, w := range s {
			for _, n := range e.at(w) {
				entry := &e.entries[n]
				if !said[entry.list].has(entry.section) && matchParts(entry.parts[1:], s, i+1) > 0 {
					said[entry.list] |= setOf(entry.section)
				}
			}
		}
	}
	return said
}

// named are the rights of which a phrase or the name stands in a text.
func named(sentences []sentence, books *books) []string {
	var found []string
	for _, s := range sentences {
		for _, h := range books.engine.find(s, ofRights, nil) {
			right := rights[(h.section-inKinds)%section(len(kinds))]
			if !slices.Contains(found, right) {
				found = append(found, right)
			}
		}
	}
	return found
}

// A tongue is how people of one language take a request back.
type tongue struct {
	code     string
	patterns []pattern
}

func patternsOf(tongues []*tongue) [][]pattern {
	var all [][]pattern
	for _, t := range tongues {
		all = append(all, t.patterns)
	}
	return all
}

// readTongues gives what can be read; the error names every line that cannot.
func readTongues(files fs.FS) ([]*tongue, error) {
	entries, err := words.Read(files, "withdrawal", "withdraw", "but")
	var all []*tongue
	for _, e := range entries {
		if len(all) == 0 || all[len(all)-1].code != e.Language {
			all = append(all, &tongue{code: e.Language})
		}
		t := all[len(all)-1]
		t.patterns = append(t.patterns, parsePatterns(e.Section, e.Text)...)
	}
	if err != nil {
		return all, fmt.Errorf("read the lists of withdrawals: %w", err)
	}
	return all, nil
}
