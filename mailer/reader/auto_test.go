package reader_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/mailer/reader/words"
)

// plainMail is a mail of plain text.
func plainMail(subjectLine, text string, header ...string) []byte {
	return []byte(strings.Join(append(header,
		"From: Ann <ann@acme.example>", "To: desk@dsrd.example",
		"Subject: =?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(subjectLine))+"?=",
		"MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
		"Content-Transfer-Encoding: 8bit", "", text, ""), "\n"))
}

const toOurs = "In-Reply-To: <ours@dsrd.example>"

func TestAutomaticMailInEachLanguage(t *testing.T) {
	cases, err := words.Cases(os.DirFS("."), "auto")
	if err != nil || len(cases) < 380 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for _, c := range cases {
		subjectLine, text, _ := strings.Cut(c.Text, "\n")
		raw, want := plainMail(subjectLine, text), reader.Auto
		switch c.Want {
		case "human":
			want = reader.Human
		case "away", "person":
			raw = plainMail("Re: Your decision", c.Text, toOurs)
			if c.Want == "person" {
				want = reader.Human
			}
		case "auto":
		default:
			t.Errorf("%s: no case is of kind %q", c.Where, c.Want)
		}
		if m := reader.Read(raw, ours); m.Class != want {
			t.Errorf("%s: %s %v, want %s", c.Where, m.Class, m.Reasons, want)
		}
	}
}

// Whoever is called Jan may sign so, and agrees with "Ja".
func TestANoticeIsSignedWithWholeNames(t *testing.T) {
	const english, japanese = "I am out of the office until Monday.\n\n", "休暇中です。\n\n"
	for text, wants := range map[string]map[string]reader.Class{
		english + "Jan":      {"Jan <jan@acme.example>": reader.Auto, "<jan@acme.example>": reader.Auto},
		english + "Ja":       {"Jan <jan@acme.example>": reader.Human, "Eve <ja@acme.example>": reader.Human},
		english + "Si":       {"Simon <simon@acme.si>": reader.Human},
		english + "Jan-Ole":  {"Jan Ole <jan@acme.example>": reader.Auto, "Jan <jan@acme.example>": reader.Human},
		english + "O":        {"Jan Ole <jan@acme.example>": reader.Human},
		japanese + "山田":      {"山田太郎 <yamada@acme.example>": reader.Auto, "鈴木 <a@acme.example>": reader.Human},
		english + "Jan Berg": {"Berg, Jan <x@acme.example>": reader.Auto, "Jan <jan@acme.example>": reader.Human},
	} {
		for from, want := range wants {
			raw := "From: " + from + "\n" + toOurs + "\nSubject: Re: x\n" +
				"Content-Type: text/plain; charset=utf-8\n\n" + text + "\n"
			if m := reader.Read([]byte(raw), ours); m.Class != want {
				t.Errorf("%q from %s: %s %v, want %s", text, from, m.Class, m.Reasons, want)
			}
		}
	}
}

func TestAutomaticMailHasCasesForEachFile(t *testing.T) {
	cases, err := words.Cases(os.DirFS("."), "auto")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]map[string]int{}
	for _, c := range cases {
		if kinds[c.Language] == nil {
			kinds[c.Language] = map[string]int{}
		}
		kinds[c.Language][c.Want]++
	}
	files, err := filepath.Glob("auto/*.txt")
	if err != nil || len(files) < 86 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		if language, ok := strings.CutSuffix(name, ".cases.txt"); ok {
			if _, err := os.Stat("auto/" + language + ".txt"); err != nil {
				t.Errorf("%s tests no file: %v", f, err)
			}
			continue
		}
		language := strings.TrimSuffix(name, ".txt")
		demand := []string{"auto", "human"}
		if raw, err := os.ReadFile(f); err != nil || strings.Contains(string(raw), "\n[body]\n") {
			demand = append(demand, "away", "person")
		}
		for _, kind := range demand {
			if kinds[language][kind] < 2 {
				t.Errorf("%s: fewer than two cases of kind %s", f, kind)
			}
		}
	}
}

