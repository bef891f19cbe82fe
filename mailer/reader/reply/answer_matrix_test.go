package reply_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
	wordlist "github.com/dsrd/dsrd/mailer/reader/words"
)

// language returns the code in the name of a words or cases file.
func language(file string) string { return filepath.Base(file)[:2] }

// list returns the entries of some sections of words/<language>.txt, without their stars.
func list(tb testing.TB, lang string, sections ...string) []string {
	tb.Helper()
	// the other sections are told as unknown
	entries, _ := wordlist.Read(os.DirFS("."), "words", sections...)
	var out []string
	for _, e := range entries {
		if e.Language == lang {
			out = append(out, strings.Trim(e.Text, "*"))
		}
	}
	return out
}

// A tally counts combinations, and those that confirm.
type tally struct{ all, confirmed int }

// never notes an answer that must not confirm.
func (n *tally) never(t *testing.T, text string) {
	t.Helper()
	n.all++
	if got, _ := reply.Decide(reply.FromPlain(text), "Re: x"); got == reply.Confirm {
		n.confirmed++
		t.Errorf("%q confirms", text)
	}
}

// few returns every n-th of the list, so that a run stays short; TRUST=full takes all.
func few(entries []string, n int) []string {
	if os.Getenv("TRUST") == "full" || n < 2 {
		return entries
	}
	var out []string
	for i := 0; i < len(entries); i += n {
		out = append(out, entries[i])
	}
	return out
}

func TestConfirmationsInEveryPattern(t *testing.T) {
	var n tally
	for _, file := range caseFiles(t) {
		lang := language(file)
		nevers, stills := patterns(t, file, never), patterns(t, file, still)
		if strings.Contains(excellent, lang) && (len(nevers) < 25 || len(stills) < 6) {
			t.Errorf("%s has %d patterns for never and %d for still", file, len(nevers), len(stills))
		}
		for _, c := range few(list(t, lang, "confirm", "yes"), 5) {
			for _, pattern := range nevers {
				n.never(t, strings.ReplaceAll(pattern, "%", c))
			}
			for _, pattern := range stills {
				text := strings.ReplaceAll(pattern, "%", capitalised(c))
				if got, why := reply.Decide(reply.FromPlain(text), "Re: x"); got != reply.Confirm {
					t.Errorf("%s: %q: got %s (%s), want confirm", lang, text, got, why)
				}
			}
		}
	}
	t.Logf("figure: intent patterns %d, confirmed wrongly %d", n.all, n.confirmed)
}

// Whoever mixes languages refuses and restricts in any of them.
func TestConfirmationsOfOneLanguageAndDoubtsOfAnother(t *testing.T) {
	var n tally
	files := caseFiles(t)
	for i, a := range files {
		confirmations := list(t, language(a), "confirm", "yes")
		polite := list(t, language(a), "beside")
		for j, b := range files {
			c := confirmations[(i+j)%len(confirmations)]
			for _, e := range few(list(t, language(b), "refuse", "condition", "doubt"), 17) {
				n.never(t, c+"\n\n"+capitalised(e)+".")
				if !slices.Contains(polite, e) { // Dutch "prima" is Italian for "before"
					n.never(t, c+", "+e)
				}
			}
		}
	}
	t.Logf("figure: intent combinations %d, confirmed wrongly %d", n.all, n.confirmed)
}

func capitalised(s string) string {
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
