package reply

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	wordlist "github.com/dsrd/dsrd/mailer/reader/words"
)

// spoken returns what takes a yes back or restricts it: every line of testdata/doubts.txt and every
// entry of the lists that refuse, doubt or make a condition.
func spoken(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/doubts.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for s := range strings.SplitSeq(string(text), "\n") {
		if s = strings.ReplaceAll(s, `\n`, " "); s != "" && !strings.HasPrefix(s, "#") {
			out = append(out, s)
		}
	}
	for _, in := range []section{refuseWords, doubtWords, conditionWords} {
		lists := entries(t, in)
		for _, language := range slices.Sorted(maps.Keys(lists)) {
			for _, e := range lists[language] {
				out = append(out, e, capital(e))
			}
		}
	}
	if len(out) < 3000 {
		t.Fatalf("doubts: got %d, want 3000", len(out))
	}
	return out
}

// introductions returns the lines that mail clients write above a quotation, a language each, as the
// cases of cuts/ have them, of one line and of several.
func introductions(t *testing.T) map[string][]string {
	t.Helper()
	all, err := wordlist.Cases(os.DirFS("."), "cuts")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, c := range all {
		if c.Want == "html" {
			continue
		}
		lines := plainLines(strings.ReplaceAll(c.Text, "✂", ""))
		for i, l := range lines {
			if l.quoted || l.blank() || !introduces(lines, i) {
				continue
			}
			var head []string
			for _, l := range lines[headStart(lines, i) : i+1] {
				head = append(head, l.bare)
			}
			out[c.Language] = append(out[c.Language], strings.Join(head, "\n"))
		}
	}
	if len(out) < 40 {
		t.Fatalf("introductions: got %d languages, want 40", len(out))
	}
	return out
}

// What somebody says directly above a quotation is never lost with it. Every doubt stands above the
// introductions of some languages, and those above all that a date could begin with.
func TestNoDoubtIsLostAboveAQuotation(t *testing.T) {
	var heads []string
	all := introductions(t)
	for _, language := range slices.Sorted(maps.Keys(all)) {
		of := all[language]
		one := slices.IndexFunc(of, func(s string) bool { return !strings.Contains(s, "\n") })
		several := slices.IndexFunc(of, func(s string) bool { return strings.Contains(s, "\n") })
		for _, i := range []int{one, several} {
			if i >= 0 {
				heads = append(heads, of[i])
			}
		}
	}
	for i, doubt := range spoken(t) {
		said := tokenize(doubt)
		every := len(said.words) <= maxBrokenOff && words().starts(onWords, said)
		for n, head := range heads {
			if !every && i%len(heads) != n {
				continue
			}
			lines := plainLines("CONFIRM\n" + doubt + "\n" + head + "\n\n> x")
			if headStart(lines, len(lines)-3) < 2 && !dayOf(said, head) {
				t.Errorf("%q goes with %q", doubt, head)
			}
		}
	}
}

// dayOf reports a word that is a day of the week in the introduction's own language, and no more
// than "after" or "but" in another.
func dayOf(doubt tokens, head string) bool {
	w := words()
	return len(doubt.words) == 1 && len(doubt.words[0]) == 2 && !w.has(refuseWords, doubt) &&
		share(w.lists[onWords].exact(doubt), w.lists[wroteWords].languages(tokenize(head)))
}
