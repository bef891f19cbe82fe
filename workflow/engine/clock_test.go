package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

const days = 24 * time.Hour

func TestUntrustedClockExpiresNothing(t *testing.T) {
	asked := workflow.Event{Type: workflow.LetterSent, Op: "op:sent", Order: workflow.SendConfirmation}
	ended := workflow.Event{Type: workflow.OperatorCancelled, Op: "op:cancel"}
	for name, c := range map[string]struct {
		first []workflow.Event
		after time.Duration
		event workflow.EventType // trusted
		alarm bool               // happens untrusted
	}{
		"a reminder":           {[]workflow.Event{asked}, 25 * time.Hour, workflow.ReminderDue, false},
		"the end of a code":    {[]workflow.Event{asked}, 7*days - time.Hour, workflow.ReminderDue, false},
		"a code and a warning": {[]workflow.Event{asked}, 8 * days, workflow.CodeExpired, true},
		"a warning":            {nil, 8 * days, workflow.DeadlineNear, true},
		"a deadline":           {nil, 40 * days, workflow.DeadlineMissed, true},
		"a purge":              {[]workflow.Event{ended}, 1000 * days, workflow.PersonalExpired, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			for _, e := range c.first {
				b.step(t, e)
			}
			b.now = start.Add(c.after)
			b.scanned = b.now
			trusted := false
			b.worker.Clock.Trusted = func() bool { return trusted }
			before := len(b.ledger.entries)
			b.runDue(t, workflow.Task{Request: id})
			happened := b.ledger.entries[before:]
			switch {
			case c.alarm && (len(happened) != 1 || happened[0].From != happened[0].To ||
				happened[0].Event.Type != workflow.DeadlineNear && happened[0].Event.Type != workflow.DeadlineMissed):
				t.Errorf("untrusted, there happened %v", happened)
			case !c.alarm && (len(happened) != 0 || len(b.ledger.put) != 0):
				t.Errorf("untrusted, there happened %v, put off %v", happened, b.ledger.put)
			case !c.alarm:
				want := []putOff{{b.now.Add(time.Minute), "clock"}}
				if diff := cmp.Diff(want, b.ledger.waits, cmp.AllowUnexported(putOff{})); diff != "" {
					t.Error(diff)
				}
			}
			if c.alarm && c.event != workflow.CodeExpired {
				return
			}
			trusted = true
			b.counting(workflow.SendReminder, workflow.RemovePersonal)
			before = len(b.ledger.entries)
			b.runDue(t, workflow.Task{Request: id})
			if got := b.ledger.entries[before:]; len(got) == 0 || got[0].Event.Type != c.event {
				t.Errorf("trusted, there happened %v, want %s", got, c.event)
			}
		})
	}
}

func TestClaimsGoByTheWorkersClock(t *testing.T) {
	b := setUp(t)
	b.worker.Clock.Now = func() time.Time { return start.Add(time.Hour) }
	b.worker.Carriers[workflow.SendConfirmation] = fails(workflow.Unavailable)
	store := &claimed{ledger: b.ledger}
	b.worker.Due = store
	b.worker.Lease = 0
	b.runDue(t, b.ledger.tasks[0])
	if !store.at.Equal(start.Add(time.Hour)) || store.lease != 15*time.Second {
		t.Errorf("claimed at %s for %s", store.at, store.lease)
	}
	if w := b.ledger.waits; len(w) != 1 || !w[0].at.Equal(start.Add(time.Hour+15*time.Second)) {
		t.Errorf("given back %v", w)
	}
}

// claimed notes what was asked for.
type claimed struct {
	*ledger
	at    time.Time
	lease time.Duration
}

func (c *claimed) Claim(
	ctx context.Context, now time.Time, limit int, lease time.Duration,
) ([]workflow.Task, error) {
	c.at, c.lease = now, lease
	return c.ledger.Claim(ctx, now, limit, lease)
}
