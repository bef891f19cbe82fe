package request

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
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
	var w Withdrawal
	doubtful := strings.ContainsAny(text, "?？;\u037e")
	for _, tongue := range tongues() {
		if !tongue.says(sentences, "withdraw") {
			continue
		}
		w.Meant = true
		doubtful = doubtful || tongue.says(sentences, "but")
	}
	if !w.Meant {
		return w
	}
	w.Plain = !doubtful && utf8.RuneCountInString(strings.TrimSpace(text)) <= maxWithdrawal
	w.Rights = named(sentences, booksFor(languageOf(text)))
	return w
}

// named are the rights of which a phrase or the name stands in a text.
func named(sentences []sentence, books []*book) []string {
	var found []string
	for _, s := range sentences {
		for _, h := range hitsIn(s, books) {
			kind := strings.TrimSuffix(h.section, " hint")
			if slices.Contains(rights[:], kind) && !slices.Contains(found, kind) {
				found = append(found, kind)
			}
		}
	}
	return found
}

// A tongue is how people of one language take a request back.
type tongue struct {
	code     string
	patterns index
}

// says reports whether a phrase of the section stands in one of the sentences.
func (t *tongue) says(sentences []sentence, section string) bool {
	for _, s := range sentences {
		for i := range s {
			if t.patterns.begins(s, i, section) {
				return true
			}
		}
	}
	return false
}

// tongues reads the embedded lists once; a test keeps them free of errors.
var tongues = sync.OnceValue(func() []*tongue {
	all, _ := readTongues(withdrawalFiles)
	return all
})

// readTongues gives what can be read; the error names every line that cannot.
func readTongues(files fs.FS) ([]*tongue, error) {
	entries, err := words.Read(files, "withdrawal", "withdraw", "but")
	var all []*tongue
	for _, e := range entries {
		if len(all) == 0 || all[len(all)-1].code != e.Language {
			all = append(all, &tongue{code: e.Language})
		}
		all[len(all)-1].patterns.add(parsePattern(e.Section, e.Text))
	}
	if err != nil {
		return all, fmt.Errorf("read the lists of withdrawals: %w", err)
	}
	return all, nil
}
