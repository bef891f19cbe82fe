package inbox_test

import (
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

// withheld is a world whose server never hands over the mails with these UIDs.
func withheld(t *testing.T, uids ...uint32) *world {
	t.Helper()
	return newWorld(t, func(s *mailtest.IMAPConfig, _ *inbox.Config) {
		s.Withhold = func(_ string, uid uint32) error {
			for _, u := range uids {
				if u == uid {
					return errors.New("the disk says no")
				}
			}
			return nil
		}
	})
}

// aside answers Quarantine to what has no body.
func aside(m inbox.Mail) (inbox.Disposition, error) {
	if m.Missing != nil {
		return inbox.Quarantine, nil //nolint:nilerr // that is its answer
	}
	return inbox.Done, nil
}

func TestAMailThatIsNeverHandedOverIsPutAside(t *testing.T) {
	w := withheld(t, 2)
	w.desk.answer = aside
	w.deliver("one", "two", "three")
	for i := range 2 {
		if r := w.scan(); r.Failed != 1 || r.Complete || r.Quarantined != 0 {
			t.Fatalf("scan %d: got %+v, want one failure", i, r)
		}
		w.clock.add(9 * time.Minute)
		if r := w.scan(); r.Failed != 1 || r.Complete {
			t.Fatalf("scan %d too early: got %+v, want one failure", i, r)
		}
		w.clock.add(time.Minute)
	}
	r := w.scan()
	if r.Failed != 0 || len(r.Failures) != 0 || !r.Complete || r.Quarantined != 1 {
		t.Errorf("got %+v, want it put aside and the scan complete", r)
	}
	last := w.desk.mails[len(w.desk.mails)-1]
	if last.UID != 2 || last.Missing == nil || last.Raw != nil || last.UIDValidity == 0 || last.Folder != inBox {
		t.Errorf("got %+v", last)
	}
	if w.asked("COPY") != 0 {
		t.Error("the server was asked to copy what it cannot read")
	}
	if diff := cmp.Diff([]string{"two $dsrdquarantine"}, w.holds(inBox)); diff != "" {
		t.Errorf("INBOX (-want +got):\n%s", diff)
	}
	w.restart()
	if r := w.scan(); r.Seen != 0 || !r.Complete {
		t.Errorf("after a restart: got %+v, want nothing left", r)
	}
}

func TestAHandlerThatDoesNotTakeItLeavesItAFailure(t *testing.T) {
	w := withheld(t, 1)
	w.desk.answer = func(m inbox.Mail) (inbox.Disposition, error) {
		if m.Missing != nil {
			return inbox.Leave, errHandler
		}
		return inbox.Done, nil
	}
	w.deliver("one", "two")
	for range 5 {
		if r := w.scan(); r.Failed != 1 || r.Complete {
			t.Fatalf("got %+v, want one failure", r)
		}
		w.clock.add(10 * time.Minute)
	}
	w.desk.answer = aside
	if r := w.scan(); !r.Complete || r.Quarantined != 1 {
		t.Errorf("got %+v, want it put aside at last", r)
	}
}

func TestAServerThatHandsNothingOverIsToBlameItselfForADay(t *testing.T) {
	w := withheld(t, 1, 2, 3)
	w.desk.answer = aside
	w.deliver("one", "two", "three")
	for i := range 23 * 6 {
		if r := w.scan(); r.Failed != 3 || r.Quarantined != 0 {
			t.Fatalf("scan %d: got %+v, want three failures and none put aside", i, r)
		}
		w.clock.add(10 * time.Minute)
	}
	if r := w.scan(); r.Failed != 0 || !r.Complete || r.Quarantined != 3 {
		t.Errorf("after a day: got %+v, want them put aside and the scan complete", r)
	}
}

// TestABadDayOfTheServerIsNotHeldAgainstAMail lets others come again before the day is over.
func TestABadDayOfTheServerIsNotHeldAgainstAMail(t *testing.T) {
	w := withheld(t, 1, 2)
	w.desk.answer = aside
	w.deliver("one", "two")
	for range 20 {
		w.scan()
		w.clock.add(time.Hour)
	}
	w.deliver("three")
	if r := w.scan(); r.Handled != 1 || r.Failed != 2 || r.Quarantined != 0 {
		t.Errorf("got %+v, want one handled and none put aside", r)
	}
}

func TestTroubleOfTheMomentIsNotTheMails(t *testing.T) {
	for code, aside := range map[string]int{"UNAVAILABLE": 0, "INUSE": 0, "LIMIT": 0, "SERVERBUG": 1} {
		k := &clock{now: noon}
		s := newScriptedBox(t, func(c *inbox.Config) { c.Now = k.Now }, 1,
			mailtest.Rule{On: "UID FETCH 1 (UID BODY", Say: []string{"TAG NO [" + code + "] why"}})
		s.desk.answer = func(inbox.Mail) (inbox.Disposition, error) { return inbox.Quarantine, nil }
		n := 0
		for range 5 {
			r, err := s.box.Scan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n += r.Quarantined
			k.add(time.Hour)
		}
		if min(n, 1) != aside {
			t.Errorf("%s: put aside %d times, want %d", code, n, aside)
		}
	}
}
