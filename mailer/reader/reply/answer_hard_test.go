package reply_test

import (
	"os"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// escapes turns the escapes of a data file into what they stand for.
var escapes = strings.NewReplacer(
	`\n`, "\n", `\u200b`, "\u200b", `\u0336`, "\u0336", `\u202E`, "\u202E", `\u202C`, "\u202C",
)

func dataLines(t *testing.T, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for s := range strings.Lines(string(raw)) {
		if s = strings.TrimRight(s, "\n"); s != "" && s[0] != '#' {
			out = append(out, escapes.Replace(s))
		}
	}
	return out
}

func TestWhatNobodyTakesForAYes(t *testing.T) {
	var n tally
	for _, s := range dataLines(t, "testdata/doubts.txt") {
		n.never(t, s)
	}
	if n.all < 300 {
		t.Errorf("%d sentences, want 300", n.all)
	}
	t.Logf("figure: intent doubts %d, confirmed wrongly %d", n.all, n.confirmed)
}

func TestPlainAnswersAreUnderstood(t *testing.T) {
	all, understood := 0, 0
	for _, c := range cases(t, "testdata") {
		want, text := c.Want, c.Text
		all++
		got, why := reply.Decide(reply.FromPlain(text), "Re: x")
		switch {
		case got == reply.Decision(want):
			understood++
		case got == reply.Confirm || got == reply.Reject:
			t.Errorf("%q: got %s (%s), want %s", text, got, why, want)
		default:
			t.Logf("%q: asked back (%s), want %s", text, why, want)
		}
	}
	if all < 290 || understood*100 < all*95 {
		t.Errorf("understood %d of %d plain answers, want 95 %%", understood, all)
	}
	t.Logf("figure: intent plain answers understood %d of %d", understood, all)
}
