package inbox_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

func TestTheFirstStartTouchesNothingThatWasThere(t *testing.T) {
	w := newWorld(t, nil)
	w.memory = &memory{}
	w.restart()
	w.deliver("old one", "old two")
	report := w.scan()
	if report.Seen != 0 || report.PendingOld != 2 || !report.Complete {
		t.Errorf("got %+v, want nothing seen and two old mails", report)
	}
	w.deliver("new")
	// An old INTERNALDATE on a new UID: somebody moved a mail here. It is ours.
	w.put(inBox, "moved here", noon.Add(-time.Hour))
	if report := w.scan(); report.Handled != 2 || report.PendingOld != 2 {
		t.Errorf("got %+v, want the two new mails handled", report)
	}
	w.restart()
	w.scan()
	if diff := cmp.Diff([]string{"new", "moved here"}, w.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"old one", "old two"}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX (-want +got):\n%s", diff)
	}
}

func TestTheFirstStartReadsWhatWasThereWhenAsked(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.ProcessExisting = true })
	w.memory = &memory{}
	w.restart()
	w.deliver("old")
	if report := w.scan(); report.Handled != 1 || report.PendingOld != 0 {
		t.Errorf("got %+v, want the old mail handled", report)
	}
}

func TestARenumberedFolderIsReadAgainExceptForWhatWasThereBefore(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.After = inbox.Keep })
	w.memory = &memory{}
	w.restart()
	w.deliver("before the first start")
	w.clock.add(time.Minute)
	w.scan()
	w.desk.answer = func(m inbox.Mail) (inbox.Disposition, error) {
		if strings.Contains(string(m.Raw), "not yet") {
			return inbox.Leave, nil
		}
		return inbox.Done, nil
	}
	w.deliver("done", "not yet")
	w.scan()
	if err := w.server.Renumber(user, inBox); err != nil {
		t.Fatal(err)
	}
	w.server.Hangup()
	w.deliver("came later")
	w.put(inBox, "moved here later", noon.Add(-time.Hour))
	w.desk.mails, w.desk.answer = nil, nil
	report := w.scan()
	// The keyword came along, so "done" need not be handed out; what is not marked must be.
	if diff := cmp.Diff([]string{"not yet", "came later"}, w.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
	if report.PendingOld != 2 {
		t.Errorf("got %d old mails, want the one from before and the one moved in between", report.PendingOld)
	}
	c := w.memory.cursors["desk/INBOX"]
	if c.UIDValidity == 1 || !c.Renumbered {
		t.Errorf("got cursor %+v, want the new UIDVALIDITY", c)
	}
	w.put(inBox, "moved here last", noon.Add(-time.Hour))
	if report := w.scan(); report.Handled != 1 || report.PendingOld != 2 {
		t.Errorf("got %+v, want the mail above the new baseline handled whatever its date", report)
	}
}

func TestAUIDNextThatFellIsARenumbering(t *testing.T) {
	w := newWorld(t, nil)
	w.memory.cursors["desk/INBOX"] = inbox.Cursor{
		Known: true, UIDValidity: 1, Baseline: 500, Since: noon.Add(-time.Hour),
	}
	w.deliver("below the old baseline")
	if report := w.scan(); report.Handled != 1 {
		t.Errorf("got %+v, want the mail handled", report)
	}
}

