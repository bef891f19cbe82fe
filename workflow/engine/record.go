package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Why a letter may have left more than once.
const (
	causeCrash     = "crash"     // a worker died, or was cut off, when it may have left
	causeAmbiguous = "ambiguous" // the relay's answer was lost, and it was sent once more
	causeFenced    = "fenced"    // another worker had the task when we learnt that it had left
)

// record commits the event that ends the effect. One that tells of something that has left
// is committed however long the store is away, and counts the copies: forgotten, it would
// leave once more although process and connection lived.
func (w *Worker) record(h *held, e workflow.Event, left bool) error {
	if !left {
		return w.insist(h.carry, 1, func(ctx context.Context) error {
			_, err := w.Engine.StepTask(ctx, h.task(), e)
			return err
		})
	}
	others := max(e.Copies-1, 0)
	e.Copies = copies(others + h.Perhaps)
	before, err := w.insistOn(h, e, true)
	fenced := errors.Is(err, workflow.Fenced)
	if fenced {
		// A fenced worker must not act any more. This is no act but a fact: the mail was
		// accepted. Unless it is said now, whoever has the claim sends it again; so the
		// event asks for nobody's claim, and ends the effect. It is the operation that the
		// claimed event was, so that whoever comes second with it repeats it.
		e.Copies = copies(others + h.Perhaps + 1)
		before, err = w.insistOn(h, w.overtaken(h, e), false)
	}
	if err != nil {
		return err
	}
	if before {
		return w.saidBefore(h, e)
	}
	w.twice(h.Task, others, causeAmbiguous)
	w.twice(h.Task, h.Perhaps, causeCrash)
	if fenced {
		w.twice(h.Task, 1, causeFenced)
	}
	return nil
}

// overtaken makes of a package that left under an old order what it is to the newer one: a
// letter. It must not end a request whose package is on its way to another admin.
func (w *Worker) overtaken(h *held, e workflow.Event) workflow.Event {
	r, err := w.Engine.Store.Load(h.write, h.Request)
	if e.Type != workflow.PackageSent || err != nil ||
		r.State != workflow.Delivering || h.Effect.Stands(r) {
		return e
	}
	return ending(h.Effect, letterSent(e))
}

// saidBefore: another worker has written down that the letter left. It knew of those before
// it alone; those before us may be more.
func (w *Worker) saidBefore(h *held, e workflow.Event) error {
	if h.Perhaps == 0 || e.Type == workflow.LetterFailed {
		return nil // the other came after us, and counted us; or a person looks
	}
	more := letterSent(e)
	more.Op = fmt.Sprintf("%s:%s:%d", h.Effect.ID, more.Type, h.Claim)
	more.Effect, more.Keep = "", false // the effect has ended, and its letter is kept
	_, err := w.insistOn(h, more, false)
	if err == nil {
		w.twice(h.Task, h.Perhaps, causeFenced)
	}
	return err
}

// copies is how an event says how often a letter may have left.
func copies(others int) int {
	if others == 0 {
		return 0
	}
	return others + 1
}

func (w *Worker) twice(t workflow.Task, times int, cause string) {
	for range times {
		if w.Twice != nil {
			w.Twice(t, cause)
		}
	}
}

// insistOn applies the event, claimed or not; it reports whether somebody else had before we
// first tried.
func (w *Worker) insistOn(h *held, e workflow.Event, claimed bool) (before bool, err error) {
	tried := false
	err = w.insist(h.write, maxOdd, func(ctx context.Context) error {
		claim := int64(0)
		if claimed {
			claim = h.task().Claim
		}
		done, err := w.Engine.step(ctx, h.Request, e, claim)
		before = done.before && !tried
		tried = true
		return err
	})
	return before, err
}

// How soon the store is asked again, and how often where its answer is one that waiting
// does not mend. Whoever else may find the task due asks once a second.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 500 * time.Millisecond
	maxOdd     = 10
)

// insist does what the store could not do, again and again, until it can or ctx ends. An
// odd error, which is neither an outage nor an answer, may come so many times.
func (w *Worker) insist(ctx context.Context, odd int, do func(context.Context) error) error {
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		err := do(ctx)
		if err == nil || settled(err) || ctx.Err() != nil {
			return err
		}
		if !away(err) {
			odd--
		}
		if odd == 0 || !w.rest(ctx, pause) {
			return err
		}
	}
}

// rest waits; it reports whether ctx goes on.
func (w *Worker) rest(ctx context.Context, pause time.Duration) bool {
	ticks, stop := w.Tick(pause)
	defer stop()
	select {
	case <-ctx.Done():
		return false
	case <-ticks:
		return true
	}
}

// settled reports whether the store has answered for good.
func settled(err error) bool {
	return errors.Is(err, workflow.Fenced) || errors.Is(err, workflow.Refused) ||
		errors.Is(err, workflow.NotFound)
}

// away reports whether an error is the store's, and no task's fault.
func away(err error) bool {
	return errors.Is(err, workflow.Unavailable) || errors.Is(err, workflow.Outdated)
}
