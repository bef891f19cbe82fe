package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// replayDone lists what ReplayDone hands out.
func (w *world) replayDone() []string {
	w.t.Helper()
	again := &desk{}
	report, err := w.box.ReplayDone(w.t.Context(), func(ctx context.Context, m inbox.Mail) error {
		_, err := again.handle(ctx, m)
		return err
	})
	if err != nil || !report.Complete || report.Handled != len(again.mails) {
		w.t.Errorf("got %+v, %v; want all handled", report, err)
	}
	return append([]string{}, again.subjects()...)
}

func TestWhatWasTakenAndStillLiesThereIsReplayed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*mailtest.IMAPConfig, *inbox.Config)
		want   []string
	}{
		{"kept where it came", func(_ *mailtest.IMAPConfig, b *inbox.Config) { b.After = inbox.Keep },
			[]string{"one", "put aside", "three"}},
		{"moved: what is put aside stays", nil, []string{"put aside"}},
		{"neither marks nor moves: all that is ours", func(s *mailtest.IMAPConfig, b *inbox.Config) {
			s.NoKeywords, s.Caps = true, []string{}
		}, []string{"one", "put aside", "three", "not read yet"}},
		{"no marks, but moves", func(s *mailtest.IMAPConfig, b *inbox.Config) { s.NoKeywords = true }, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.change)
			w.deliver("one", "put aside", "three")
			w.desk.answer = func(m inbox.Mail) (inbox.Disposition, error) {
				if m.UID == 2 {
					return inbox.Quarantine, nil
				}
				return inbox.Done, nil
			}
			w.scan()
			w.deliver("not read yet")
			before := w.holds(inBox)
			if diff := cmp.Diff(c.want, w.replayDone()); diff != "" {
				t.Errorf("replayed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, w.holds(inBox)); diff != "" {
				t.Errorf("INBOX changed (-before +after):\n%s", diff)
			}
			w.desk.mails = nil
			w.scan()
			if diff := cmp.Diff([]string{"not read yet"}, w.desk.subjects()); diff != "" {
				t.Errorf("the next scan (-want +got):\n%s", diff)
			}
		})
	}
}

// Where nothing can be marked, the first start is what tells our mails from those before it, and
// with the store lost the marker tells it.
func TestWithoutMarksTheMarkerTellsWhatIsOurs(t *testing.T) {
	w := newWorld(t, func(s *mailtest.IMAPConfig, b *inbox.Config) {
		s.NoKeywords, s.Caps = true, []string{}
	})
	w.deliver("before us", "ours")
	w.memory.cursors = nil
	if got := w.replayDone(); len(got) != 0 {
		t.Errorf("without cursor and marker: replayed %q, want nothing", got)
	}
	w.write(marker(1, 1)) // Baseline 2
	if diff := cmp.Diff([]string{"ours"}, w.replayDone()); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
	if w.memory.cursors != nil {
		t.Errorf("the memory was written to: %v", w.memory.cursors)
	}
}

func TestWhatLiesInJunkIsReplayedToo(t *testing.T) {
	const second = "DSRD/Quarantine" // any folder may be the second one
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.After, c.Junk = inbox.Keep, second })
	w.scan() // makes it
	w.deliver("first")
	w.put(second, "second", w.clock.Now())
	w.scan()
	if diff := cmp.Diff([]string{"first", "second"}, w.replayDone()); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
}

