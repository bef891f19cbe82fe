package request_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dsrd/dsrd/mailer/reader/request"
)

var ours = []string{"dsr@provider.example", "Privacy <privacy@provider.example>"}

// letter is a case of testdata/letters; the first file explains the form.
type letter struct {
	name, subjectLine, from, text string
	want                          request.Request
}

func TestEachLetterIsReadAsItsWriterMeantIt(t *testing.T) {
	files, err := filepath.Glob("testdata/letters/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no letters: %v", err)
	}
	for _, file := range files {
		language := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, l := range readLetters(t, file, language) {
			t.Run(language+"/"+l.name, func(t *testing.T) {
				got := request.Read(l.text, l.subjectLine, l.from, ours)
				if diff := cmp.Diff(l.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestEveryLanguageHasLetters(t *testing.T) {
	files, err := filepath.Glob("words/??.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no word lists: %v", err)
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join("testdata/letters", filepath.Base(file))); err != nil {
			t.Errorf("%s has no letters: %v", file, err)
		}
	}
}

func readLetters(t *testing.T, file, language string) []letter {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split("\n"+string(data), "\n=== ")[1:]
	var letters []letter
	for _, block := range blocks {
		letters = append(letters, readLetter(t, block, language))
	}
	return letters
}

func readLetter(t *testing.T, block, language string) letter {
	t.Helper()
	name, rest, _ := strings.Cut(block, "\n")
	head, text, _ := strings.Cut(rest+"\n", "\n\n")
	l := letter{name: name, from: "writer@mail.example", text: text}
	l.want.Language = language
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "kinds":
			l.want.Kinds = strings.Fields(value)
		case "customers":
			l.want.Customers = strings.Fields(value)
			l.want.Subjects = l.want.Customers
		case "subject":
			l.subjectLine = value
		case "from":
			l.from = value
		case "language":
			l.want.Language = strings.TrimPrefix(value, "-")
		default:
			t.Fatalf("%s: unknown header %q", name, line)
		}
	}
	return l
}
