package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

// gate is a pause that can be switched, or not be asked about.
type gate struct {
	paused bool
	err    error
}

func (g *gate) Paused(context.Context) (bool, error) { return g.paused, g.err }

// counting carries out everything and counts it.
func (b *bench) counting(kinds ...workflow.EffectType) *atomic.Int64 {
	var n atomic.Int64 // effects are carried out side by side
	for _, k := range kinds {
		b.worker.Carriers[k] = carrier(
			func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
				n.Add(1)
				return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, nil
			})
	}
	return &n
}

func (b *bench) runDue(t *testing.T, tasks ...workflow.Task) {
	t.Helper()
	b.ledger.tasks = tasks
	if _, err := b.worker.RunDue(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestEffectOfARequestOnHoldIsGivenBackUncounted(t *testing.T) {
	b := setUp(t)
	order := b.ledger.tasks[0]
	b.step(t, workflow.Event{Type: workflow.PutOnHold, Op: "op:hold"})
	carried := b.counting(workflow.SendConfirmation)
	b.runDue(t, order)
	if carried.Load() != 0 || len(b.ledger.put)+len(b.ledger.done) != 0 {
		t.Fatalf("carried %d, put off %v, done %v", carried.Load(), b.ledger.put, b.ledger.done)
	}
	want := []putOff{{start.Add(time.Minute), "on hold"}}
	if diff := cmp.Diff(want, b.ledger.waits, cmp.AllowUnexported(putOff{})); diff != "" {
		t.Error(diff)
	}
	b.step(t, workflow.Event{Type: workflow.TakenOffHold, Op: "op:off"})
	b.runDue(t, order)
	if carried.Load() != 1 {
		t.Error("off hold it is not sent")
	}
}

func TestUnwantedEffectDoesNotWaitForTheEndOfAHold(t *testing.T) {
	b := setUp(t)
	b.step(t, workflow.Event{Type: workflow.PutOnHold, Op: "op:hold"})
	b.runDue(t, workflow.Task{Request: id, Effect: &workflow.Effect{
		ID: "e9", Request: id, Type: workflow.SendPackage}})
	if len(b.ledger.done) != 1 || len(b.ledger.waits) != 0 {
		t.Errorf("done %v, waits %v", b.ledger.done, b.ledger.waits)
	}
}

func TestPauseStopsAllEffectsButRemoval(t *testing.T) {
	b := setUp(t)
	order := b.ledger.tasks[0]
	g := &gate{paused: true}
	b.worker.Gate = g
	carried := b.counting(workflow.SendConfirmation, workflow.RemovePackage)
	removal := workflow.Task{Request: id, Effect: &workflow.Effect{
		ID: "e9", Request: id, Type: workflow.RemovePackage}}
	b.runDue(t, order, removal)
	if carried.Load() != 1 || len(b.ledger.waits) != 1 || b.ledger.waits[0].note != "paused" ||
		b.ledger.done[0] != "e9" {
		t.Fatalf("carried %d, waits %v, done %v", carried.Load(), b.ledger.waits, b.ledger.done)
	}
	g.paused = false
	b.runDue(t, order)
	if carried.Load() != 2 {
		t.Error("not sent after the pause")
	}
}

func TestTimersGoOnWhilePaused(t *testing.T) {
	b := setUp(t)
	b.worker.Gate = &gate{paused: true}
	b.now = start.Add(7 * 24 * time.Hour)
	b.runDue(t, workflow.Task{Request: id})
	if r := b.load(t, id); r.Alarms != 1 {
		t.Errorf("%d alarms given", r.Alarms)
	}
}

func TestPauseThatCannotBeAskedAboutIsOne(t *testing.T) {
	b := setUp(t)
	b.worker.Gate = &gate{err: errDown}
	carried := b.counting(workflow.SendConfirmation)
	b.runDue(t, b.ledger.tasks[0])
	if carried.Load() != 0 || len(b.ledger.waits) != 1 || len(b.watcher.failed) != 1 ||
		!errors.Is(b.watcher.failed[0], errDown) {
		t.Errorf("carried %d, waits %v, failed %v", carried.Load(), b.ledger.waits, b.watcher.failed)
	}
}

// A mail that has perhaps arrived is resent once and no more: the note that says so
// outlives a pause.
func TestNoteOutlivesAWait(t *testing.T) {
	b := setUp(t)
	order := b.ledger.tasks[0]
	g := &gate{paused: true}
	b.worker.Gate = g
	notes := map[string]string{"ambiguous,connect": "ambiguous,connect", "on hold": "paused", "": "paused"}
	for before, want := range notes {
		order.Note, b.ledger.waits = before, nil
		b.runDue(t, order)
		if got := b.ledger.waits[0].note; got != want {
			t.Errorf("%q became %q, want %q", before, got, want)
		}
	}
}

func TestCarrierTakesItsAttemptBack(t *testing.T) {
	for name, c := range map[string]struct{ note, want string }{
		"with a note":    {"cooling", "cooling"},
		"without a note": {"", "connect"},
	} {
		b := setUp(t)
		order := b.ledger.tasks[0]
		order.Note = "connect"
		b.worker.Carriers[workflow.SendConfirmation] = carrier(
			func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
				return workflow.Outcome{Retry: start.Add(time.Hour), Note: c.note, Uncounted: true}, nil
			})
		b.runDue(t, order)
		if len(b.ledger.put) != 0 || len(b.ledger.waits) != 1 ||
			b.ledger.waits[0] != (putOff{start.Add(time.Hour), c.want}) {
			t.Errorf("%s: put off %v, waits %v", name, b.ledger.put, b.ledger.waits)
		}
	}
}

func TestEscalationWaitsForACompleteScan(t *testing.T) {
	b := setUp(t)
	r := again()
	r.Rights, r.Policy.Escalations = []workflow.Right{workflow.Erasure}, 1
	b.receive(t, r)
	b.ledger.tasks = nil
	e := workflow.Event{Type: workflow.LetterSent, Op: "op:sent", Order: workflow.SendConfirmation}
	if _, err := b.engine.Step(context.Background(), later, e); err != nil {
		t.Fatal(err)
	}
	b.now = start.Add(7 * 24 * time.Hour)
	b.runDue(t, workflow.Task{Request: later})
	if r := b.load(t, later); r.Escalated != 0 || len(b.ledger.put) != 1 {
		t.Fatalf("escalated %d; an answer may lie unread", r.Escalated)
	}
	b.scanned = b.now
	b.counting(workflow.SendConfirmation, workflow.SendEscalation)
	b.runDue(t, workflow.Task{Request: later})
	if r := b.load(t, later); r.Escalated != 1 {
		t.Errorf("escalated %d, want 1", r.Escalated)
	}
}
