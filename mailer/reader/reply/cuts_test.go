package reply_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
	wordlist "github.com/dsrd/dsrd/mailer/reader/words"
)

// mark stands in a case where somebody's own words end, and again where they go on.
const mark = "✂"

// A cutCase is a case of cuts/<language>.cases.txt: a mail and what somebody newly wrote in it.
type cutCase struct {
	mail, want    string
	html, forward bool
}

func readCut(t *testing.T, c wordlist.Case) cutCase {
	t.Helper()
	kept, source, marked := strings.Cut(c.Text, mark)
	switch c.Want {
	case "html":
		if !marked {
			t.Fatalf("%s: a case is written: html | what stays %s the source", c.Where, mark)
		}
		return cutCase{mail: source, want: kept, html: true}
	case "cut", "forward":
		var want strings.Builder
		for i, part := range strings.Split(c.Text, mark) {
			if i%2 == 0 {
				want.WriteString(part)
			}
		}
		mail := strings.NewReplacer(" "+mark+" ", "", mark+" ", "", " "+mark, "").Replace(c.Text)
		return cutCase{mail: mail, want: want.String(), forward: c.Want == "forward"}
	}
	t.Fatalf("%s: got %q, want cut, forward or html", c.Where, c.Want)
	return cutCase{}
}

// inWords is a text without its layout.
func inWords(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestCutsInEveryLanguage(t *testing.T) {
	all := 0
	for _, c := range cases(t, "cuts") {
		all++
		want := readCut(t, c)
		read := reply.FromPlain
		if want.html {
			read = reply.FromHTML
		}
		got := read(want.mail)
		if inWords(got.New) != inWords(want.want) || !want.html && got.Forwarded != want.forward {
			t.Errorf("%s: %q: got %q (forward %v), want %q (forward %v)", c.Where, want.mail, got.New,
				got.Forwarded, want.want, want.forward)
		}
	}
	t.Logf("figure: cut cases %d", all)
}

func TestEveryLanguageThatCutsHasCases(t *testing.T) {
	lists, err := filepath.Glob("cuts/??.txt")
	if err != nil || len(lists) < 40 {
		t.Fatalf("lists: got %d (%v), want at least 40", len(lists), err)
	}
	cut, forward := map[string]int{}, map[string]int{}
	for _, c := range cases(t, "cuts") {
		cut[c.Language]++
		if c.Want == "forward" {
			forward[c.Language]++
		}
	}
	for _, list := range lists {
		l := strings.TrimSuffix(filepath.Base(list), ".txt")
		if cut[l] < 15 || forward[l] < 1 {
			t.Errorf("%s has %d cases and %d forwards, want at least 15 and 1", list, cut[l], forward[l])
		}
		delete(cut, l)
	}
	delete(cut, "any")
	for l := range cut {
		t.Errorf("cuts/%s.cases.txt has no list beside it", l)
	}
}

// Whoever can decide in a language can be quoted in it.
func TestEveryLanguageThatDecidesCuts(t *testing.T) {
	lists, err := filepath.Glob("words/??.txt")
	if err != nil || len(lists) == 0 {
		t.Fatalf("lists: got %d (%v)", len(lists), err)
	}
	for _, list := range lists {
		if found, _ := filepath.Glob("cuts/" + filepath.Base(list)); len(found) != 1 {
			t.Errorf("%s has no cuts/%s", list, filepath.Base(list))
		}
	}
}
