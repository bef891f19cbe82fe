package bounce

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dsrd/dsrd/mailer/reader/parts"
	"github.com/dsrd/dsrd/mailer/reader/words"
)

func TestWordFilesHaveNoErrors(t *testing.T) {
	if _, err := readLexicon(wordFiles); err != nil {
		t.Error(err)
	}
	if n := len(allSections()); n > 64 {
		t.Errorf("%d sections do not fit the bits of found", n)
	}
}

func TestBrokenWordFilesAreNamed(t *testing.T) {
	for name, text := range map[string]string{
		"a section that does not exist": "[moon]\nx",
		"a phrase that is too short":    "[user_unknown]\nno",
	} {
		files := fstest.MapFS{"words/xx.txt": {Data: []byte(text)}}
		if _, err := readLexicon(files); err == nil || !strings.Contains(err.Error(), "xx.txt:") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func TestEveryCaseIsReadAsItSays(t *testing.T) {
	cases, err := words.Cases(wordFiles, "words")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if got := asWanted(t, c); got != c.Want {
			t.Errorf("%s: %q is %s, want %s", c.Where, c.Text, got, c.Want)
		}
	}
}

// asWanted reads a case in the way that its verdict asks for.
func asWanted(t *testing.T, c words.Case) string {
	t.Helper()
	said := tells(c.Text)
	subject, text, _ := strings.Cut(c.Text, "\n")
	receipt := Receipt(parts.Header{}, subject, text) != nil
	asks := Challenge(parts.Header{}, "", subject, text) != nil
	switch c.Want {
	case "receipt":
		if receipt {
			return "receipt"
		}
	case "challenge":
		if asks {
			return "challenge"
		}
	case "nothing":
		if said&reasonBits() == 0 && !said.has(inSubject) && !said.has(isStrong) && !receipt && !asks {
			return "nothing"
		}
	case inSubject, inText, isStrong, saysDelayed, isCertain, afterContent, atRecipient:
		if said.has(c.Want) {
			return c.Want
		}
	}
	return string(wordsReason(said))
}

// A language counts as known when somebody wrote down what must be read in it: what a notice
// is, the reasons that decide, and a letter that is none.
func TestEveryLanguageHasItsCases(t *testing.T) {
	entries, err := words.Read(wordFiles, "words", allSections()...)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := words.Cases(wordFiles, "words")
	if err != nil {
		t.Fatal(err)
	}
	listed, tried := map[string]bool{}, map[string]map[string]bool{}
	for _, e := range entries {
		listed[e.Language] = true
	}
	for _, c := range cases {
		if tried[c.Language] == nil {
			tried[c.Language] = map[string]bool{}
		}
		tried[c.Language][c.Want] = true
		if !listed[c.Language] {
			t.Errorf("%s: no list for these cases", c.Where)
		}
	}
	for language := range listed {
		for _, want := range []string{"subject", "strong", "text", "user_unknown", "host_unknown",
			"mailbox_full", "moved", "delayed", "receipt", "nothing"} {
			if !tried[language][want] {
				t.Errorf("%s: no case of %q", path.Join("words", language), want)
			}
		}
	}
	if len(listed) < 29 {
		t.Errorf("%d languages", len(listed))
	}
}
