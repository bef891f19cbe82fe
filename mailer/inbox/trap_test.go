package inbox_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

// The four traps of go-imap v2.0.0-beta.8 that cost mails, each with the protection against it.

// T1: Client.Move without MOVE destroys the mail when COPY is refused, and a stranger's with it.
func TestT1MovingLosesNothing(t *testing.T) {
	everything := []string{`stranger's \deleted`, "ours $dsrddone"}
	for _, c := range []struct {
		name      string
		caps      []string
		refuse    string
		inbox     []string
		processed []string
		fails     bool
	}{
		{
			"with MOVE", []string{"MOVE", "UIDPLUS"}, "",
			[]string{`stranger's \deleted`}, []string{"ours $dsrddone"}, false,
		},
		{
			"with UIDPLUS alone", []string{"UIDPLUS"}, "",
			[]string{`stranger's \deleted`}, []string{"ours $dsrddone"}, false,
		},
		{"with neither, the keyword must do", []string{}, "", everything, []string{}, false},
		{"MOVE is refused", []string{"MOVE", "UIDPLUS"}, "MOVE", everything, []string{}, true},
		{"COPY is refused", []string{"UIDPLUS"}, "COPY", everything, []string{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(s *mailtest.IMAPConfig, _ *inbox.Config) {
				s.Caps = c.caps
				s.Refuse = func(verb, _ string) error {
					if verb == c.refuse {
						return errors.New("not today")
					}
					return nil
				}
			})
			w.deliver("stranger's", "ours")
			if err := w.server.Flag(user, inBox, 1, `\Deleted`); err != nil {
				t.Fatal(err)
			}
			report, err := w.box.Scan(t.Context())
			if (err != nil) != c.fails {
				t.Errorf("got error %v, want one: %v", err, c.fails)
			}
			if report.Handled != 1 || !report.Complete {
				t.Errorf("got %+v, want one handled and a complete reading", report)
			}
			if diff := cmp.Diff(c.inbox, w.holds(inBox)); diff != "" {
				t.Errorf("INBOX (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.processed, w.holds("DSRD/Processed")); diff != "" {
				t.Errorf("Processed (-want +got):\n%s", diff)
			}
			if n := w.asked("EXPUNGE"); n != 0 {
				t.Errorf("got %d EXPUNGE without UIDs, want none ever", n)
			}
			if _, err := w.box.Scan(t.Context()); (err != nil) != c.fails {
				t.Errorf("second scan: got error %v, want one: %v", err, c.fails)
			}
			if n := len(w.desk.mails); n != 1 {
				t.Errorf("the handler got the mail %d times, want once", n)
			}
		})
	}
}

// scripted is a box in front of a scripted server with a few mails in its INBOX.
type scripted struct {
	*mailtest.Script
	desk *desk
	box  *inbox.Box
}

func newScripted(t *testing.T, mails int, rules ...mailtest.Rule) *scripted {
	t.Helper()
	return newScriptedBox(t, func(*inbox.Config) {}, mails, rules...)
}

func newScriptedBox(
	t *testing.T, change func(*inbox.Config), mails int, rules ...mailtest.Rule,
) *scripted {
	t.Helper()
	return newScriptedServer(t, "MOVE UIDPLUS", change, mails, rules...)
}

func newScriptedServer(
	t *testing.T, caps string, change func(*inbox.Config), mails int, rules ...mailtest.Rule,
) *scripted {
	t.Helper()
	var uids []string
	var sizes []string
	for i := range mails {
		uids = append(uids, fmt.Sprint(i+1))
		sizes = append(sizes, fmt.Sprintf("* %d FETCH (UID %d RFC822.SIZE 40)", i+1, i+1))
	}
	rules = append(rules,
		mailtest.Rule{On: "UID SEARCH UID 1:*", Say: []string{
			"* SEARCH " + strings.Join(uids, " "), "TAG OK done",
		}},
		mailtest.Rule{On: "UID FETCH 1", Say: append(sizes, "TAG OK done"), Times: 1},
	)
	s, err := mailtest.NewScript(caps, rules...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d := &desk{}
	config := inbox.Config{
		Name: "desk", Addr: s.Addr(), TLS: inbox.TLSNone, Credential: password(secret),
		Now: (&clock{now: noon}).Now, Random: rand.Reader, MaxLogins: 100,
	}
	if slices.ContainsFunc(rules, func(r mailtest.Rule) bool { return r.Hang }) {
		config.Timeouts.Silence = 300 * time.Millisecond
	}
	change(&config)
	box, err := inbox.New(config, begun(1), d.handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tally.cases.Add(1)
		box.Close(context.Background())
	})
	return &scripted{Script: s, desk: d, box: box}
}

