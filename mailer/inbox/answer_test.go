package inbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

func bodyOf(seq, uid int, section, subject string) string {
	return fmt.Sprintf("* %d FETCH (UID %d %s %s)", seq, uid, section, mailtest.Text("Subject: "+subject+"\r\n\r\n"))
}

// Whatever a server says in the middle of a FETCH, the mails that were asked for come, each once and
// each as itself.
func TestNothingThatWasNotAskedForIsTakenForAMail(t *testing.T) {
	const section = "BODY[]<0>"
	one, two := bodyOf(1, 1, section, "one"), bodyOf(2, 2, section, "two")
	for _, c := range []struct {
		name string
		say  []string
	}{
		{"flags of others first", []string{`* 1 FETCH (FLAGS (\Seen))`, `* 7 FETCH (UID 9 FLAGS ())`, one, two}},
		{"flags of others between", []string{one, `* 9 FETCH (FLAGS (\Seen $x))`, two, `* 1 FETCH (FLAGS ())`}},
		{"bodies of others", []string{bodyOf(8, 8, section, "eight"), one, bodyOf(9, 9, section, "nine"), two}},
		{"bodies of others with the numbers of ours", []string{bodyOf(1, 8, section, "eight"), one, two}},
		{"ours with the numbers of others", []string{bodyOf(8, 1, section, "one"), bodyOf(9, 2, section, "two")}},
		{"the other way round", []string{two, one}},
		{"twice", []string{one, bodyOf(1, 1, section, "again"), two, two}},
		{"a mail goes in the middle", []string{"* 4 EXPUNGE", one, "* 1 EXPUNGE", bodyOf(1, 2, section, "two")}},
		{"noise", []string{"* 9 EXISTS", "* 1 RECENT", one, "* FLAGS (\\Seen)", "* OK [ALERT] soon down", two}},
		{"new capabilities", []string{"* CAPABILITY IMAP4rev1", one, "* OK [CAPABILITY IMAP4rev1 MOVE] x", two}},
		{"odd codes", []string{"* OK [X-ODD a(b\"c{3}] text {5}", one, "* NO [OVERQUOTA] soon", two, "* BAD hm"}},
		{"another section first", []string{
			"* 1 FETCH (UID 1 BODY[HEADER] {3}\r\nabc " + section + " " + mailtest.Text("Subject: one\r\n\r\n") + ")", two,
		}},
		{"a part first", []string{
			"* 1 FETCH (UID 1 BODY[1] {3}\r\nabc " + section + " " + mailtest.Text("Subject: one\r\n\r\n") + ")", two,
		}},
		{"the end first", []string{
			"* 1 FETCH (UID 1 BODY[]<9> {3}\r\nabc " + section + " " + mailtest.Text("Subject: one\r\n\r\n") + ")", two,
		}},
		{"the body twice", []string{
			"* 1 FETCH (UID 1 " + section + " " + mailtest.Text("Subject: one\r\n\r\n") + " BODY[]<0> {3}\r\nabc)", two,
		}},
		{"more than was asked for", []string{
			`* 1 FETCH (FLAGS (\Seen) RFC822.SIZE 7 UID 1 MODSEQ (12) ` + section + " " +
				mailtest.Text("Subject: one\r\n\r\n") + " BINARY[1] ~{3}\r\na\x00b)", two,
		}},
		{"no origin", []string{bodyOf(1, 1, "BODY[]", "one"), bodyOf(2, 2, "BODY[]", "two")}},
		{"lower case", []string{strings.Replace(one, "FETCH", "fetch", 1), strings.Replace(two, "BODY", "body", 1)}},
		{"LF alone", []string{strings.Replace(one, "}\r\n", "}\n", 1), two}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScripted(t, 2, mailtest.Rule{
				On: "UID FETCH 1:2 (UID " + wholeBody, Say: append(c.say, "TAG OK done"), Times: 1,
			})
			report, err := s.box.Scan(t.Context())
			if err != nil || report.Handled != 2 || !report.Complete {
				t.Fatalf("got %+v, %v; want both handled", report, err)
			}
			got := s.desk.subjects()
			slices.Sort(got)
			if diff := cmp.Diff([]string{"one", "two"}, got); diff != "" {
				t.Errorf("handed out (-want +got):\n%s", diff)
			}
			for _, m := range s.desk.mails {
				if want := map[uint32]string{1: "one", 2: "two"}[m.UID]; !strings.Contains(string(m.Raw), want) {
					t.Errorf("mail %d is %q", m.UID, m.Raw)
				}
			}
			if s.Asked("UID STORE 1:2 ") != 1 || s.Asked("AUTHENTICATE") != 1 {
				t.Errorf("want one mark on one connection, got %q", s.Commands())
			}
		})
	}
}