func TestAServerWithoutUIDNextStartsAfterTheLastMail(t *testing.T) {
	s, err := mailtest.NewScript("",
		mailtest.Rule{On: "SELECT", Say: []string{"* 2 EXISTS", "* OK [UIDVALIDITY 7] v", "TAG OK done"}},
		mailtest.Rule{On: "UID SEARCH ALL", Say: []string{"* SEARCH 3 41", "TAG OK done"}},
		mailtest.Rule{On: "UID SEARCH UID 42:*", Say: []string{"* SEARCH 41", "TAG OK done"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := &memory{}
	box, err := inbox.New(inbox.Config{
		Name: "desk", Addr: s.Addr(), TLS: inbox.TLSNone, Credential: password(secret),
		Now: (&clock{now: noon}).Now, Random: strings.NewReader(""),
	}, m, (&desk{}).handle)
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close(t.Context())
	report, err := box.Scan(t.Context())
	if err != nil || report.Seen != 0 {
		t.Errorf("got %+v, %v; want nothing seen, though n:* named mail 41", report, err)
	}
	want := inbox.Cursor{Known: true, UIDValidity: 7, Baseline: 42, Since: noon}
	if diff := cmp.Diff(want, m.cursors["desk/INBOX"]); diff != "" {
		t.Errorf("cursor (-want +got):\n%s", diff)
	}
}

func TestWithoutKeywordsAMailIsHandedOutOnceAProcess(t *testing.T) {
	for _, c := range []struct {
		name   string
		after  inbox.After
		caps   []string
		reborn int
	}{
		{"kept", inbox.Keep, nil, 1},
		{"moved", inbox.Move, nil, 0},
		{"not movable", inbox.Move, []string{}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(s *mailtest.IMAPConfig, b *inbox.Config) {
				s.NoKeywords, s.Caps, b.After = true, c.caps, c.after
			})
			w.deliver("x")
			w.scan()
			w.scan()
			if n := len(w.desk.mails); n != 1 {
				t.Errorf("got the mail %d times, want once", n)
			}
			w.restart()
			w.scan()
			if n := len(w.desk.mails) - 1; n != c.reborn {
				t.Errorf("after a restart: got %d, want %d", n, c.reborn)
			}
		})
	}
}

func TestWhatAFormerProcessMarkedIsMovedLater(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("marked, then the process died")
	if err := w.server.Flag(user, inBox, 1, "$DsrdDone"); err != nil {
		t.Fatal(err)
	}
	if report := w.scan(); report.Seen != 0 {
		t.Errorf("got %+v, want it handed to nobody", report)
	}
	if diff := cmp.Diff([]string{}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX (-want +got):\n%s", diff)
	}
}

// A scan is told to end while a mark is under way. The server sets it, nobody hears of that, and
// the next scan does not find the mail among the unmarked.
func TestAMarkThatNobodyWaitedForIsMovedLater(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	w := newWorld(t, func(s *mailtest.IMAPConfig, _ *inbox.Config) {
		s.Refuse = func(verb, _ string) error {
			if verb == "STORE" {
				cancel()
				<-ended
			}
			return nil
		}
	})
	w.scan() // it knows of no leftovers
	w.deliver("x")
	if _, err := w.box.Scan(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	close(ended)
	for len(w.holds(inBox)) > 0 && w.holds(inBox)[0] != "x $dsrddone" {
		runtime.Gosched() // the server is at it
	}
	w.scan()
	if diff := cmp.Diff([]string{"x $dsrddone"}, w.holds("DSRD/Processed")); diff != "" {
		t.Errorf("Processed (-want +got):\n%s", diff)
	}
	if n := len(w.desk.mails); n != 1 {
		t.Errorf("the handler got the mail %d times, want once", n)
	}
}

func TestAMarkThatWasRefusedIsSetLater(t *testing.T) {
	refuse := true
	w := newWorld(t, func(s *mailtest.IMAPConfig, c *inbox.Config) {
		c.After = inbox.Keep
		s.Refuse = func(verb, _ string) error {
			if refuse && verb == "STORE" {
				return errors.New("read-only today")
			}
			return nil
		}
	})
	w.deliver("x")
	if _, err := w.box.Scan(t.Context()); err == nil {
		t.Error("got no error from a scan whose marks were refused")
	}
	refuse = false
	w.scan()
	if diff := cmp.Diff([]string{"x $dsrddone"}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX (-want +got):\n%s", diff)
	}
	if n := len(w.desk.mails); n != 1 {
		t.Errorf("the handler got the mail %d times, want once", n)
	}
}

func TestAMissingFolderIsAnsweredWithTheRealNames(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Folder = "Requests" })
	_, err := w.box.Scan(t.Context())
	if !errors.Is(err, inbox.ErrNoFolder) {
		t.Fatalf("got %v, want ErrNoFolder", err)
	}
	for _, name := range []string{"Requests", "INBOX", "DSRD/Processed"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("got %q, want it to name %s", err, name)
		}
	}
}

func TestAFolderThatSomebodyRemovedIsMadeAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.scan()
	if err := w.server.Remove(user, "DSRD/Processed"); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Remove(user, "DSRD/Sent"); err != nil {
		t.Fatal(err)
	}
	w.deliver("x")
	w.scan()
	if diff := cmp.Diff([]string{"x $dsrddone"}, w.holds("DSRD/Processed")); diff != "" {
		t.Errorf("Processed (-want +got):\n%s", diff)
	}
	big := append(letter("big"), []byte(strings.Repeat("x", 8000))...) // too big for LITERAL-
	if err := w.box.Append(t.Context(), inbox.Sent, big); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`big \seen`}, w.holds("DSRD/Sent")); diff != "" {
		t.Errorf("Sent (-want +got):\n%s", diff)
	}
}
