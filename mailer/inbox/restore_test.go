package inbox_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

// called tells a mail by its subject line.
func called(subject string) func(inbox.Mail) bool {
	return func(m inbox.Mail) bool { return strings.HasPrefix(string(m.Raw), "Subject: "+subject+"\r\n") }
}

// trace is what a handler would have remembered of the i-th mail.
func (w *world) trace(i int) inbox.Trace {
	m := w.desk.mails[i]
	return inbox.Trace{UIDValidity: m.UIDValidity, UID: m.UID, Size: m.Size, Arrived: m.Arrived}
}

func TestAMailThatIsDoneIsHandedOutAgain(t *testing.T) {
	noKeywords := func(s *mailtest.IMAPConfig, _ *inbox.Config) { s.NoKeywords = true }
	keep := func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.After = inbox.Keep }
	noMove := func(s *mailtest.IMAPConfig, _ *inbox.Config) { s.Caps = []string{"UIDPLUS", "NAMESPACE"} }
	neither := func(s *mailtest.IMAPConfig, _ *inbox.Config) { s.Caps = []string{"NAMESPACE"} }
	sizeless := func(t inbox.Trace) inbox.Trace { t.Size = 0; return t }
	for _, c := range []struct {
		name   string
		change func(*mailtest.IMAPConfig, *inbox.Config)
		trace  func(inbox.Trace) inbox.Trace
	}{
		{"moved", nil, nil},
		{"moved, found by its day", nil, sizeless},
		{"moved, of another size than the server says now", nil,
			func(t inbox.Trace) inbox.Trace { t.Size += 3; return t }},
		{"moved, without keywords", noKeywords, nil},
		{"moved, without MOVE", noMove, nil},
		{"kept", keep, nil},
		{"kept, and renumbered since", keep, func(t inbox.Trace) inbox.Trace { t.UIDValidity = 4711; return t }},
		{"kept, for the server cannot move", neither, nil},
		{"kept, without keywords", func(s *mailtest.IMAPConfig, c *inbox.Config) { noKeywords(s, c); keep(s, c) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.change)
			w.deliver("one", "two", "six") // of the same size
			w.scan()
			arrived := w.desk.mails[1].Arrived
			trace := w.trace(1)
			if c.trace != nil {
				trace = c.trace(trace)
			}
			if err := w.box.Restore(t.Context(), trace, called("two")); err != nil {
				t.Fatal(err)
			}
			w.clock.add(time.Minute)
			w.scan()
			if diff := cmp.Diff([]string{"one", "two", "six", "two"}, w.desk.subjects()); diff != "" {
				t.Errorf("handed out (-want +got):\n%s", diff)
			}
			if again := w.desk.mails[3]; !again.Arrived.Equal(arrived) || again.Folder != inBox {
				t.Errorf("it arrived at %s in %s, want %s", again.Arrived, again.Folder, arrived)
			}
			if r := w.scan(); r.Seen != 0 {
				t.Errorf("and again: %+v", r)
			}
		})
	}
}

func TestAQuarantinedMailIsHandedOutAgain(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w := newWorld(t, nil)
		w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) { return inbox.Quarantine, nil }
		w.deliver("one", "two")
		w.scan()
		if lost { // somebody cleared the INBOX away: the copy is what is left
			for _, uid := range []uint32{1, 2} {
				if err := w.server.Flag(user, inBox, uid, `\Deleted`); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.box.Restore(t.Context(), w.trace(1), called("two")); err != nil {
			t.Fatal(err)
		}
		w.desk.answer = nil
		w.scan()
		if diff := cmp.Diff([]string{"one", "two", "two"}, w.desk.subjects()); diff != "" {
			t.Errorf("cleared away %v: handed out (-want +got):\n%s", lost, diff)
		}
		if diff := cmp.Diff([]string{"two $dsrddone"}, w.holds("DSRD/Processed")); diff != "" {
			t.Errorf("cleared away %v: Processed (-want +got):\n%s", lost, diff)
		}
	}
}

func TestAMailThatWasLeftForGoodIsHandedOutAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) { return inbox.Ignore, nil }
	w.deliver("one")
	w.scan()
	if err := w.box.Restore(t.Context(), w.trace(0), called("one")); err != nil {
		t.Fatal(err)
	}
	w.desk.answer = nil
	if r := w.scan(); r.Handled != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestAMailThatNeverHadABodyIsToldByItsPlace(t *testing.T) {
	w := withheld(t, 1)
	w.desk.answer = aside
	w.deliver("one", "two")
	for range 3 {
		w.scan()
		w.clock.add(10 * time.Minute)
	}
	at := inbox.Trace{UIDValidity: 1, UID: 1}
	if err := w.box.Restore(t.Context(), at, func(m inbox.Mail) bool { return m.Missing != nil && m.UID == 1 }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one"}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX (-want +got):\n%s", diff)
	}
	if r := w.scan(); r.Failed != 1 {
		t.Errorf("got %+v, want it tried anew", r)
	}
}

func TestAMailThatIsGoneIsNotFound(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("one", "two")
	w.scan()
	before := w.holds("DSRD/Processed")
	err := w.box.Restore(t.Context(), w.trace(0), called("another"))
	if !errors.Is(err, inbox.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if diff := cmp.Diff(before, w.holds("DSRD/Processed")); diff != "" || len(w.holds(inBox)) != 0 {
		t.Errorf("something was changed (-want +got):\n%s", diff)
	}
}

func TestARefusedReturnLeavesTheMailWhereItIs(t *testing.T) {
	refuse := false
	w := newWorld(t, func(s *mailtest.IMAPConfig, _ *inbox.Config) {
		s.Refuse = func(verb, folder string) error {
			if refuse && verb == "MOVE" && folder == inBox {
				return errors.New("[OVERQUOTA] the account is full")
			}
			return nil
		}
	})
	w.deliver("one")
	w.scan()
	refuse = true
	if err := w.box.Restore(t.Context(), w.trace(0), called("one")); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("got %v, want the server's words", err)
	}
	if len(w.holds("DSRD/Processed")) != 1 {
		t.Error("the mail is not where it was")
	}
	refuse = false
	if err := w.box.Restore(t.Context(), w.trace(0), called("one")); err != nil {
		t.Fatal(err)
	}
	if r := w.scan(); r.Handled != 1 {
		t.Errorf("got %+v", r)
	}
}