const wholeBody = "BODY.PEEK[]<0.10485761>"

// T2: a body before its UID is dropped by go-imap, and the command succeeds.
func TestT2ABodyBeforeItsUIDIsReadByNumber(t *testing.T) {
	late := "* 1 FETCH (BODY[]<0> " + mailtest.Text("Subject: late\r\n\r\nx\r\n") + " UID 1)"
	s := newScripted(t, 1,
		mailtest.Rule{On: "UID FETCH 1 (UID " + wholeBody, Say: []string{late, "TAG OK done"}},
		mailtest.Rule{On: "UID FETCH 1 (UID)", Say: []string{"* 1 FETCH (UID 1)", "TAG OK done"}},
		mailtest.Rule{On: "FETCH 1 (UID " + wholeBody, Say: []string{late, "TAG OK done"}},
	)
	report, err := s.box.Scan(t.Context())
	if err != nil || !report.Complete || report.Handled != 1 {
		t.Fatalf("got %+v, %v; want the mail handled", report, err)
	}
	if diff := cmp.Diff([]string{"late"}, s.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
}

func TestT2FlagsOfAnotherClientInTheMiddleCostNoMail(t *testing.T) {
	s := newScripted(t, 2,
		// go-imap takes the first answer for a UID and drops all later ones.
		mailtest.Rule{On: "UID FETCH 1:2 (UID " + wholeBody, Say: []string{
			`* 2 FETCH (UID 2 FLAGS (\Seen))`, body(1), body(2), "TAG OK done",
		}},
		mailtest.Rule{On: "UID FETCH 2 (UID)", Say: []string{"* 2 FETCH (UID 2)", "TAG OK done"}},
		mailtest.Rule{On: "FETCH 2 (UID " + wholeBody, Say: []string{body(2), "TAG OK done"}},
	)
	if report, err := s.box.Scan(t.Context()); err != nil || report.Handled != 2 {
		t.Errorf("got %+v, %v; want both handled", report, err)
	}
}

func TestT2ANumberThatShiftedGivesNoWrongMail(t *testing.T) {
	s := newScripted(t, 1,
		mailtest.Rule{On: "UID FETCH 1 (UID " + wholeBody, Say: []string{"TAG OK done"}},
		mailtest.Rule{On: "UID FETCH 1 (UID)", Say: []string{"* 1 FETCH (UID 1)", "TAG OK done"}},
		mailtest.Rule{On: "FETCH 1 (UID " + wholeBody, Say: []string{
			"* 1 FETCH (UID 2 BODY[]<0> " + mailtest.Text("Subject: other\r\n\r\n") + ")", "TAG OK done",
		}},
		mailtest.Rule{On: "UID SEARCH UID 1 ", Say: []string{"* SEARCH 1", "TAG OK done"}},
	)
	report, err := s.box.Scan(t.Context())
	if err != nil || report.Failed != 1 || len(s.desk.mails) != 0 {
		t.Errorf("got %+v, %v, %q; want a failure and no mail", report, err, s.desk.subjects())
	}
}

func TestT2AMailWithoutABodyIsNeverMarked(t *testing.T) {
	for _, c := range []struct{ name, answer string }{
		{"OK and nothing else", ""},
		{"an empty body", `* 1 FETCH (UID 1 BODY[]<0> "")`},
		{"NIL for a body", "* 1 FETCH (UID 1 BODY[]<0> NIL)"},
		{"flags instead of a body", `* 1 FETCH (UID 1 FLAGS (\Seen))`},
		{
			"the body of another mail",
			"* 1 FETCH (UID 9 BODY[]<0> " + mailtest.Text("Subject: other\r\n\r\n") + ")",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			say := []string{"TAG OK done"}
			if c.answer != "" {
				say = []string{c.answer, "TAG OK done"}
			}
			s := newScripted(t, 1,
				mailtest.Rule{On: "UID FETCH 1 (UID " + wholeBody, Say: say},
				mailtest.Rule{On: "UID FETCH 1 (UID)", Say: []string{"* 1 FETCH (UID 1)", "TAG OK done"}},
				mailtest.Rule{On: "FETCH 1 (UID " + wholeBody, Say: say},
				mailtest.Rule{On: "UID SEARCH UID 1 ", Say: []string{"* SEARCH 1", "TAG OK done"}},
			)
			report, err := s.box.Scan(t.Context())
			if err != nil || report.Complete || report.Failed != 1 || len(s.desk.mails) != 0 {
				t.Errorf("got %+v, %v; want one failed mail, handed to nobody", report, err)
			}
			if s.Asked("UID STORE") != 0 || s.Asked("UID MOVE") != 0 {
				t.Errorf("a mail that was never read was marked: %q", s.Commands())
			}
		})
	}
}