func TestAutomaticMailFilesHaveNoErrors(t *testing.T) {
	seen, begins := map[string]words.Entry{}, map[string]words.Entry{}
	for _, e := range autoEntries(t) {
		text, section := reader.FoldAuto(e.Text), "["+e.Section+"]"
		if slices.Contains(begin, e.Section) {
			section = ""
			if other, twice := begins[text]; twice && other.Section != e.Section {
				t.Errorf("%s: %q is a [%s] in %s", e.Where(), e.Text, other.Section, other.Where())
			}
			begins[text] = e
		}
		key := e.Language + section + text
		if other, twice := seen[key]; twice {
			t.Errorf("%s: %q stands in %s too", e.Where(), e.Text, other.Where())
		}
		seen[key] = e
		if (e.Section == "reply" || e.Section == "gateway") != (e.Language == "any") {
			t.Errorf("%s: [%s] does not belong here", e.Where(), e.Section)
		}
	}
}

// begin are the lists of what a subject line may begin with: of two that hold the same, one
// would be dead.
var begin = []string{"subject", "opening", "state", "hint"}

func autoEntries(t *testing.T) []words.Entry {
	t.Helper()
	entries, err := words.Read(os.DirFS("."), "auto", reader.AutoSections...)
	if err != nil {
		t.Error(err)
	}
	return entries
}

// What a former employee may begin a request with is a program's, too, and then it answers
// ours: whatever stands below it.
func TestAStateIsAutomaticOnlyInAnAnswerToOurs(t *testing.T) {
	states := 0
	for _, e := range autoEntries(t) {
		if e.Section != "state" {
			continue
		}
		states++
		for _, rest := range []string{"", ": x", " - x", " x"} {
			for _, text := range []string{"CONFIRM", "REJECT", "Please send me a copy of my data.", "Hello"} {
				m := reader.Read(plainMail(e.Text+rest, text, toOurs), ours)
				if m.Class != reader.Auto || m.Decision != reader.None || m.Request.Kinds != nil {
					t.Errorf("%s: %q above %q: %s %s", e.Where(), e.Text+rest, text, m.Class, m.Decision)
				}
				if m := reader.Read(plainMail(e.Text+rest, text), ours); m.Class != reader.Human {
					t.Errorf("%s: %q above %q: %s %v", e.Where(), e.Text+rest, text, m.Class, m.Reasons)
				}
			}
		}
	}
	if states < 140 {
		t.Errorf("%d states", states)
	}
}

