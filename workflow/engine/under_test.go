package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// fences notes under which lease changes were committed.
type fences struct {
	*ledger
	seen []workflow.Lease
}

func (f *fences) Commit(ctx context.Context, c workflow.Change) error {
	f.seen = append(f.seen, c.Fence)
	return f.ledger.Commit(ctx, c)
}

func TestWhatIsDoneUnderALeaseIsCommittedUnderIt(t *testing.T) {
	b := setUp(t)
	store := &fences{ledger: b.ledger}
	b.engine.Store = store
	lease := workflow.Lease{Name: "mailbox/dsr", Owner: "one", Epoch: 7, Until: start.Add(time.Minute)}
	for name, c := range map[string]struct {
		ctx  context.Context
		want workflow.Lease
	}{
		"under none":         {context.Background(), workflow.Lease{}},
		"under one":          {engine.Under(context.Background(), lease), lease},
		"under one, hereof":  {cancellable(engine.Under(context.Background(), lease)), lease},
		"under none, hereof": {cancellable(context.Background()), workflow.Lease{}},
	} {
		store.seen = nil
		other := birth()
		other.ID, other.Rights = workflow.ID("00"+name), []workflow.Right{workflow.Erasure}
		other.Customer = workflow.Address(name + "@customer.example")
		if _, err := b.engine.Receive(c.ctx, other, "op:"+name); err != nil {
			t.Fatal(err)
		}
		e := workflow.Event{Type: workflow.Held, Op: "op:held:" + name, Rule: "ack/from"}
		if _, err := b.engine.Step(c.ctx, id, e); err != nil {
			t.Fatal(err)
		}
		mail := again()
		mail.ID = workflow.ID("00joins" + name)
		if got, err := b.engine.Receive(c.ctx, mail, "op:joins:"+name); err != nil || got.Joined != id {
			t.Fatalf("%s: got %+v, %v", name, got, err)
		}
		if len(store.seen) != 4 { // a birth, a step, a birth that was refused, a joining
			t.Fatalf("%s: %d commits", name, len(store.seen))
		}
		for i, got := range store.seen {
			if got != c.want {
				t.Errorf("%s: commit %d is under %+v, want %+v", name, i, got, c.want)
			}
		}
	}
}

// cancellable is a context made of the other one, as all callers make some.
func cancellable(ctx context.Context) context.Context {
	made, cancel := context.WithCancel(ctx)
	cancel()
	return context.WithoutCancel(made)
}

// changes notes what was committed.
type changes struct {
	*ledger
	seen []workflow.Change
}

func (c *changes) Commit(ctx context.Context, change workflow.Change) error {
	c.seen = append(c.seen, change)
	return c.ledger.Commit(ctx, change)
}

// A code that a worker issues after somebody else has its task would kill the code in the
// letter that the other has sent.
func TestWhatComesOfATaskIsCommittedUnderItsClaim(t *testing.T) {
	b := setUp(t)
	store := &changes{ledger: b.ledger}
	b.engine.Store = store
	var claim int64
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(ctx context.Context, r workflow.Request, t workflow.Task) (workflow.Outcome, error) {
			claim = t.Claim
			_, err := b.engine.Step(ctx, r.ID, workflow.Event{
				Type: workflow.CodeIssued, Op: "op:code", Number: 1,
				Challenge: &workflow.Challenge{Admin: "anna@acme.example", CodeHash: "hash", Number: 1},
			})
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, err
		})
	order := b.ledger.tasks[0]
	b.runDue(t, order)
	if len(store.seen) != 2 || claim == 0 {
		t.Fatalf("%d commits, %v", len(store.seen), b.watcher.failed)
	}
	code, end := store.seen[0], store.seen[1]
	if code.Held != order.Effect.ID || code.Claim != claim || code.Done != "" {
		t.Errorf("the code: held %q with %d", code.Held, code.Claim)
	}
	if end.Held != "" || end.Claim != claim || end.Done != order.Effect.ID {
		t.Errorf("the end: held %q, done %q with %d", end.Held, end.Done, end.Claim)
	}
	other := workflow.Event{Type: workflow.Noted, Op: "op:note", Actor: "operator:o", Note: "a word"}
	if b.step(t, other); store.seen[2].Held != "" || store.seen[2].Claim != 0 {
		t.Errorf("what comes of no task is held: %+v", store.seen[2].Held)
	}
}
