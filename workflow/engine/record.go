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
	others := max(e.Copies-1, 0)
	if !left {
		before, err := w.insistOn(h, e, false, true)
		if err == nil && !before {
			w.twice(h.Task, others, causeCrash) // one lost answer is the first copy, if no worker died
		}
		return err
	}
	e.Copies = copies(others + h.Perhaps)
	before, err := w.insistOn(h, e, true, true)
	fenced := errors.Is(err, workflow.Fenced)
	if fenced {
		// A fenced worker must not act any more. This is no act but a fact: the mail was
		// accepted. Unless it is said now, whoever has the claim sends it again; so the
		// event asks for nobody's claim, and ends the effect. It is the operation that the
		// claimed event was, so that whoever comes second with it repeats it.
		e.Copies = copies(others + h.Perhaps + 1)
		before, err = w.insistOn(h, e, true, false)
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

// saidBefore: another worker has written down that the letter left. It knew of those before
// it alone; those before us may be more.
func (w *Worker) saidBefore(h *held, e workflow.Event) error {
	if h.Perhaps == 0 || e.Type == workflow.LetterFailed {
		return nil // the other came after us, and counted us; or a person looks
	}
	more := letterSent(e)
	more.Op = fmt.Sprintf("%s:%s:%d", h.Effect.ID, more.Type, h.Claim)
	more.Effect, more.Keep = "", false // the effect has ended, and its letter is kept
	_, err := w.insistOn(h, more, true, false)
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

// insistOn applies the event, claimed or not, for as long as there is to an event that tells of
// what has left, or to another; it reports whether somebody else had before we first tried.
func (w *Worker) insistOn(h *held, e workflow.Event, left, claimed bool) (before bool, err error) {
	ctx, odd, tried := h.carry, 1, false
	if left {
		ctx, odd = h.write, maxOdd
	}
	err = w.insist(ctx, odd, func(ctx context.Context) error {
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
