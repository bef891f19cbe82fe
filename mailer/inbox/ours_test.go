package inbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// storeAway is what a handler answers from some mail on, when what all mails need is away.
func storeAway(from string) func(inbox.Mail) (inbox.Disposition, error) {
	return func(m inbox.Mail) (inbox.Disposition, error) {
		if bytes.Compare(m.Raw, []byte("Subject: "+from)) < 0 {
			return inbox.Done, nil
		}
		return inbox.Leave, fmt.Errorf("begin a mail: %w: %w", inbox.ErrOurs, errHandler)
	}
}

func TestAFaultOfOursEndsTheScanWithOneReport(t *testing.T) {
	for _, c := range []struct {
		name    string
		workers int
		from    string
		handled int
		handed  int // at most
	}{
		{"from the first mail on", 1, "mail-001", 0, 1},
		{"in the middle of a batch", 1, "mail-014", 13, 14},
		{"between two batches", 1, "mail-021", 20, 21},
		{"with several at a time", 4, "mail-001", 0, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(_ *mailtest.IMAPConfig, b *inbox.Config) { b.Batch, b.Workers = 10, c.workers })
			w.deliver(numbered(100)...)
			w.desk.answer = storeAway(c.from)
			report, err := w.box.Scan(t.Context())
			if !errors.Is(err, inbox.ErrOurs) || !errors.Is(err, errHandler) {
				t.Fatalf("got %v, want the handler's error", err)
			}
			if n := strings.Count(err.Error(), string(inbox.ErrOurs)); n != 1 {
				t.Errorf("it is told %d times: %v", n, err)
			}
			if report.Complete || report.Failed != 0 || len(report.Failures) != 0 || report.Handled != c.handled {
				t.Errorf("got %+v, want %d handled, none failed, and not complete", report, c.handled)
			}
			if n := len(w.desk.mails); n > c.handed {
				t.Errorf("%d mails were handed out, want %d at most", n, c.handed)
			}
			if n := len(w.holds("DSRD/Processed")); n != c.handled {
				t.Errorf("%d mails are marked and moved, want the %d that were handled", n, c.handled)
			}
			if !w.box.Next().IsZero() {
				t.Error("the server is made to wait for what is not its fault")
			}
			w.desk.answer = nil
			w.desk.forget()
			if report := w.scan(); report.Handled != 100-c.handled || !report.Complete {
				t.Errorf("afterwards: got %+v, want the rest handled", report)
			}
		})
	}
}

func TestAFaultOfOursIsNotAskedAboutInTheJunkFolder(t *testing.T) {
	const second = "DSRD/Quarantine" // any folder may be the second one
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Junk = second })
	w.scan() // makes it
	w.desk.answer = storeAway("a")
	w.deliver("in the inbox")
	w.put(second, "in the junk", w.clock.Now())
	if _, err := w.box.Scan(t.Context()); !errors.Is(err, inbox.ErrOurs) {
		t.Fatalf("got %v, want the handler's error", err)
	}
	if diff := cmp.Diff([]string{"in the inbox"}, w.desk.subjects()); diff != "" {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
}

// A mail that breaks the connection waits for the next scan: it is not told of meanwhile.
func TestAFaultOfOursAccusesNoSuspect(t *testing.T) {
	f := newFolder(upTo(6)...)
	f.body = func(uid uint32) *hurt {
		if uid == 3 {
			return &hurt{drop: true}
		}
		return nil
	}
	w := newFaked(t, f, nil)
	w.desk.answer = storeAway("a")
	report, err := w.box.Scan(t.Context())
	if !errors.Is(err, inbox.ErrOurs) || report.Failed != 0 || len(w.desk.mails) != 1 {
		t.Errorf("got %+v, %v, and %d mails handed out; want one, and nobody blamed", report, err, len(w.desk.mails))
	}
	w.desk.mails = nil
	w.desk.answer = nil
	if report, err := w.box.Scan(t.Context()); err != nil || report.Handled != 5 || report.Failed != 1 {
		t.Errorf("afterwards: got %+v, %v; want five handled, and the bad one told of", report, err)
	}
}
