package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Worker claims what is due and carries it out. Equal workers may run in many
// processes: a claim belongs to one of them, for the length of a lease.
type Worker struct {
	Engine   *Engine
	Due      Due
	Carriers map[workflow.EffectType]Carrier
	Scans    Scans
	Lease    time.Duration // of a claim; renewed every third of it
	Batch    int           // tasks claimed at once
	Parallel int           // tasks carried out at once
	Tick     func(time.Duration) (<-chan time.Time, func())
}

// Defaults of a worker: a dead one's work comes due by itself after the lease.
const (
	DefaultLease    = 15 * time.Second
	DefaultBatch    = 16
	DefaultParallel = 4
)

// maxAttempts without an outcome, before an effect is given to a person.
const maxAttempts = 3

// RunDue carries out everything that is due now, and what that makes due in
// turn; it gives the number of tasks finished or put off. An error is the
// store's; a task's own failure goes to the observer.
func (w *Worker) RunDue(ctx context.Context) (int, error) {
	total := 0
	for ctx.Err() == nil {
		tasks, err := w.Due.Claim(ctx, w.Engine.Now(), w.Batch, w.Lease)
		if err != nil {
			return total, fmt.Errorf("claim due tasks: %w", err)
		}
		if len(tasks) == 0 {
			return total, nil
		}
		w.carryAll(ctx, tasks)
		total += len(tasks)
	}
	return total, ctx.Err()
}

// carryAll works on a batch with bounded parallelism. Every task of the batch is
// kept claimed from now on, so that one that waits its turn is not taken away.
func (w *Worker) carryAll(ctx context.Context, tasks []workflow.Task) {
	slots := make(chan struct{}, max(1, w.Parallel))
	var all sync.WaitGroup
	for _, t := range tasks {
		all.Add(1)
		go func() {
			defer all.Done()
			held, release := w.hold(ctx, t)
			defer release()
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := w.carry(held, t); err != nil {
				w.Engine.Observer.Failed(t, err)
			}
		}()
	}
	all.Wait()
}

// hold renews the claim until release is called; the context ends when the claim
// is lost, so that a paused worker stops before it does anything.
func (w *Worker) hold(ctx context.Context, t workflow.Task) (context.Context, func()) {
	held, cancel := context.WithCancelCause(ctx)
	ticks, stop := w.Tick(w.Lease / 3)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for {
			select {
			case <-held.Done():
				return
			case <-ticks:
				err := w.Due.Extend(held, t, w.Engine.Now().Add(w.Lease))
				if errors.Is(err, workflow.Fenced) {
					cancel(err)
				}
			}
		}
	}()
	return held, func() { cancel(nil); stop(); <-finished }
}

func (w *Worker) carry(ctx context.Context, t workflow.Task) (err error) {
	defer func() {
		if p := recover(); p != nil { // one bad task must not take the others with it
			err = w.failed(ctx, t, fmt.Errorf("panic: %v", p))
		}
	}()
	r, err := w.Engine.Store.Load(ctx, t.Request)
	if err != nil {
		return fmt.Errorf("load request %s for its task: %w", t.Request, err)
	}
	if t.Effect == nil {
		return w.timer(ctx, r, t)
	}
	return w.effect(ctx, r, t)
}

func (w *Worker) effect(ctx context.Context, r workflow.Request, t workflow.Task) error {
	if !t.Effect.Stands(r) {
		return w.finish(ctx, t, workflow.Event{Type: workflow.LetterDropped, Note: "no longer wanted"})
	}
	carrier, ok := w.Carriers[t.Effect.Type]
	if !ok {
		return w.failed(ctx, t, fmt.Errorf("nobody carries out %s", t.Effect.Type))
	}
	out, err := carrier.Carry(ctx, r, t)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx) // the claim runs out by itself
	case err != nil:
		return w.failed(ctx, t, err)
	case !out.Retry.IsZero():
		return w.Due.Retry(ctx, t, out.Retry, out.Note)
	}
	return w.finish(ctx, t, out.Event)
}

// finish commits the event that ends the effect. An event that the law refuses
// in the request's present state ends the effect all the same: the state moved
// on while it was carried out.
func (w *Worker) finish(ctx context.Context, t workflow.Task, e workflow.Event) error {
	e.Effect, e.Actor = t.Effect.ID, "daemon"
	if e.Letter == "" {
		e.Letter = t.Effect.Type
	}
	e.Op = fmt.Sprintf("%s:%s", t.Effect.ID, e.Type)
	_, err := w.Engine.StepTask(ctx, t, e)
	if errors.Is(err, workflow.Refused) {
		err = w.Due.Done(ctx, t)
	}
	if tidier, ok := w.Carriers[t.Effect.Type].(Tidier); ok && err == nil {
		return tidier.Tidy(ctx, t)
	}
	return err
}

// failed tries again a little later, and after three attempts leaves it to a person.
func (w *Worker) failed(ctx context.Context, t workflow.Task, cause error) error {
	if t.Attempts+1 < maxAttempts || t.Effect == nil || t.Effect.Type.Housekeeping() {
		at := w.Engine.Now().Add(time.Duration(t.Attempts+1) * time.Minute)
		return errors.Join(cause, w.Due.Retry(ctx, t, at, "failed"))
	}
	return errors.Join(cause, w.finish(ctx, t, givenUp(t.Effect.Type)))
}

func givenUp(t workflow.EffectType) workflow.Event {
	switch {
	case t == workflow.Compile:
		return workflow.Event{Type: workflow.CompileFailed, Reason: workflow.CompileFailing}
	case t.Essential():
		return workflow.Event{Type: workflow.LetterFailed, Reason: workflow.Undeliverable}
	}
	return workflow.Event{Type: workflow.LetterDropped, Reason: workflow.Undeliverable}
}

// timer applies what the fallen timer means. Whatever happens, a timer that is
// still wanted comes due again: the commit sets it anew, or Retry does.
func (w *Worker) timer(ctx context.Context, r workflow.Request, t workflow.Task) error {
	event, due := workflow.Next(r, w.Engine.Now())
	if !due {
		if r.WakeAt.IsZero() {
			return w.Due.Done(ctx, t)
		}
		return w.Due.Retry(ctx, t, r.WakeAt, "")
	}
	if event.OvertakesMail() && w.Scans.CompleteSince().Before(r.WakeAt) {
		return w.Due.Retry(ctx, t, w.Engine.Now().Add(scanWait), "waits for a scan")
	}
	op := fmt.Sprintf("timer:%s:%d", event, r.Version)
	_, err := w.Engine.Step(ctx, r.ID, workflow.Event{Type: event, Op: op, Actor: "daemon"})
	if err != nil {
		return errors.Join(err, w.Due.Retry(ctx, t, w.Engine.Now().Add(scanWait), "failed"))
	}
	return nil
}

// scanWait is how long a reminder waits for the mailbox to be read first.
const scanWait = time.Minute

// idle is how often a worker looks for due work when nobody wakes it: another
// replica may have ordered something.
const idle = time.Second

// Run carries out what falls due until ctx ends. A store that is down makes it
// wait for the next tick, never end.
func (w *Worker) Run(ctx context.Context, wake <-chan struct{}) error {
	ticks, stop := w.Tick(idle)
	defer stop()
	for {
		if _, err := w.RunDue(ctx); err != nil && ctx.Err() == nil {
			w.Engine.Observer.Failed(workflow.Task{}, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-ticks:
		}
	}
}