func TestAMailThatSomebodyRemovedIsNoFailure(t *testing.T) {
	s := newScripted(t, 1) // it is in the search and in no FETCH
	report, err := s.box.Scan(t.Context())
	if err != nil || !report.Complete || report.Failed != 0 {
		t.Errorf("got %+v, %v; want a complete scan without failures", report, err)
	}
}

// answers says the bodies of mails 1 to n, but for one another line.
func answers(n, poison int, instead string) []string {
	var say []string
	for i := 1; i <= n; i++ {
		if i == poison {
			say = append(say, instead)
			continue
		}
		say = append(say, body(i))
	}
	return append(say, "TAG OK done")
}

func body(uid int) string {
	text := mailtest.Text(fmt.Sprintf("Subject: mail-%d\r\n\r\nx\r\n", uid))
	return fmt.Sprintf("* %d FETCH (UID %d BODY[]<0> %s)", uid, uid, text)
}

// T3: an item that go-imap cannot parse kills the connection. One such mail must not stop the rest.
func TestT3OnePoisonousMailDoesNotStopTheOthers(t *testing.T) {
	const poison = "* 2 FETCH (X-GUID 7 UID 2 BODY[]<0> {1}\r\nx)"
	rules := []mailtest.Rule{
		{On: "UID FETCH 1:4 (UID " + wholeBody, Say: answers(4, 2, poison)},
		{On: "UID FETCH 2 (UID " + wholeBody, Say: []string{poison, "TAG OK done"}},
	}
	for _, uid := range []int{1, 3, 4} {
		rules = append(rules, mailtest.Rule{
			On: fmt.Sprintf("UID FETCH %d (UID %s", uid, wholeBody), Say: []string{body(uid), "TAG OK done"},
		})
	}
	s := newScripted(t, 4, rules...)
	report, err := s.box.Scan(t.Context())
	if err != nil || report.Complete || report.Handled != 3 || report.Failed != 1 {
		t.Fatalf("got %+v, %v; want three handled and one failed", report, err)
	}
	if diff := cmp.Diff([]string{"mail-1", "mail-3", "mail-4"}, s.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
	if f := report.Failures[0]; f.UID != 2 || !errors.Is(f.Err, inbox.ErrLost) {
		t.Errorf("got %+v, want mail 2 with ErrLost", f)
	}
	if s.Asked("UID STORE 1,3:4 ") != 1 {
		t.Errorf("want the other three marked, got %q", s.Commands())
	}
}

func TestT3ADateThatCannotBeParsedCostsTheDateAlone(t *testing.T) {
	s := newScripted(t, 2,
		mailtest.Rule{On: "UID FETCH 1:2 (UID " + wholeBody, Say: answers(2, 0, "")},
		mailtest.Rule{On: "UID FETCH 1:2 (UID INTERNALDATE", Say: []string{
			`* 1 FETCH (UID 1 INTERNALDATE "")`, "TAG OK done",
		}},
		mailtest.Rule{On: "UID FETCH 2 (UID INTERNALDATE", Say: []string{
			`* 2 FETCH (UID 2 INTERNALDATE " 4-May-2026 12:00:00 +0000")`, "TAG OK done",
		}},
	)
	report, err := s.box.Scan(t.Context())
	if err != nil || !report.Complete || report.Handled != 2 {
		t.Fatalf("got %+v, %v; want both handled", report, err)
	}
	if m := s.desk.mails[0]; !m.Arrived.IsZero() {
		t.Errorf("mail 1: got arrival %v, want none", m.Arrived)
	}
	if m := s.desk.mails[1]; !m.Arrived.Equal(noon) {
		t.Errorf("mail 2: got arrival %v, want %v", m.Arrived, noon)
	}
}

func TestT3NothingFancyIsEverAsked(t *testing.T) {
	s := newScripted(t, 1, mailtest.Rule{On: "UID FETCH 1 (UID " + wholeBody, Say: answers(1, 0, "")})
	if _, err := s.box.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, command := range s.Commands() {
		for _, word := range []string{"ENVELOPE", "BODYSTRUCTURE", "BODY[", "UNSEEN", "SINCE", "CHARSET"} {
			if strings.Contains(strings.ToUpper(command), word) {
				t.Errorf("%q contains %s", command, word)
			}
		}
		if strings.Contains(command, "INTERNALDATE") && strings.Contains(command, "BODY") {
			t.Errorf("%q: INTERNALDATE must be asked for alone", command)
		}
	}
}

// T4: go-imap waits for ever for a server that takes a command and says nothing.
func TestT4ASilentServerIsLeftAndTheOtherMailsAreRead(t *testing.T) {
	rules := []mailtest.Rule{
		{On: "UID FETCH 1:3 (UID " + wholeBody, Say: []string{body(1)}, Hang: true},
		{On: "UID FETCH 2 (UID " + wholeBody, Hang: true},
		{On: "UID FETCH 3 (UID " + wholeBody, Say: []string{body(3), "TAG OK done"}},
	}
	s := newScripted(t, 3, rules...)
	report, err := s.box.Scan(t.Context())
	if err != nil || report.Handled != 2 || report.Failed != 1 {
		t.Fatalf("got %+v, %v; want two handled and one failed", report, err)
	}
	if diff := cmp.Diff([]string{"mail-1", "mail-3"}, s.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
}

func TestT4AServerThatHangsInTheMiddleOfABodyGivesNoMail(t *testing.T) {
	for _, rule := range []mailtest.Rule{{Hang: true}, {Drop: true}} {
		rule.On = "UID FETCH 1 (UID " + wholeBody
		rule.Say = []string{"* 1 FETCH (UID 1 BODY[]<0> {1000}\r\nSubject: half"}
		s := newScripted(t, 1, rule)
		report, err := s.box.Scan(t.Context())
		if err != nil || report.Failed != 1 || len(s.desk.mails) != 0 {
			t.Errorf("got %+v, %v; want the half mail to fail, handed to nobody", report, err)
		}
	}
}

func TestT4AServerThatSaysGoodbyeIsAskedAgain(t *testing.T) {
	s := newScripted(t, 2,
		mailtest.Rule{On: "UID FETCH 1:2 (UID " + wholeBody, Times: 1, Drop: true, Say: []string{
			body(1), "* BYE shutting down",
		}},
		mailtest.Rule{On: "UID FETCH 2 (UID " + wholeBody, Say: []string{body(2), "TAG OK done"}},
	)
	report, err := s.box.Scan(t.Context())
	if err != nil || !report.Complete || report.Handled != 2 {
		t.Errorf("got %+v, %v; want both handled", report, err)
	}
}

func TestT4EverySilenceEndsTheScan(t *testing.T) {
	for _, command := range []string{
		"GREETING", "AUTHENTICATE", "CAPABILITY", "LIST", "SELECT", "UID SEARCH", "UID STORE",
	} {
		t.Run(command, func(t *testing.T) {
			s := newScripted(t, 1,
				mailtest.Rule{On: command, Hang: true},
				mailtest.Rule{On: "UID FETCH 1 (UID " + wholeBody, Say: answers(1, 0, "")},
			)
			if _, err := s.box.Scan(t.Context()); !errors.Is(err, inbox.ErrLost) {
				t.Errorf("got %v, want ErrLost", err)
			}
		})
	}
}

func TestAServerThatBreaksAtEveryMailIsLeftAfterThree(t *testing.T) {
	s := newScripted(t, 9,
		mailtest.Rule{On: "UID FETCH 1:9 (UID RFC822.SIZE", Say: []string{"TAG OK done"}},
		mailtest.Rule{On: "UID FETCH", Drop: true})
	report, err := s.box.Scan(t.Context())
	if !errors.Is(err, inbox.ErrLost) || report.Complete || report.Failed != 3 {
		t.Errorf("got %+v, %v; want ErrLost after three failures", report, err)
	}
}

func TestT4ACommandHasAnEndHoweverTalkativeTheServer(t *testing.T) {
	s := newScriptedBox(t, func(c *inbox.Config) {
		c.Timeouts = inbox.Timeouts{Search: 100 * time.Millisecond} // and a minute of silence
	}, 1, mailtest.Rule{On: "UID SEARCH", Say: []string{"* 1 EXISTS"}, Hang: true})
	if _, err := s.box.Scan(t.Context()); !errors.Is(err, inbox.ErrLost) {
		t.Errorf("got %v, want ErrLost", err)
	}
}

func TestASuspectComesLastInTheNextScan(t *testing.T) {
	s := newScripted(t, 3,
		mailtest.Rule{On: "UID FETCH 1:3 (UID " + wholeBody, Drop: true},
		mailtest.Rule{On: "UID FETCH 1 (UID " + wholeBody, Drop: true},
		mailtest.Rule{On: "UID FETCH 2 (UID " + wholeBody, Say: []string{body(2), "TAG OK done"}},
		mailtest.Rule{On: "UID FETCH 3 (UID " + wholeBody, Say: []string{body(3), "TAG OK done"}},
		mailtest.Rule{On: "UID FETCH 2:3 (UID " + wholeBody, Say: []string{body(2), body(3), "TAG OK done"}},
		mailtest.Rule{On: "UID FETCH 1:3 (UID RFC822.SIZE", Say: []string{"TAG OK done"}},
	)
	s.desk.answer = func(inbox.Mail) (inbox.Disposition, error) { return inbox.Leave, nil }
	for range 2 {
		if report, err := s.box.Scan(t.Context()); err != nil || report.Left != 2 || report.Failed != 1 {
			t.Fatalf("got %+v, %v; want two left and one failed", report, err)
		}
	}
	if s.Asked("UID FETCH 1:3 (UID "+wholeBody) != 1 || s.Asked("UID FETCH 2:3 (UID "+wholeBody) != 2 {
		t.Errorf("want the suspect out of the second batch, got %q", s.Commands())
	}
}

// What no parser of headers likes is handed out byte for byte all the same: what
// to think of it is the handler's.
func TestABrokenHeaderIsHandedOutAsItIs(t *testing.T) {
	const raw = "Subject: odd\r\nno colon here\r\nStra\xdfe: x\r\nX: a\x00b\r\n"
	s := newScripted(t, 1, mailtest.Rule{
		On:  "UID FETCH 1 (UID " + wholeBody,
		Say: []string{"* 1 FETCH (UID 1 BODY[]<0> " + mailtest.Text(raw) + ")", "TAG OK done"},
	})
	report, err := s.box.Scan(t.Context())
	if err != nil || report.Handled != 1 {
		t.Fatalf("got %+v, %v; want the mail handled", report, err)
	}
	if got := string(s.desk.mails[0].Raw); got != raw {
		t.Errorf("handed out %q, want %q", got, raw)
	}
}
