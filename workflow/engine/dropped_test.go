package engine_test

import (
	"context"
	"testing"

	"github.com/dsrd/dsrd/workflow"
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
		})
	}
}