// What is no body of the mail that was asked for is no mail: it is not handed out and nothing marked.
func TestWhatIsNotTheWholeMailIsNoMail(t *testing.T) {
	for name, answer := range map[string]string{
		"OK alone":                 "",
		"the header alone":         bodyOf(1, 1, "BODY[HEADER]", "x"),
		"a part":                   bodyOf(1, 1, "BODY[1]", "x"),
		"the end":                  bodyOf(1, 1, "BODY[]<5>", "x"),
		"some fields":              bodyOf(1, 1, "BODY[HEADER.FIELDS (SUBJECT)]", "x"),
		"another mail":             bodyOf(1, 9, "BODY[]<0>", "x"),
		"a mail without a UID":     "* 1 FETCH (BODY[]<0> " + mailtest.Text("Subject: x\r\n\r\n") + ")",
		"an empty literal":         "* 1 FETCH (UID 1 BODY[]<0> {0}\r\n)",
		"an empty string":          `* 1 FETCH (UID 1 BODY[]<0> "")`,
		"NIL":                      "* 1 FETCH (UID 1 BODY[]<0> NIL)",
		"a size for a body":        "* 1 FETCH (UID 1 RFC822.SIZE 40)",
		"a decoded part":           "* 1 FETCH (UID 1 BINARY[] ~{3}\r\nabc)",
		"a UID of zero":            bodyOf(1, 0, "BODY[]<0>", "x"),
		"a body without a section": `* 1 FETCH (UID 1 BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1))`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(1, 2)
			f.body = func(uid uint32) *hurt {
				if uid == 1 {
					return &hurt{say: answer}
				}
				return nil
			}
			w := newFaked(t, f, nil)
			report := w.scans(t)
			whole, missing := w.handed()
			if report.Complete || report.Handled != 1 || report.Failed != 1 || whole[2] != 1 || len(w.desk.mails) != 1 {
				t.Errorf("got %+v, %d mails; want the other handled alone", report, len(w.desk.mails))
			}
			if f.marks[1] != "" || f.moved[1] != "" || missing[1] != 0 {
				t.Errorf("marked %q, moved %q", f.marks[1], f.moved[1])
			}
			if n := w.Asked("AUTHENTICATE"); n != 1 {
				t.Errorf("got %d logins, want 1", n)
			}
		})
	}
}

// A body that came whole is taken, though the connection breaks right after it.
func TestABodyThatCameWholeIsTaken(t *testing.T) {
	f := newFolder(1, 2)
	broke := false
	f.body = func(uid uint32) *hurt {
		if uid != 1 || broke {
			return nil
		}
		broke = true
		return &hurt{say: "* 1 FETCH (UID 1 BODY[]<0> " + mailtest.Text(text(1)), drop: true}
	}
	w := newFaked(t, f, nil)
	if r := w.scans(t); r.Handled != 2 || !r.Complete {
		t.Errorf("got %+v, want both handled", r)
	}
	if whole, _ := w.handed(); whole[1] != 1 || whole[2] != 1 {
		t.Errorf("got %v, want each once", whole)
	}
}

func TestASizeThatLiesLosesNoMail(t *testing.T) {
	big := strings.Repeat("x", 3000)
	for _, c := range []struct {
		name, size string
		oversize   bool
	}{
		{"far too low", "RFC822.SIZE 1", false},
		{"zero", "RFC822.SIZE 0", false},
		{"too high", "RFC822.SIZE 999999", true}, // header and notice: it can be read by a person
		{"the highest number", "RFC822.SIZE 9223372036854775807", true},
		{"none", `FLAGS (\Seen)`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolder(1, 2)
			f.any = true
			w := newFaked(t, f, func(b *inbox.Config) { b.MaxBytes = 5000 },
				mailtest.Rule{On: "UID FETCH 1:2 (UID RFC822.SIZE", Say: []string{
					"* 1 FETCH (UID 1 " + c.size + ")", "* 2 FETCH (UID 2 RFC822.SIZE 40)", "TAG OK done",
				}},
				mailtest.Rule{On: "UID FETCH 1 (UID BODY.PEEK[HEADER]", Say: []string{
					bodyOf(1, 1, "BODY[HEADER]<0>", "one"), "TAG OK done",
				}},
				mailtest.Rule{On: "UID FETCH 1:2 (UID BODY", Say: []string{
					"* 1 FETCH (UID 1 BODY[]<0> " + mailtest.Text("Subject: one\r\n\r\n"+big) + ")",
					"* 2 FETCH (UID 2 BODY[]<0> " + mailtest.Text(text(2)) + ")", "TAG OK done",
				}})
			if r := w.scans(t); r.Handled != 2 || !r.Complete {
				t.Fatalf("got %+v, want both handled", r)
			}
			for _, m := range w.desk.mails {
				if m.UID == 1 && (m.Oversize != c.oversize || !c.oversize && len(m.Raw) < 3000) {
					t.Errorf("got %d bytes, oversize %v; want oversize %v", len(m.Raw), m.Oversize, c.oversize)
				}
			}
		})
	}
}

// A size or a date that breaks the connection costs that size or date, once.
func TestASizeThatBreaksTheConnectionCostsTheSizeAlone(t *testing.T) {
	for _, size := range []string{"-1", "x", "9223372036854775808", "NIL", "{99999999999}"} {
		t.Run(size, func(t *testing.T) {
			f := newFolder(1, 2, 3)
			w := newFaked(t, f, nil, mailtest.Rule{On: "UID FETCH 1:3 (UID RFC822.SIZE", Say: []string{
				"* 1 FETCH (UID 1 RFC822.SIZE 40)", "* 2 FETCH (UID 2 RFC822.SIZE " + size + ")", "TAG OK done",
			}})
			w.desk.answer = left
			for range 3 {
				if r := w.scans(t); r.Left != 3 || !r.Complete {
					t.Errorf("got %+v, want all three", r)
				}
			}
			if n := w.Asked("AUTHENTICATE"); n != 2 {
				t.Errorf("got %d logins, want 2", n)
			}
		})
	}
}
