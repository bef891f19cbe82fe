package request_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/request"
	"github.com/dsrd/dsrd/mailer/reader/words"
)

const (
	// noKind is how a case says that a text asks for nothing.
	noKind = "none"
	// leastCases and leastNone are how many cases a language needs, and how many of them ask
	// for nothing.
	leastCases, leastNone = 25, 3
	// fewWords is how many words leave it open which of its sisters a language is.
	fewWords = 4
)

// casesOf reads the cases of a folder; each line has to be one.
func casesOf(t *testing.T, folder string) []words.Case {
	t.Helper()
	cases, err := words.Cases(os.DirFS("."), folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatalf("no cases in %s", folder)
	}
	return cases
}

// haveCases demands cases for every list of a folder, and a list for every language with cases.
func haveCases(t *testing.T, folder string, cases map[string]int) {
	t.Helper()
	lists, err := filepath.Glob(folder + "/??.txt")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no lists in %s: %v", folder, err)
	}
	for _, list := range lists {
		language := strings.TrimSuffix(filepath.Base(list), ".txt")
		if cases[language] == 0 {
			t.Errorf("%s has no cases beside it", list)
		}
		delete(cases, language)
	}
	for language := range cases {
		t.Errorf("%s has cases for %q and no list", folder, language)
	}
}

func TestShortLettersAreReadAsTheirWritersMeantThem(t *testing.T) {
	for _, c := range casesOf(t, "words") {
		got := request.Read(c.Text, "", "writer@mail.example", ours)
		want := strings.Fields(strings.TrimSuffix(c.Want, noKind))
		if !slices.Equal(got.Kinds, want) {
			t.Errorf("%s: got %q, want %q: %s", c.Where, got.Kinds, want, c.Text)
		}
		short := len(strings.Fields(c.Text)) <= fewWords
		if got.Language != c.Language && (got.Language != "" || !short) {
			t.Errorf("%s: language %q, want %q: %s", c.Where, got.Language, c.Language, c.Text)
		}
	}
}

func TestEveryLanguageHasShortLetters(t *testing.T) {
	all, none := map[string]int{}, map[string]int{}
	for _, c := range casesOf(t, "words") {
		all[c.Language]++
		if c.Want == noKind {
			none[c.Language]++
		}
	}
	for language, n := range all {
		if n < leastCases || none[language] < leastNone {
			t.Errorf("%s has %d cases, %d that ask for nothing; want %d and %d",
				language, n, none[language], leastCases, leastNone)
		}
	}
	haveCases(t, "words", all)
}
