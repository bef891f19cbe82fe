package reply_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// A sample is a line of a cases file.
type sample struct {
	want reply.Decision
	text string
}

// samples reads words/<language>.cases.txt.
func samples(tb testing.TB, file string) []sample {
	tb.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var out []sample
	for s := range strings.Lines(string(raw)) {
		s = strings.TrimSpace(s)
		if s == "" || s[0] == '#' {
			continue
		}
		want, text, ok := strings.Cut(s, " | ")
		if !ok {
			tb.Fatalf("%s: %q has no decision", file, s)
		}
		out = append(out, sample{reply.Decision(want), strings.ReplaceAll(text, `\n`, "\n")})
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
	for _, file := range caseFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, s := range samples(t, file) {
				if got, why := reply.Decide(reply.FromPlain(s.text), "Re: your question"); got != s.want {
					t.Errorf("%q: got %s (%s), want %s", s.text, got, why, s.want)
				}
			}
		})
	}
}

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
		for _, d := range []reply.Decision{reply.Confirm, reply.Reject, reply.Unclear} {
			if count[d] < 3 {
				t.Errorf("%s has %d cases for %s, want at least 3", list, count[d], d)
			}
		}
	}
}
