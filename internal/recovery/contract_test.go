package recovery_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// eager carries everything that the worker would, and counts what it is given.
type eager struct {
	engine.Carrier
	carried *int
}

func (e eager) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	*e.carried++
	return e.Carrier.Carry(ctx, r, t)
}

// nosy is the store and the workflow as a recovery sees them: at each of these doors, once it has
// begun and before it ends, the worker is let loose on whatever is due.
type nosy struct {
	ledger
	engine *engine.Engine
	begun  bool
	doors  int
	loose  func()
}

func (n *nosy) door() {
	if n.begun {
		n.doors++
		n.loose()
	}
}

func (n *nosy) Begin(ctx context.Context, epoch int64, ancestor string) (recovery.Standing, error) {
	s, err := n.ledger.Begin(ctx, epoch, ancestor)
	n.begun = true
	n.door()
	return s, err
}

func (n *nosy) End(ctx context.Context, epoch int64) error {
	n.door()
	n.begun = false
	return n.ledger.End(ctx, epoch)
}

func (n *nosy) List(ctx context.Context, q store.Query) ([]workflow.Request, string, error) {
	n.door()
	return n.ledger.List(ctx, q)
}

func (n *nosy) Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error) {
	n.door()
	defer n.door()
	return n.engine.Step(ctx, id, e)
}

// A recovery orders letters, and carries none: whoever works beside it is refused until it has
// ended, however much is due by then.
func TestNobodyCarriesAnythingDuringARecovery(t *testing.T) {
	for name, older := range map[string]bool{"of an empty store": false, "of an older one": true} {
		t.Run(name, func(t *testing.T) {
			w := newServers(t).world(t)
			w.ask("early@customer.example")
			w.scan()
			w.save() // its confirmation is due
			w.someLeft(t)
			w.mark()
			if older {
				w.back()
			} else {
				w.lose()
			}
			carried, refused := 0, 0
			for kind, c := range w.worker.Carriers {
				w.worker.Carriers[kind] = eager{c, &carried}
			}
			left := len(w.left)
			doors := &nosy{ledger: ledger{w.store}, engine: w.engine, loose: func() {
				w.now = w.now.Add(time.Second)
				if _, err := w.worker.RunDue(w.ctx); errors.Is(err, workflow.Outdated) {
					refused++
				} else {
					t.Errorf("a worker was let in: %v", err)
				}
			}}
			r := w.recovery(w.process)
			r.Workflow, r.Store = doors, doors
			got, err := r.Run(w.ctx, recovery.Options{})
			w.must(err)
			if carried != 0 || len(w.left) != left || doors.doors < 6 || refused != doors.doors {
				t.Errorf("carried %d, left %d, at %d doors, refused %d times", carried, len(w.left)-left,
					doors.doors, refused)
			}
			_, err = w.store.Learn(w.ctx)
			w.must(err)
			w.work()
			if carried == 0 || got.Asked == 0 {
				t.Errorf("after it nothing is carried either: %+v", got)
			}
		})
	}
}

// someLeft brings two more requests to where letters and a package have left.
func (w *world) someLeft(t *testing.T) {
	t.Helper()
	for _, c := range []string{"jane", "joe"} {
		w.ask(c + "@customer.example")
		w.scan()
	}
	w.work()
	for _, r := range w.requests() {
		if r.Customer == "jane@customer.example" {
			w.confirm(r)
			w.slot(w.load(r.ID))
		}
	}
	w.work()
	if w.count(workflow.SendPackage) != 1 {
		t.Fatal("no package has left")
	}
}
