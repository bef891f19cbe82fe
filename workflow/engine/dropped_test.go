package engine_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// doubts is a carrier that never learnt the end of its last attempt.
type doubts struct{ carrier }

func (doubts) MayHaveLeft(workflow.Task) int { return 1 }

// An answer can be here before the end of the sending of its letter is: then no copy of the
// letter is wanted any more, and the history must know of it all the same.
func TestLetterThatIsDroppedAfterItMayHaveLeftSaysSo(t *testing.T) {
	never := carrier(func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
		panic("nobody wants it any more")
	})
	for name, c := range map[string]struct {
		perhaps int
		doubts  bool
		want    int
	}{
		"never begun":                         {0, false, 0},
		"a worker died when it may have left": {1, false, 1},
		"the relay's answer was lost":         {0, true, 1},
		"both":                                {2, true, 3},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			b.worker.Carriers[workflow.SendConfirmation] = never
			if c.doubts {
				b.worker.Carriers[workflow.SendConfirmation] = doubts{never}
			}
			b.step(t, workflow.Event{Type: workflow.OperatorCancelled, Op: "op", Actor: "operator:anna"})
			b.ledger.tasks[0].Perhaps = c.perhaps
			b.runDue(t, b.ledger.tasks[0])
			if e := b.last().Event; e.Type != workflow.EffectDropped || e.Copies != c.want {
				t.Errorf("%s, copies %d, want %d", e.Type, e.Copies, c.want)
			}
			if b.last().Event.Keep {
				t.Error("a copy is to be kept, and nobody keeps one")
			}
		})
	}
}

// Out of a lost store's mailbox nobody could tell that it may have left, if no copy told it.
func TestLetterThatIsDroppedAfterItMayHaveLeftLeavesACopy(t *testing.T) {
	for perhaps, want := range []bool{false, true, true} {
		b := setUp(t)
		b.worker.Carriers[workflow.KeepCopy] = carrier(
			func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
				return workflow.Outcome{}, nil
			})
		b.step(t, workflow.Event{Type: workflow.OperatorCancelled, Op: "op", Actor: "operator:anna"})
		order := b.ledger.tasks[0]
		order.Perhaps = perhaps
		b.runDue(t, order)
		e := b.last()
		if e.Event.Type != workflow.EffectDropped || e.Event.Keep != want ||
			slices.Contains(e.Effects, workflow.KeepCopy) != want {
			t.Errorf("it may have left %d times: %s, keep %t, orders %v", perhaps, e.Event.Type, e.Event.Keep, e.Effects)
		}
	}
}

// Nor is a letter that is given up forgotten: what may have left before is what a person must
// know who sends it again.
func TestLetterThatIsGivenUpSaysHowOftenItMayHaveLeft(t *testing.T) {
	fails := func(left bool, copies int) carrier {
		return func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			e := workflow.Event{Type: workflow.LetterFailed, Copies: copies}
			return workflow.Outcome{Event: e, Left: left}, nil
		}
	}
	for name, c := range map[string]struct {
		lapsed, perhaps int
		doubts          bool
		carrier         carrier
		want            int
		causes          []string
	}{
		"refused at once":                       {0, 0, false, fails(false, 0), 0, nil},
		"refused after a worker died":           {1, 1, false, fails(false, 0), 1, nil},
		"refused after two workers died":        {2, 2, false, fails(false, 0), 2, []string{"crash"}},
		"refused after an answer was lost":      {0, 0, true, fails(false, 0), 1, nil},
		"refused after both":                    {1, 1, true, fails(false, 0), 2, []string{"crash"}},
		"its answer was lost twice":             {0, 0, true, fails(true, 2), 2, []string{"ambiguous"}},
		"workers died of it, and it never left": {6, 0, false, nil, 0, nil},
		"workers died of it when it may have":   {6, 3, false, nil, 3, []string{"crash", "crash"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			causes := b.counted()
			b.worker.Carriers[workflow.SendConfirmation] = c.carrier
			if c.doubts {
				b.worker.Carriers[workflow.SendConfirmation] = doubts{c.carrier}
			}
			order := b.ledger.tasks[0]
			order.Lapsed, order.Perhaps = c.lapsed, c.perhaps
			b.runDue(t, order)
			if e := b.last().Event; e.Type != workflow.LetterFailed || e.Copies != c.want {
				t.Errorf("%s, copies %d, want %d", e.Type, e.Copies, c.want)
			}
			if diff := cmp.Diff(c.causes, *causes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The note says that a letter may have left; a panic must not wipe it away.
func TestFailureKeepsTheNoteThatALetterMayHaveLeft(t *testing.T) {
	panics := carrier(func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
		panic("boom")
	})
	for note, c := range map[string]engine.Carrier{"ambiguous": doubts{panics}, "failed": panics} {
		b := setUp(t)
		b.worker.Carriers[workflow.SendConfirmation] = c
		order := b.ledger.tasks[0]
		order.Note = "ambiguous"
		b.runDue(t, order)
		if len(b.ledger.put) != 1 || b.ledger.put[0].note != note {
			t.Errorf("put off %v, want the note %q", b.ledger.put, note)
		}
	}
}
