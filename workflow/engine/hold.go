package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// held is a claimed task in the hands of a worker, with three contexts, each ending no
// later than the next but for an instant.
type held struct {
	workflow.Task
	// begin ends when the worker is told to end, or carry does: nothing new is begun then.
	begin context.Context
	// carry ends when the claim is lost, or the grace is over: then nothing more is done
	// outside.
	carry context.Context
	// write ends a little later: until then what has happened is written down.
	write context.Context

	release func()

	mu    sync.Mutex
	later *handed // the task as it came to this worker once more
	used  bool    // something was done under that claim
}

// handed is a task as it was handed out, and until when it is hidden from everybody else.
type handed struct {
	workflow.Task
	until time.Time
}

// lost tells why the task is no longer ours; nil while it is.
func (h *held) lost() error {
	if why := context.Cause(h.carry); errors.Is(why, workflow.Fenced) {
		return why
	}
	return nil
}

// outside is the context for what is carried out. A letter is not broken off because the
// daemon is to end: behind its final dot nobody could know whether it left, and it would
// leave again (RFC 5321 4.5.3.2.6).
func (h *held) outside() context.Context {
	if h.Effect.Type.Letter() {
		return h.carry
	}
	return h.begin
}

// adopt notes that the same worker was handed the task once more: it was asleep, or the
// store was away, for longer than a claim lasts; or it has just given the task back. What is
// done outside goes by the old claim and is broken off; what has happened is written down by
// the new one.
func (h *held) adopt(later handed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.later, h.used = &later, false
}

// task is the task with the newest claim on it that is ours, to be ended or given back with it.
func (h *held) task() workflow.Task {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.Task
	if h.later != nil {
		t.Claim, h.used = h.later.Claim, true
	}
	return t
}

// unused is the task as it came to us once more, if nothing was done under that claim; nil
// otherwise.
func (h *held) unused() *handed {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.used {
		return nil
	}
	return h.later
}

// errOver ends what has not ended by itself.
var errOver = errors.New("the daemon ends, and the time to finish is over")

// hold keeps the claim until it is released.
func (w *Worker) hold(ctx context.Context, t handed) *held {
	write, over := context.WithCancelCause(context.WithoutCancel(ctx))
	carry, lose := context.WithCancelCause(write)
	begin, halt := context.WithCancelCause(ctx)
	forget := context.AfterFunc(carry, func() { halt(context.Cause(carry)) })
	released, release := context.WithCancel(context.WithoutCancel(ctx))
	var both sync.WaitGroup
	both.Go(func() { w.renew(released, t.Task, t.until, lose) })
	both.Go(func() { w.wind(ctx, released, lose, over) })
	return &held{Task: t.Task, begin: begin, carry: carry, write: write, release: func() {
		release()
		both.Wait()
		forget()
		halt(nil)
		over(nil) // and with it carry
	}}
}

// renew keeps the claim until released. One that could not be renewed before it ended is
// lost like one that somebody else has: both may have it by now.
func (w *Worker) renew(
	released context.Context, t workflow.Task, until time.Time, lose context.CancelCauseFunc,
) {
	lease := w.waits().Lease
	ticks, stop := w.Tick(lease / 3)
	defer stop()
	for {
		select {
		case <-released.Done():
			return
		case <-ticks:
		}
		now := w.now()
		err := w.extend(released, t, until.Sub(now), now.Add(lease))
		switch {
		case err == nil:
			until = now.Add(lease)
		case errors.Is(err, workflow.Fenced):
			lose(err)
			return
		case !w.now().Before(until):
			lose(fmt.Errorf("the claim ended, and was not renewed (%v): %w", err, workflow.Fenced))
			return
		}
	}
}

// extend asks for no longer than what is left of the claim: a server that hangs must not
// make us believe in it.
func (w *Worker) extend(ctx context.Context, t workflow.Task, left time.Duration, until time.Time) error {
	if left <= 0 {
		return errors.New("too late")
	}
	short, done := context.WithTimeout(ctx, left)
	defer done()
	return w.Due.Extend(short, t, until)
}

// wind ends the longer contexts of a task some time after ctx has ended.
func (w *Worker) wind(ctx, released context.Context, lose, over context.CancelCauseFunc) {
	select {
	case <-released.Done():
		return
	case <-ctx.Done():
	}
	if w.rest(released, w.waits().Grace) {
		lose(errOver)
	}
	if w.rest(released, returning) {
		over(errOver)
	}
}
