package recovery

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// settle tells the store of letters that it still has to send, and that had left before it
// lost that: they would leave once more.
func (l *life) settle(ctx context.Context) error {
	if l.empty {
		return nil
	}
	for id, told := range l.sent.requests {
		waiting, err := l.Store.Tasks(ctx, id)
		if errors.Is(err, workflow.NotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look at what waits for request %s: %w", id, err)
		}
		for _, x := range told.left {
			if !waits(waiting, x.effect) {
				continue
			}
			if _, err := l.apply(ctx, id, hadLeft(x)); err != nil {
				return err
			}
			l.result.Settled++
		}
	}
	return nil
}

func waits(tasks []workflow.Task, effect workflow.EffectID) bool {
	for _, t := range tasks {
		if t.Effect != nil && t.Effect.ID == effect {
			return true
		}
	}
	return false
}

// hadLeft is what a worker would have said of the letter, by the same operation. Of a package
// it says no more: what it ended, its proof ends.
func hadLeft(x letter) workflow.Event {
	return workflow.Event{
		Type: workflow.LetterSent, Effect: x.effect, Order: x.kind, Actor: "daemon",
		Op: fmt.Sprintf("%s:%s", x.effect, workflow.LetterSent),
	}
}
