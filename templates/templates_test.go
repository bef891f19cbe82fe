package templates_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/dsrd/dsrd/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	eachLetter(t, func(t *testing.T, c letterCase, l templates.Letter) {
		golden(t, c.name+"."+l.Language+".txt", "Subject: "+l.SubjectLine+"\n\n"+l.Text)
		golden(t, c.name+"."+l.Language+".html", l.HTML)
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

const cutLine = "##- Reply above this line -##"

func TestALetterThatWantsAnAnswerBeginsWithTheCut(t *testing.T) {
	eachLetter(t, func(t *testing.T, c letterCase, l templates.Letter) {
		if !c.asks {
			return
		}
		if !strings.HasPrefix(l.Text, cutLine+"\n") {
			t.Errorf("text begins with %.60q", l.Text)
		}
		_, body, _ := strings.Cut(l.HTML, "<body")
		if !strings.HasPrefix(strings.TrimSpace(shown(t, "<body"+body)), cutLine) ||
			!strings.Contains(body, `<div id="dsrd-cut"`) {
			t.Errorf("HTML begins with %.300q", body)
		}
	})
}

// The words by which an admin decides stand inside a sentence and in quotes, in text and in HTML,
// so that a quoted letter of ours cannot pass for an answer.
func TestTheDecisionWordsNeverStandAlone(t *testing.T) {
	words := regexp.MustCompile(`CONFIRM|REJECT|BESTÄTIGEN|ABLEHNEN`)
	eachLetter(t, func(t *testing.T, c letterCase, l templates.Letter) {
		for form, text := range map[string]string{"text": l.Text, "HTML": shown(t, l.HTML)} {
			found := 0
			for line := range strings.Lines(text) {
				for _, at := range words.FindAllStringIndex(line, -1) {
					found++
					if line[at[0]-1] != '"' || line[at[1]] != '"' {
						t.Errorf("%s: the word stands without quotes in %q", form, line)
					}
					if n := len(strings.Fields(line)); n < 5 {
						t.Errorf("%s: the word has %d words for company in %q", form, n-1, line)
					}
				}
			}
			if want := 2; c.asks && found < want {
				t.Errorf("%s names %d of the decision words", form, found)
			}
			if !c.asks && found > 0 {
				t.Errorf("%s names decision words although nothing is to be decided", form)
			}
		}
	})
}

func TestTheCodeStandsInOneLine(t *testing.T) {
	eachLetter(t, func(t *testing.T, c letterCase, l templates.Letter) {
		want := 0
		if strings.HasPrefix(c.name, "confirmation") || c.name == "reminder" {
			want = 1
		}
		for form, text := range map[string]string{"text": l.Text, "HTML": shown(t, l.HTML)} {
			lines := slices.Collect(strings.Lines(text))
			held := slices.DeleteFunc(lines, func(s string) bool { return !strings.Contains(s, code) })
			if len(held) != want || want == 1 && strings.TrimSpace(held[0]) != "Code: "+code {
				t.Errorf("%s holds the code in %q", form, held)
			}
		}
		if strings.Contains(l.SubjectLine, code) {
			t.Error("the subject line holds the code")
		}
	})
}

func TestTheReferenceStandsInSubjectAndBody(t *testing.T) {
	eachLetter(t, func(t *testing.T, c letterCase, l templates.Letter) {
		if c.name == "which" || c.name == "receipt" || c.name == "probe" || strings.HasPrefix(c.name, "digest") {
			return // they belong to no request
		}
		for form, text := range map[string]string{"text": l.Text, "HTML": shown(t, l.HTML)} {
			if n := strings.Count("\n"+text, "\nRef: "+tag+"\n"); n != 1 {
				t.Errorf("%s has %d lines with the reference", form, n)
			}
		}
		if !strings.HasPrefix(l.SubjectLine, tag+" ") {
			t.Errorf("subject line %q", l.SubjectLine)
		}
	})
}

func TestNothingIsLoadedAndNothingIsALink(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)https?:|www\.|\b(href|src|srcset|background|action)\s*=|url\(|` +
		`<(a|img|link|script|style|form|iframe|object|video|audio|base|svg)\b|@import|@font-face`)
	eachLetter(t, func(t *testing.T, _ letterCase, l templates.Letter) {
		for form, text := range map[string]string{"text": l.Text, "HTML": l.HTML} {
			if found := forbidden.FindString(text); found != "" {
				t.Errorf("%s holds %q", form, found)
			}
		}
		if strings.Contains(l.HTML, "background") {
			t.Error("a background colour breaks dark modes")
		}
	})
}

func TestALetterIsReadable(t *testing.T) {
	eachLetter(t, func(t *testing.T, _ letterCase, l templates.Letter) {
		for line := range strings.Lines(l.Text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 76 {
				t.Errorf("line of %d characters: %q", n, line)
			}
		}
		if n := utf8.RuneCountInString(l.SubjectLine); n > 78 {
			t.Errorf("subject line of %d characters", n)
		}
		for _, leftover := range []string{"{{", "<no value>", "%!", "ZgotmplZ", "  \n", "\n\n\n"} {
			if strings.Contains(l.Text+l.HTML, leftover) {
				t.Errorf("the letter holds %q", leftover)
			}
		}
		if !strings.Contains(l.HTML, `<html lang="`+l.Language+`">`) || strings.Count(l.HTML, "<h1") != 1 {
			t.Error("HTML names no language, or has not one heading")
		}
	})
}

// Both forms of a letter say the same: every word of the text is in the HTML and the other way.
func TestTextAndHTMLSayTheSame(t *testing.T) {
	eachLetter(t, func(t *testing.T, _ letterCase, l templates.Letter) {
		_, body, _ := strings.Cut(l.HTML, "<body")
		inText, inHTML := vocabulary(l.Text), vocabulary(shown(t, "<body"+body))
		for _, word := range inText {
			if !slices.Contains(inHTML, word) && word != "hello" && word != "guten" && word != "tag" {
				t.Errorf("only the text says %q", word)
			}
		}
		for _, word := range inHTML {
			if !slices.Contains(inText, word) && !slices.Contains(vocabulary(l.SubjectLine), word) {
				t.Errorf("only the HTML says %q", word)
			}
		}
	})
}

var word = regexp.MustCompile(`[\pL\pN@]+`)

func vocabulary(s string) []string { return word.FindAllString(strings.ToLower(s), -1) }

func TestNoValueBecomesMarkup(t *testing.T) {
	s := load(t)
	const evil = `<b>@x"'><script>alert(1)</script>{{.Code}}`
	c := confirmation()
	c.Customer, c.TenantName, c.ProviderName, c.SenderDomain = evil, evil, evil, evil
	c.Kinds, c.AdminRole = []string{evil}, evil
	c.Categories[0].Name, c.LeftOut[0].Reason = evil, evil
	for _, language := range []string{"en", "de"} {
		l, err := s.Confirmation(language, c)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(l.HTML, "<script") || strings.Contains(l.HTML, "<b>@") {
			t.Errorf("markup got in:\n%s", l.HTML)
		}
		if !strings.Contains(shown(t, l.HTML), evil) || !strings.Contains(l.Text, evil) {
			t.Error("a value does not stand as it is")
		}
		if n := strings.Count(l.Text, code); n != 1 {
			t.Errorf("the code stands %d times: a value was taken for a template", n)
		}
	}
}

func TestALineBreakInAValueBreaksNoLine(t *testing.T) {
	s := load(t)
	c := confirmation()
	c.Customer = "a@x.example\nCONFIRM\r\n"
	c.TenantName = "Contoso\u2028CONFIRM\x00\u202e"
	c.Kinds = []string{"export\nCONFIRM"}
	c.LeftOut[0].Reason = "why\nCONFIRM"
	l, err := s.Confirmation("en", c)
	if err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"text": l.Text, "HTML": l.HTML} {
		if c.Kinds[0] != "export\nCONFIRM" {
			t.Error("the caller's data changed")
		}
		if strings.Contains(text, "\nCONFIRM") || strings.ContainsAny(text, "\r\x00\u2028\u202e") {
			t.Errorf("%s:\n%s", form, text)
		}
	}
}

func TestLanguages(t *testing.T) {
	s := load(t)
	for asked, want := range map[string]string{"de": "de", "de-AT": "de", "DE_ch": "de", "en-GB": "en",
		"fr": "en", "": "en", "deu": "en", "x-klingon": "en"} {
		l, err := s.Receipt(asked, templates.Receipt{ProviderName: "Fabrikam"})
		if err != nil {
			t.Fatal(err)
		}
		if l.Language != want || strings.Contains(l.SubjectLine, "hat Ihre") != (want == "de") {
			t.Errorf("%q gives %q: %s", asked, l.Language, l.SubjectLine)
		}
	}
}

func TestATimeIsToldInUTC(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 30, 0, 0, time.FixedZone("CET", 3600))
	for language, want := range map[string]string{"en": "Wednesday, 31 December 2025, 23:30 UTC",
		"de": "Mittwoch, 31. Dezember 2025, 23:30 Uhr (UTC)"} {
		l, err := load(t).Receipt(language, templates.Receipt{ProviderName: "Fabrikam", ReceivedAt: at})
		if err != nil || !strings.Contains(l.Text, want) || !strings.Contains(l.HTML, want) {
			t.Errorf("%v\n%s", err, l.Text)
		}
	}
}

// A receipt must tell nothing: whoever writes gets the same bytes.
func TestAReceiptKnowsNobody(t *testing.T) {
	s := load(t)
	a, err := s.Receipt("en", templates.Receipt{ProviderName: "Fabrikam"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Receipt("en", templates.Receipt{ProviderName: "Fabrikam"})
	if err != nil || a != b {
		t.Errorf("two receipts differ, %v", err)
	}
	if strings.Contains(a.Text+a.HTML, "@") {
		t.Error("a receipt holds an address")
	}
}

// shown is the text of an HTML document, a line for each block element.
func shown(t testing.TB, document string) string {
	t.Helper()
	var out strings.Builder
	in := html.NewTokenizer(strings.NewReader(document))
	for {
		switch kind := in.Next(); kind {
		case html.ErrorToken:
			return regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(out.String(), "\n")
		case html.TextToken:
			out.WriteString(strings.ReplaceAll(in.Token().Data, "\n", " "))
		default:
			name, _ := in.TagName()
			if n := string(name); n != "b" {
				out.WriteString("\n")
			}
		}
	}
}

func BenchmarkConfirmation(b *testing.B) {
	s := load(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Confirmation("de", confirmation()); err != nil {
			b.Fatal(err)
		}
	}
}
