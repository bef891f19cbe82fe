package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	Gate     Gate          // nil: never paused
	Lease    time.Duration // of a claim; renewed every third of it
	Parallel int           // tasks carried out at once
	Tick     func(time.Duration) (<-chan time.Time, func())
}

// Defaults of a worker: a dead one's work comes due by itself after the lease.
const (
	DefaultLease    = 15 * time.Second
	DefaultParallel = 4
)

// maxAttempts without an outcome, before an effect is given to a person.
const maxAttempts = 3

// RunDue carries out everything that is due now, and what that makes due in
// turn; it gives the number of tasks finished or put off. An error is the
// store's; a task's own failure goes to the observer.
func (w *Worker) RunDue(ctx context.Context) (int, error) {
	s := &shift{Worker: w, finished: make(chan struct{})}
	for {
		n, err := s.start(ctx)
		if err != nil || n == 0 && s.running == 0 {
			s.end()
			return s.total, err
		}
		<-s.finished
		s.running--
	}
}

// Run carries out what falls due until ctx ends. A task that takes long keeps
// one slot and nothing else waiting; a store that is down makes it wait for the
// next tick, never end.
func (w *Worker) Run(ctx context.Context, wake <-chan struct{}) error {
	s := &shift{Worker: w, finished: make(chan struct{})}
	defer s.end()
	ticks, stop := w.Tick(idle)
	defer stop()
	for {
		if _, err := s.start(ctx); err != nil && ctx.Err() == nil {
			w.Engine.Observer.Failed(workflow.Task{}, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.finished:
			s.running--
		case <-wake:
		case <-ticks:
		}
	}
}

// idle is how often a worker looks for due work when nobody wakes it: another
// replica may have ordered something.
const idle = time.Second

// shift is the work that one loop has under way.
type shift struct {
	*Worker
	running  int
	total    int
	finished chan struct{}
}

// start claims as many tasks as there are free slots. No task is claimed before
// somebody can work on it, so that another replica may have it.
func (s *shift) start(ctx context.Context) (int, error) {
	free := max(1, s.Parallel) - s.running
	if free == 0 || ctx.Err() != nil {
		return 0, ctx.Err()
	}
	tasks, err := s.Due.Claim(ctx, s.Engine.Now(), free, s.Lease)
	if err != nil {
		return 0, fmt.Errorf("claim due tasks: %w", err)
	}
	for _, t := range tasks {
		go s.work(ctx, t)
	}
	s.running += len(tasks)
	s.total += len(tasks)
	return len(tasks), nil
}

func (s *shift) work(ctx context.Context, t workflow.Task) {
	defer func() { s.finished <- struct{}{} }()
	held, release := s.hold(ctx, t)
	defer release()
	if err := s.carry(held, t); err != nil {
		s.Engine.Observer.Failed(t, err)
	}
}

// end waits for what is under way.
func (s *shift) end() {
	for ; s.running > 0; s.running-- {
		<-s.finished
	}
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
		return w.finish(ctx, t, workflow.Event{Type: workflow.EffectDropped, Note: "no longer wanted"})
	}
	if why, err := w.mustWait(ctx, r, *t.Effect); why != "" {
		return errors.Join(err, w.wait(ctx, t, why))
	}
	carrier, ok := w.Carriers[t.Effect.Type]
	if !ok {
		return w.failed(ctx, t, fmt.Errorf("nobody carries out %s", t.Effect.Type))
	}
	out, err := carrier.Carry(ctx, r, t)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) // the claim runs out by itself
	}
	// What has happened outside is written down even while we are told to stop: a
	// mail that has left would leave again. The claim's number guards the commit.
	ctx = context.WithoutCancel(ctx)
	switch {
	case err != nil:
		return w.failed(ctx, t, err)
	case !out.Retry.IsZero() && out.Uncounted:
		return w.Due.Wait(ctx, t, out.Retry, cmp.Or(out.Note, t.Note))
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
	if e.Order == "" {
		e.Order = t.Effect.Type
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
	return workflow.Event{Type: workflow.EffectDropped, Reason: workflow.Undeliverable}
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
