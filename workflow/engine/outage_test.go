package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

// fails carries nothing out.
func fails(err error) carrier {
	return func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
		return workflow.Outcome{}, err
	}
}

func TestStoreOutageIsNoAttempt(t *testing.T) {
	for name, err := range map[string]error{
		"it cannot do it now": fmt.Errorf("keep the mail: %w", workflow.Unavailable),
		"it is out of date":   fmt.Errorf("look at the claim: %w", workflow.Outdated),
	} {
		for _, load := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, at once %v", name, load), func(t *testing.T) {
				b := setUp(t)
				b.worker.Carriers[workflow.SendConfirmation] = fails(err)
				b.ledger.away = func(_ context.Context, call string) error {
					if load && call == "load" {
						return err
					}
					return nil
				}
				order := b.ledger.tasks[0]
				order.Attempts, order.Note = 2, "ambiguous"
				b.runDue(t, order)
				want := []putOff{{start.Add(15 * time.Second), "ambiguous"}}
				if diff := cmp.Diff(want, b.ledger.waits, cmp.AllowUnexported(putOff{})); diff != "" {
					t.Error(diff)
				}
				if len(b.ledger.put)+len(b.ledger.done) != 0 {
					t.Errorf("put off %v, done %v", b.ledger.put, b.ledger.done)
				}
				if len(b.watcher.tasks) != 1 || b.watcher.tasks[0].Request != "" {
					t.Errorf("%v is told to be at fault", b.watcher.tasks)
				}
			})
		}
	}
}

func TestTaskIsGivenBackWhenTheStoreTakesIt(t *testing.T) {
	b := setUp(t)
	b.worker.Carriers[workflow.SendConfirmation] = fails(workflow.Unavailable)
	down := 20
	b.ledger.away = func(_ context.Context, call string) error {
		if call == "wait" && down > 0 {
			down--
			return workflow.Unavailable
		}
		return nil
	}
	b.rests(func() { b.now = b.now.Add(100 * time.Millisecond) })
	b.runDue(t, b.ledger.tasks[0])
	if want := start.Add(17 * time.Second); len(b.ledger.waits) != 1 || !b.ledger.waits[0].at.Equal(want) {
		t.Errorf("given back %v, want until %s", b.ledger.waits, want)
	}
}

// What was compiled is not compiled anew because the store was away for a moment.
func TestEndOfAnyEffectOutlastsAnOutage(t *testing.T) {
	b := setUp(t)
	order := b.deliver(t)
	compiled := 0
	b.worker.Carriers[workflow.SendPackage] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			compiled++
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterFailed}}, nil
		})
	down := 5
	b.ledger.away = func(_ context.Context, call string) error {
		if call == "commit" && down > 0 {
			down--
			return workflow.Unavailable
		}
		return nil
	}
	b.rests(func() {})
	b.runDue(t, order)
	if r := b.load(t, id); r.State != workflow.Stuck || compiled != 1 {
		t.Errorf("%s after %d times", r.State, compiled)
	}
}

func TestFailureIsTheTasksOwnThoughTheStoreIsAwayToo(t *testing.T) {
	b := setUp(t)
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			panic("boom")
		})
	b.ledger.away = func(_ context.Context, call string) error {
		if call == "retry" {
			return workflow.Unavailable
		}
		return nil
	}
	b.runDue(t, b.ledger.tasks[0])
	if len(b.watcher.tasks) != 1 || b.watcher.tasks[0].Request != id {
		t.Errorf("told of %v", b.watcher.tasks)
	}
}

func TestRequestThatCannotBeReadStrikesNothing(t *testing.T) {
	b := setUp(t)
	order := b.ledger.tasks[0]
	order.Attempts, order.Request = 100, "00gone"
	b.runDue(t, order)
	if len(b.ledger.put) != 1 || !b.ledger.put[0].at.Equal(start.Add(time.Hour)) {
		t.Errorf("put off %v, want an hour", b.ledger.put)
	}
}

// Five workers that died prove nothing against a task, six do.
func TestTaskThatWorkersDieOfGoesToAPerson(t *testing.T) {
	for lapsed, want := range map[int]workflow.State{5: workflow.AwaitingConfirmation, 6: workflow.Stuck} {
		b := setUp(t)
		carried := b.counting(workflow.SendConfirmation)
		order := b.ledger.tasks[0]
		order.Lapsed = lapsed
		b.runDue(t, order)
		if r := b.load(t, id); r.State != want || (carried.Load() == 1) != (lapsed == 5) {
			t.Errorf("%d: %s, carried %d times", lapsed, r.State, carried.Load())
		}
	}
	b := setUp(t)
	carried := b.counting(workflow.RemovePackage)
	b.runDue(t, workflow.Task{Request: id, Lapsed: 60, Effect: &workflow.Effect{
		ID: "e9", Request: id, Type: workflow.RemovePackage}})
	if carried.Load() != 1 {
		t.Error("what is due for removal is left")
	}
}

func TestLapsedClaimsAreNoStrikes(t *testing.T) {
	b := setUp(t)
	b.worker.Carriers[workflow.SendConfirmation] = fails(errors.New("boom"))
	order := b.ledger.tasks[0]
	order.Lapsed, order.Attempts = 5, 1
	b.runDue(t, order)
	if r := b.load(t, id); r.State != workflow.AwaitingConfirmation || len(b.ledger.put) != 1 {
		t.Errorf("%s, put off %v", r.State, b.ledger.put)
	}
}
