package inbox_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestAScanHandsOutMarksAndMoves(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Batch = 2 })
	w.deliver("one", "two", "three")
	report := w.scan()
	want := inbox.Report{Started: w.clock.Now(), Complete: true, Seen: 3, Handled: 3}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"one", "two", "three"}, w.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX (-want +got):\n%s", diff)
	}
	moved := []string{"one $dsrddone", "two $dsrddone", "three $dsrddone"}
	if diff := cmp.Diff(moved, w.holds("DSRD/Processed")); diff != "" {
		t.Errorf("Processed, which must not be marked as seen (-want +got):\n%s", diff)
	}
	first := w.desk.mails[0]
	want0 := inbox.Mail{
		Mailbox: "desk", Folder: inBox, UIDValidity: 1, UID: 1, Arrived: noon.Add(time.Minute),
		Size: int64(len(letter("one"))), Raw: letter("one"),
	}
	if diff := cmp.Diff(want0, first, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("first mail (-want +got):\n%s", diff)
	}
	if again := w.scan(); again.Seen != 0 || !again.Complete {
		t.Errorf("second scan: got %+v, want nothing seen", again)
	}
}

func TestNothingIsMarkedBeforeTheHandlerHasTakenIt(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("good", "bad", "worse", "fine")
	w.desk.answer = func(m inbox.Mail) (inbox.Disposition, error) {
		switch {
		case bytes.HasPrefix(m.Raw, []byte("Subject: bad")):
			return inbox.Done, errHandler
		case bytes.HasPrefix(m.Raw, []byte("Subject: worse")):
			panic("a fault in the handler")
		}
		return inbox.Done, nil
	}
	report := w.scan()
	if report.Complete || report.Failed != 2 || report.Handled != 2 || len(report.Failures) != 2 {
		t.Fatalf("got %+v, want two handled, two failed, and not complete", report)
	}
	if !errors.Is(report.Failures[0].Err, errHandler) {
		t.Errorf("got %v, want the handler's error", report.Failures[0].Err)
	}
	if diff := cmp.Diff([]string{"bad", "worse"}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX (-want +got):\n%s", diff)
	}
	w.desk.answer = nil
	if report := w.scan(); report.Handled != 2 || !report.Complete {
		t.Errorf("after the fault is mended: got %+v, want both handled", report)
	}
}

func TestWhatTheHandlerWantsIsDone(t *testing.T) {
	for _, c := range []struct {
		name       string
		says       inbox.Disposition
		inboxNow   []string
		quarantine []string
		again      int // handed out by a second scan
		reborn     int // handed out by a scan of a new process after that
	}{
		{"left mail comes again", inbox.Leave, []string{"x"}, []string{}, 1, 1},
		{"ignored mail comes again after a restart", inbox.Ignore, []string{"x"}, []string{}, 0, 1},
		{
			"quarantined mail is copied and marked", inbox.Quarantine,
			[]string{"x $dsrdquarantine"}, []string{"x"}, 0, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.deliver("x")
			w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) { return c.says, nil }
			if report := w.scan(); !report.Complete {
				t.Errorf("got %+v, want a complete scan: the handler has seen the mail", report)
			}
			if diff := cmp.Diff(c.inboxNow, w.holds(inBox)); diff != "" {
				t.Errorf("INBOX (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.quarantine, w.holds("DSRD/Quarantine")); diff != "" {
				t.Errorf("Quarantine (-want +got):\n%s", diff)
			}
			w.scan()
			if got := len(w.desk.mails) - 1; got != c.again {
				t.Errorf("second scan: got %d mails, want %d", got, c.again)
			}
			w.restart()
			w.scan()
			if got := len(w.desk.mails) - 1 - c.again; got != c.reborn {
				t.Errorf("after a restart: got %d mails, want %d", got, c.reborn)
			}
		})
	}
}

func TestMailThatPeopleReadOrDeleted(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("read by a person", "deleted by a person")
	if err := w.server.Flag(user, inBox, 1, `\Seen`); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Flag(user, inBox, 2, `\Deleted`); err != nil {
		t.Fatal(err)
	}
	w.scan()
	if diff := cmp.Diff([]string{"read by a person"}, w.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`deleted by a person \deleted`}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX: another's deletion must stay undecided (-want +got):\n%s", diff)
	}
}

func TestAnOversizeMailComesAsItsHeader(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.MaxBytes = 200 })
	big := append(letter("big"), bytes.Repeat([]byte("x"), 300)...)
	if err := w.server.Deliver(user, inBox, big, noon); err != nil {
		t.Fatal(err)
	}
	exact := append(letter("exact"), bytes.Repeat([]byte("x"), 200-len(letter("exact")))...)
	if err := w.server.Deliver(user, inBox, exact, noon); err != nil {
		t.Fatal(err)
	}
	if report := w.scan(); report.Handled != 2 {
		t.Fatalf("got %+v, want two handled", report)
	}
	head := big[:bytes.Index(big, []byte("\r\n\r\n"))+4]
	if m := w.desk.mails[0]; !m.Oversize || !bytes.Equal(m.Raw, head) || m.Size != int64(len(big)) {
		t.Errorf("got oversize %v, size %d, %q; want the header alone", m.Oversize, m.Size, m.Raw)
	}
	if m := w.desk.mails[1]; m.Oversize || !bytes.Equal(m.Raw, exact) {
		t.Errorf("a mail of exactly the limit: got oversize %v and %d bytes", m.Oversize, len(m.Raw))
	}
}

func TestJunkIsReadAndNamed(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Folder, c.Junk = "INBOX", "Junk" })
	if _, err := w.box.Scan(t.Context()); !errors.Is(err, inbox.ErrNoFolder) {
		t.Fatalf("without the folder: got %v, want ErrNoFolder", err)
	}
	w2 := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Junk = "DSRD/Quarantine" })
	w2.memory = &memory{}
	w2.restart()
	w2.scan()
	w2.put("DSRD/Quarantine", "lost", w2.clock.Now())
	w2.deliver("found")
	w2.scan()
	if diff := cmp.Diff([]string{"found", "lost"}, w2.desk.subjects()); diff != "" {
		t.Fatalf("handed out (-want +got):\n%s", diff)
	}
	if w2.desk.mails[0].Junk || !w2.desk.mails[1].Junk {
		t.Error("the mail in Junk must say so, the other must not")
	}
}

func TestWorkersTakeSeveralMailsAtATime(t *testing.T) {
	const workers = 4
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Workers = workers })
	w.deliver(numbered(workers)...)
	arrived := make(chan struct{}, workers)
	all := make(chan struct{})
	go func() {
		for range workers {
			<-arrived
		}
		close(all)
	}()
	w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) {
		arrived <- struct{}{}
		<-all // nobody returns before all have come
		return inbox.Done, nil
	}
	if report := w.scan(); report.Handled != workers {
		t.Errorf("got %+v, want %d handled", report, workers)
	}
}