func TestTheLatestOfAFolderIsReadFromAMarkOn(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 3 {
		w.store(fmt.Sprintf("sent-%d", i+1))
	}
	for _, c := range []struct {
		name string
		from uint32
		want []string
	}{
		{"from the beginning", 0, []string{"sent-1", "sent-2", "sent-3"}},
		{"from one of them", 3, []string{"sent-3"}},
		{"from the next one", 4, nil},
		{"from what was before the folder was numbered anew", 40, []string{"sent-1", "sent-2", "sent-3"}},
	} {
		latest := &desk{}
		next, err := w.box.Above(t.Context(), inbox.Sent, c.from, func(ctx context.Context, m inbox.Mail) error {
			_, err := latest.handle(ctx, m)
			return err
		})
		if err != nil || next != 4 {
			t.Errorf("%s: next %d, %v; want 4", c.name, next, err)
		}
		if diff := cmp.Diff(c.want, latest.subjects()); diff != "" {
			t.Errorf("%s: read (-want +got):\n%s", c.name, diff)
		}
	}
	if next, err := w.box.Above(t.Context(), inbox.Sent, 0, nil); next != 4 || err != nil {
		t.Errorf("asked for the number alone: got %d, %v; want 4", next, err)
	}
	if next, err := w.box.Above(t.Context(), inbox.Processed, 0, nil); next != 1 || err != nil {
		t.Errorf("of an empty folder: got %d, %v; want 1", next, err)
	}
}

// A person who puts a mail where ours go has not let us treat it.
func TestWhatPeopleMovedIsNotAmongTheLatest(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.box.Append(t.Context(), inbox.Processed, letter("moved by hand")); err != nil {
		t.Fatal(err)
	}
	read := func() []string {
		latest := &desk{}
		_, err := w.box.Above(t.Context(), inbox.Processed, 0, func(ctx context.Context, m inbox.Mail) error {
			_, err := latest.handle(ctx, m)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return latest.subjects()
	}
	if diff := cmp.Diff([]string{"moved by hand"}, read()); diff != "" {
		t.Errorf("where nothing is marked (-want +got):\n%s", diff)
	}
	w.deliver("treated")
	w.scan()
	if diff := cmp.Diff([]string{"treated"}, read()); diff != "" {
		t.Errorf("beside what we moved (-want +got):\n%s", diff)
	}
}

// store puts a mail into Sent.
func (w *world) store(subject string) {
	w.t.Helper()
	if err := w.box.Append(w.t.Context(), inbox.Sent, letter(subject)); err != nil {
		w.t.Fatal(err)
	}
}

func TestTheFirstErrorEndsTheLookAtTheLatest(t *testing.T) {
	w := newWorld(t, nil)
	w.store("one")
	w.store("two")
	read := 0
	_, err := w.box.Above(t.Context(), inbox.Sent, 0, func(context.Context, inbox.Mail) error {
		read++
		return errHandler
	})
	if !errors.Is(err, errHandler) || errors.Is(err, inbox.ErrOurs) || read != 1 {
		t.Errorf("got %v after %d mails, want the error after one", err, read)
	}
}

// The number is asked for while a scan is under way, and waits for none.
func TestTheNextNumberIsToldDuringAScan(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("one")
	w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) {
		next, err := w.box.Above(t.Context(), inbox.Processed, 0, nil)
		if next != 1 || err != nil {
			t.Errorf("got %d, %v; want 1", next, err)
		}
		return inbox.Done, nil
	}
	w.scan()
}

func TestAReplayEndsWithWhatIsNoMailsFault(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("one", "two", "three")
	w.scan()
	read := 0
	report, err := w.box.Replay(t.Context(), inbox.Processed, func(context.Context, inbox.Mail) error {
		if read++; read == 2 {
			return fmt.Errorf("store it: %w: %w", inbox.ErrOurs, errHandler)
		}
		return nil
	})
	if !errors.Is(err, errHandler) || read != 2 || report.Complete || report.Handled != 1 || report.Failed != 0 {
		t.Errorf("got %+v, %v after %d mails; want an end after the second", report, err, read)
	}
}

func TestAServerThatTellsNoNextNumberHasOne(t *testing.T) {
	opened := []string{"* 2 EXISTS", "* OK [UIDVALIDITY 1] valid", "TAG OK [READ-WRITE] open"}
	w := newFaked(t, newFolder(), nil, mailtest.Rule{On: "EXAMINE", Say: opened},
		mailtest.Rule{On: "UID SEARCH", Say: []string{"* SEARCH 7 3", "TAG OK done"}})
	if next, err := w.box.Above(t.Context(), inbox.Sent, 0, nil); next != 8 || err != nil {
		t.Errorf("got %d, %v; want 8", next, err)
	}
}
