package reply_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
	wordlist "github.com/dsrd/dsrd/mailer/reader/words"
)

// A sample is a line of a cases file.
type sample struct {
	want reply.Decision
	text string
}

// samples reads words/<language>.cases.txt, without its patterns.
func samples(tb testing.TB, file string) []sample {
	tb.Helper()
	var out []sample
	for _, s := range caseLines(tb, file) {
		if s.want != never && s.want != still {
			out = append(out, s)
		}
	}
	return out
}

// What a pattern says of every answer that is made with it.
const (
	never reply.Decision = "never" // does not confirm
	still reply.Decision = "still" // confirms
)

// patterns returns the texts of one kind in which % stands for a confirmation.
func patterns(tb testing.TB, file string, want reply.Decision) []string {
	tb.Helper()
	var out []string
	for _, s := range caseLines(tb, file) {
		if s.want == want {
			out = append(out, s.text)
		}
	}
	return out
}

func caseLines(tb testing.TB, file string) []sample {
	tb.Helper()
	var out []sample
	for _, c := range cases(tb, "words") {
		if c.Language == language(file) {
			out = append(out, sample{reply.Decision(c.Want), c.Text})
		}
	}
	return out
}

// cases reads the case files of a folder.
func cases(tb testing.TB, folder string) []wordlist.Case {
	tb.Helper()
	out, err := wordlist.Cases(os.DirFS("."), folder)
	if err != nil || len(out) == 0 {
		tb.Fatalf("read cases: got %d (%v)", len(out), err)
	}
	return out
}

func caseFiles(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob("words/*.cases.txt")
	if err != nil || len(files) == 0 {
		tb.Fatalf("list case files: %v", err)
	}
	return files
}

func TestDecideInEveryLanguage(t *testing.T) {
	count, wrong := 0, 0
	for _, file := range caseFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, s := range samples(t, file) {
				count++
				if got, why := reply.Decide(reply.FromPlain(s.text), "Re: your question"); got != s.want {
					wrong++
					t.Errorf("%q: got %s (%s), want %s", s.text, got, why, s.want)
				}
			}
		})
	}
	t.Logf("figure: intent cases %d, wrong %d", count, wrong)
}

// excellent are the languages that are tried hardest; the others have what their writers gave.
const excellent = "en de fr es it nl pt pl sv da cs ru tr ja"

func TestEveryLanguageHasCases(t *testing.T) {
	lists, err := filepath.Glob("words/??.txt")
	if err != nil || len(lists) < 22 {
		t.Fatalf("word files: got %d (%v), want at least 22", len(lists), err)
	}
	for _, list := range lists {
		count := map[reply.Decision]int{}
		for _, s := range samples(t, strings.TrimSuffix(list, ".txt")+".cases.txt") {
			count[s.want]++
		}
		least := 3
		if strings.Contains(excellent, strings.TrimSuffix(filepath.Base(list), ".txt")) {
			least = 30
		}
		for _, d := range []reply.Decision{reply.Confirm, reply.Reject, reply.Unclear} {
			if count[d] < least {
				t.Errorf("%s has %d cases for %s, want at least %d", list, count[d], d, least)
			}
		}
	}
}
