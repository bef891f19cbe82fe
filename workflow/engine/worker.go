package engine

import (
	"cmp"
	"context"
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
	Gate     Gate // nil: never paused
	Clock    Clock
	Waits    Waits
	Lease    time.Duration // of a claim, where Waits names none
	Parallel int           // tasks carried out at once
	Tick     func(time.Duration) (<-chan time.Time, func())
	// Twice is told once for each copy of a letter that may have left beside the one that
	// should have: cause is "crash", "ambiguous" or "fenced". Nil: nobody counts.
	Twice func(t workflow.Task, cause string)
}

// Clock is what a worker takes for the time.
type Clock struct {
	// Now is what claims and waits are reckoned by; nil: the engine's.
	Now func() time.Time
	// Trusted reports whether this clock goes as the others do; nil: it does. By one that
	// does not, nobody is reminded and nothing expires, escalates or is removed.
	Trusted func() bool
}

// Waits are how long a worker waits for what. What is zero is as usual.
type Waits struct {
	Lease  time.Duration // of a claim, renewed every third of it: 15 s
	Look   time.Duration // between two looks for due work: 1 s
	Scan   time.Duration // of a reminder, for the mailbox to be read first: 1 min
	Pause  time.Duration // of what is on hold or paused, until it is asked again: 1 min
	Failed time.Duration // after the first failure, longer after each: 1 min
	Grace  time.Duration // of a letter on its way when the daemon is told to end: 20 s
}

// Defaults of a worker: a dead one's work comes due by itself after the lease.
const (
	DefaultLease    = 15 * time.Second
	DefaultParallel = 4
)

// waits are the worker's, with what is usual in the place of what is not set.
func (w *Worker) waits() Waits {
	return Waits{
		Lease:  cmp.Or(w.Waits.Lease, w.Lease, DefaultLease),
		Look:   cmp.Or(w.Waits.Look, time.Second),
		Scan:   cmp.Or(w.Waits.Scan, time.Minute),
		Pause:  cmp.Or(w.Waits.Pause, time.Minute),
		Failed: cmp.Or(w.Waits.Failed, time.Minute),
		Grace:  cmp.Or(w.Waits.Grace, 20*time.Second),
	}
}

func (w *Worker) now() time.Time {
	if w.Clock.Now == nil {
		return w.Engine.Now()
	}
	return w.Clock.Now()
}

func (w *Worker) trusted() bool { return w.Clock.Trusted == nil || w.Clock.Trusted() }

// RunDue carries out everything that is due now, and what that makes due in
// turn; it gives the number of tasks finished or put off. An error is the
// store's; a task's own failure goes to the observer.
func (w *Worker) RunDue(ctx context.Context) (int, error) {
	s := newShift(w)
	for {
		n, err := s.start(ctx)
		if err != nil || n == 0 && s.running == 0 {
			s.end(ctx)
			return s.total, err
		}
		s.await(ctx, <-s.finished)
	}
}

// Run carries out what falls due until ctx ends. A task that takes long keeps
// one slot and nothing else waiting; a store that is down makes it wait for the
// next tick, never end. Told to end, it begins nothing more, gives back what has
// not begun, and returns when letters that are on their way have left, or their
// grace is over.
func (w *Worker) Run(ctx context.Context, wake <-chan struct{}) error {
	s := newShift(w)
	defer s.end(ctx)
	ticks, stop := w.Tick(w.waits().Look)
	defer stop()
	for {
		if _, err := s.start(ctx); err != nil && ctx.Err() == nil {
			w.Engine.Observer.Failed(workflow.Task{}, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case task := <-s.finished:
			s.await(ctx, task)
		case <-wake:
		case <-ticks:
		}
	}
}

// shift is the work that one loop has under way.
type shift struct {
	*Worker
	running  int
	total    int
	under    map[string]*held
	finished chan string
}

func newShift(w *Worker) *shift {
	return &shift{Worker: w, under: map[string]*held{}, finished: make(chan string)}
}

// start claims as many tasks as there are free slots. No task is claimed before
// somebody can work on it, so that another replica may have it.
func (s *shift) start(ctx context.Context) (int, error) {
	free := max(1, s.Parallel) - s.running
	if free <= 0 || ctx.Err() != nil {
		return 0, ctx.Err()
	}
	now, lease := s.now(), s.waits().Lease
	tasks, err := s.Due.Claim(ctx, now, free, lease)
	if err != nil {
		return 0, fmt.Errorf("claim due tasks: %w", err)
	}
	started := 0
	for _, t := range tasks {
		claimed := handed{t, now.Add(lease)}
		if before := s.under[nameOf(t)]; before != nil {
			before.adopt(claimed)
			continue
		}
		s.begin(ctx, claimed)
		started++
	}
	return started, nil
}

func (s *shift) begin(ctx context.Context, t handed) {
	h := s.hold(ctx, t)
	s.under[nameOf(t.Task)] = h
	s.running++
	s.total++
	go s.work(h)
}

// nameOf tells tasks apart; a timer has its request's name.
func nameOf(t workflow.Task) string {
	if t.Effect == nil {
		return string(t.Request)
	}
	return string(t.Effect.ID)
}

func (s *shift) work(h *held) {
	defer func() { s.finished <- nameOf(h.Task) }()
	defer h.release()
	s.told(h.Task, s.carry(h))
}

// await takes note that a task has ended. One that came to this worker once more meanwhile is
// begun anew: nobody else has it, and otherwise it would lie until that claim ends.
func (s *shift) await(ctx context.Context, task string) {
	again := s.under[task].unused()
	delete(s.under, task)
	s.running--
	if again != nil {
		s.begin(ctx, *again)
	}
}

// end waits for what is under way.
func (s *shift) end(ctx context.Context) {
	for s.running > 0 {
		s.await(ctx, <-s.finished)
	}
}
