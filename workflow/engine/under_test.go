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
