package engine

import (
	"context"
	"errors"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// An effect is given to a person after so many attempts that ended in an error, or after so
// many workers that died of it. A claim that lapses is counted apart: it may be that the
// store was away, or that another task killed the worker.
const (
	maxAttempts = 3
	maxLapses   = 6
)

// returning is how long it may take to give a task back when the daemon ends; otherwise its
// claim ends by itself.
const returning = 2 * time.Second

// fault is what went wrong with a task itself, beside what may be wrong with the store.
type fault struct{ error }

func (f fault) Unwrap() error { return f.error }

// told tells the observer how the attempt ended, if it did not end well. A store that is
// away is nobody's failure but its own.
func (w *Worker) told(t workflow.Task, err error) {
	var own fault
	switch {
	case err == nil:
	case away(err) && !errors.As(err, &own):
		w.Engine.Observer.Failed(workflow.Task{}, err)
	default:
		w.Engine.Observer.Failed(t, err)
	}
}

// hindered ends an attempt that has come to nothing outside. It counts if the fault is the
// task's: not if the claim was lost, we are told to end, or the store is away.
func (w *Worker) hindered(h *held, cause error) error {
	switch lost := h.lost(); {
	case lost != nil && h.unused() != nil:
		return errors.Join(lost, w.handBack(h))
	case lost != nil:
		return lost // whoever has it now goes on
	case h.begin.Err() != nil:
		return w.handBack(h)
	case errors.Is(cause, workflow.Fenced):
		return cause
	case away(cause):
		return errors.Join(cause, w.putOff(h))
	}
	return w.failed(h, cause)
}

// unread is hindered for a request that could not be read: whatever the reason, the task is
// not at fault, and there is nothing that could be given to a person.
func (w *Worker) unread(h *held, cause error) error {
	if h.lost() != nil || h.begin.Err() != nil || away(cause) {
		return w.hindered(h, cause)
	}
	return errors.Join(fault{cause}, w.Due.Retry(h.write, h.task(), w.later(h.Task), h.Note))
}

// handBack leaves the task to whoever goes on when we do not.
func (w *Worker) handBack(h *held) error {
	soon, done := context.WithTimeout(h.write, returning)
	defer done()
	return w.Due.Wait(soon, h.task(), w.now(), h.Note)
}

// putOff gives the task back uncounted once the store takes it, if that is before the claim
// ends by itself.
func (w *Worker) putOff(h *held) error {
	return w.insist(h.begin, 1, func(ctx context.Context) error {
		return w.Due.Wait(ctx, h.task(), w.now().Add(w.waits().Lease), h.Note)
	})
}

// failed tries again a little later, and after three attempts leaves it to a person.
func (w *Worker) failed(h *held, cause error) error {
	if h.Attempts+1 < maxAttempts || h.Effect == nil || h.Effect.Type.Housekeeping() {
		return errors.Join(fault{cause}, w.Due.Retry(h.write, h.task(), w.later(h.Task), w.noted(h)))
	}
	return w.giveUp(h, cause)
}

// noted is what is noted of a failure. A note that says that a letter may have left stays: nothing
// else knows of it.
func (w *Worker) noted(h *held) string {
	if h.Effect != nil && w.doubts(h) > 0 {
		return h.Note
	}
	return "failed"
}

// mostFailed is how many times the first pause the pause after a failure grows to: what is
// tried for ever is tried once an hour.
const mostFailed = 60

// later is when what has failed is tried again.
func (w *Worker) later(t workflow.Task) time.Time {
	return w.now().Add(time.Duration(min(t.Attempts+1, mostFailed)) * w.waits().Failed)
}

// giveUp leaves the effect to a person.
func (w *Worker) giveUp(h *held, cause error) error {
	return errors.Join(fault{cause}, w.finish(h, workflow.Outcome{Event: givenUp(h.Effect.Type)}))
}

func givenUp(t workflow.EffectType) workflow.Event {
	switch {
	case t == workflow.Compile:
		return workflow.Event{Type: workflow.CompileFailed, Reason: workflow.CompileFailing}
	case t.Essential():
		return workflow.Event{Type: workflow.LetterFailed, Reason: workflow.Undeliverable}
	}
	return workflow.Event{Type: workflow.EffectDropped, Reason: workflow.Undeliverable}
}
