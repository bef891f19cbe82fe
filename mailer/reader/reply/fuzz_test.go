package reply_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// seed gives the fuzzer the cases of all languages, quoted in a few ways.
func seed(f *testing.F) {
	f.Helper()
	for _, file := range caseFiles(f) {
		for i, s := range samples(f, file) {
			if i%7 == 0 {
				f.Add(s.text + "\n\n" + on + "\n" + quoted(ours))
				f.Add(quoted(s.text) + "\n" + s.text)
			}
		}
	}
	for i, c := range cases(f, "cuts") {
		if i%29 == 0 {
			f.Add(strings.ReplaceAll(c.Text, mark, ""))
		}
	}
	f.Add("a\n-- \nb\n> c\n--\nd\n" + outlook + ours)
	f.Add(`<div style="display:none">a<p>b<blockquote>c</div>d<style>.x{}</style><td class=x>e`)
	f.Add(strings.Repeat("<div class=gmail_quote>", 50) + "<blockquote>x</blockquote>y")
}

func checkText(t *testing.T, got reply.Text) {
	t.Helper()
	if !utf8.ValidString(got.New) || !utf8.ValidString(got.Removed) {
		t.Errorf("not UTF-8: %q, %q", got.New, got.Removed)
	}
	if strings.Contains(got.New, reply.CutLine) {
		t.Errorf("our own marker is new text: %q", got.New)
	}
	if d, _ := reply.Decide(got, "Fwd: x"); d == reply.Confirm {
		t.Errorf("a forward confirms: %q", got.New)
	}
	if got.New == "" {
		if d, _ := reply.Decide(got, ""); d == reply.Confirm {
			t.Error("nothing confirms")
		}
	}
}

func FuzzFromPlain(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body string) {
		checkText(t, reply.FromPlain(body))
		all := quoted(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body))
		if got := reply.FromPlain(all); got.New != "" && got.New != ">:" {
			t.Errorf("quoted text is new: %q", got.New)
		}
	})
}

func FuzzFromHTML(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body string) {
		checkText(t, reply.FromHTML(body))
		if strings.ContainsAny(body, "<>&\x00") {
			return
		}
		if got := reply.FromHTML("<p style='display:none'>" + body + "</p>"); got.New != "" || got.Removed != "" {
			t.Errorf("hidden text is read: %+v", got)
		}
	})
}

func FuzzDecide(f *testing.F) {
	for _, file := range caseFiles(f) {
		for _, s := range samples(f, file) {
			f.Add(s.text, "Re: x")
		}
	}
	f.Fuzz(func(t *testing.T, text, subjectLine string) {
		got, why := reply.Decide(reply.Text{New: text}, subjectLine)
		switch got {
		case reply.Confirm, reply.Reject, reply.Unclear, reply.None:
		default:
			t.Errorf("%q is no decision", got)
		}
		if why == "" {
			t.Error("no reason")
		}
		for _, doubt := range []string{"\nno", "\nbut", "\n?", "\nnein", "\nне"} {
			if d, _ := reply.Decide(reply.Text{New: text + doubt}, subjectLine); d == reply.Confirm {
				t.Errorf("%q confirms", text+doubt)
			}
		}
	})
}

// Whatever is quoted below it, an answer stays what it is.
func TestQuotationNeverChangesADecision(t *testing.T) {
	var answers []string
	for _, file := range caseFiles(t) {
		for _, s := range samples(t, file) {
			answers = append(answers, s.text)
		}
	}
	heads := []string{
		on,
		"Am 02.11.26 um 09:12 schrieb DSR Desk:",
		"Le lun. 2 nov. 2026 à 09:12, DSR Desk <desk@provider.example> a écrit :",
		"2 Kas 2026 Pzt 09:12 tarihinde DSR Desk <desk@provider.example> şunu yazdı:",
		"* DSR Desk <desk@provider.example> [2026-11-02 09:12]:",
	}
	rapid.Check(t, func(t *rapid.T) {
		above := rapid.OneOf(rapid.SampledFrom(answers), rapid.StringN(0, 300, 2000)).Draw(t, "above")
		below := rapid.OneOf(rapid.SampledFrom(answers), rapid.String()).Draw(t, "below")
		below = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(below)
		head := rapid.SampledFrom(heads).Draw(t, "head")
		want, _ := reply.Decide(reply.FromPlain(above), "")
		text := reply.FromPlain(above + "\n\n" + head + "\n" + quoted(below))
		if got, why := reply.Decide(text, ""); got != want {
			t.Fatalf("quoting changes %s into %s (%s); new text %q", want, got, why, text.New)
		}
	})
}