// Where a person may have written it after all, nothing is decided by it.
func TestAMailThatMayBeAutomaticDecidesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		raw  []byte
		want string
	}{
		"a person who answers a notice": {
			plainMail("Re: Automatic reply: x", "CONFIRM"), "automatic-subject"},
		"a person who refuses so": {
			plainMail("Re: Automatic reply: x", "REJECT"), "automatic-subject"},
		"a longer word that a list knows the beginning of": {
			plainMail("Frånvaroanmälan: x", "CONFIRM"), "automatic-subject"},
		"the same behind a mark":     {plainMail("AW: Abwesenheitsnotizen", "REJECT"), "automatic-subject"},
		"a state of a person":        {plainMail("In Elternzeit: x", "CONFIRM"), "automatic-subject"},
		"a subject that may be both": {plainMail("Auto: my car", "CONFIRM"), "automatic-subject"},
		"redirected by a rule": {plainMail("Re: x", "CONFIRM",
			"X-MS-Exchange-Inbox-Rules-Loop: office@acme.example"), "redirected"},
		"redirected by another program": {
			plainMail("Re: x", "CONFIRM", "X-Autogenerated: Redirect"), "redirected"},
		"through a group of ours": {plainMail("Re: x", "CONFIRM", "List-Id: <g.dsrd.example>",
			"List-Post: <mailto:alias@dsrd.example>"), "through-a-list"},
		"through a carrier": {plainMail("Re: x", "CONFIRM", "Feedback-ID: i123:Fastmail"), "feedback-id"},
		"a plain answer":    {plainMail("Re: x", "CONFIRM"), "first-line"},
	} {
		t.Run(name, func(t *testing.T) {
			m := reader.Read(tt.raw, ours)
			got := []any{m.Class, m.Decision, m.DecisionReason}
			want := []any{reader.Human, reader.Unclear, tt.want}
			if tt.want == "first-line" {
				want[1] = reader.Confirm
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A notice without fields answers our mail, or else it is anybody's letter.
func TestTheTextAloneTellsOnlyInAnAnswerToOurs(t *testing.T) {
	const text = "I am out of the office until Monday."
	for name, tt := range map[string]struct {
		raw  []byte
		want reader.Class
	}{
		"in answer to ours": {plainMail("Re: x", text, toOurs), reader.Auto},
		"by its references": {plainMail("Re: x", text,
			"References: <a@b.example> <ours@dsrd.example>"), reader.Auto},
		"in answer to another's": {plainMail("Re: x", text, "In-Reply-To: <a@b.example>"), reader.Human},
		"in answer to nothing":   {plainMail("Re: x", text), reader.Human},
		"beside a hint":          {plainMail("Away", text), reader.Auto},
		"too far down":           {plainMail("Re: x", strings.Repeat("Hello.\n", 9)+text, toOurs), reader.Human},
		"too long to be a notice": {plainMail("Re: x", text+strings.Repeat(" word", 400), toOurs),
			reader.Human},
		"beside a sentence of its own": {plainMail("Re: x", text+"\nThe file is wrong.", toOurs),
			reader.Human},
		"above the name of its writer": {plainMail("Re: x", text+"\n\nAnn", toOurs), reader.Auto},
		"above another's name":         {plainMail("Re: x", text+"\n\nEve", toOurs), reader.Human},
		"above a signature": {plainMail("Re: x", text+"\n\nKind regards,\nEve\nAcme Ltd", toOurs),
			reader.Auto},
		"above a refusal in the signature": {
			plainMail("Re: x", text+"\n\nKind regards,\nEve\nDo not send it", toOurs), reader.Human},
		"a hint in answer to ours": {plainMail("Vacation", "See you in June.", toOurs), reader.Auto},
	} {
		t.Run(name, func(t *testing.T) {
			m := reader.Read(tt.raw, ours)
			if m.Class != tt.want {
				t.Errorf("got %s %v, want %s", m.Class, m.Reasons, tt.want)
			}
			if m.Class == reader.Auto && (m.Decision != reader.None || m.Request.Kinds != nil) {
				t.Errorf("a notice decides %s and asks for %v", m.Decision, m.Request.Kinds)
			}
		})
	}
}

// What people begin a subject line with, too, a colon sets off from the one that a program
// answers: then it decides nothing even where it quotes what would.
func TestAHintBeforeOurSubjectLineIsAutomatic(t *testing.T) {
	for subject, want := range map[string]reader.Class{
		"Afwezig: [DSR-ABCD-EFGH] Please confirm":       reader.Auto,
		"Frånvaro : Re: [DSR-ABCD-EFGH] Please confirm": reader.Auto,
		"Re: [DSR-ABCD-EFGH] Please confirm":            reader.Human,
		"Afwezig":                                       reader.Human,
		"Afwezig:":                                      reader.Human,
		"Re: Afwezig: Please confirm":                   reader.Human,
	} {
		raw := "From: anna@acme.example\r\nIn-Reply-To: <ours@dsrd.example>\r\nSubject: " + subject + "\r\n\r\nCONFIRM\r\n"
		if m := reader.Read([]byte(raw), ours); m.Class != want {
			t.Errorf("%s: %s %v %s, want %s", subject, m.Class, m.Reasons, m.Decision, want)
		}
	}
}
