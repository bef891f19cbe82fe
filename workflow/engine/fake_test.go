package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// ledger is a store in a map with the promises the engine leans on: compare and set,
// and that what one open request asks for is not born again. Hooks are one-shot and run
// between two calls, where luck would be needed otherwise. The real store's promises are tested in store/storetest.
type ledger struct {
	mu       sync.Mutex
	requests map[workflow.ID]workflow.Request
	ops      map[string]bool
	tasks    []workflow.Task
	done     []workflow.EffectID
	put      []putOff
	waits    []putOff // put off uncounted
	before   func()   // runs once, before the next commit
	fenced   bool     // Extend and claimed commits answer that somebody else has the task
	entries  []workflow.Entry
	claims   int64
	// away is asked before every call, by its name; what it gives is what the call answers.
	away func(ctx context.Context, call string) error
}

type putOff struct {
	at   time.Time
	note string
}

func newLedger() *ledger {
	return &ledger{requests: map[workflow.ID]workflow.Request{}, ops: map[string]bool{}}
}

// ask is what the call answers if the store is away.
func (l *ledger) ask(ctx context.Context, call string) error {
	l.mu.Lock()
	away := l.away
	l.mu.Unlock()
	if away == nil {
		return nil
	}
	return away(ctx, call)
}

func (l *ledger) Load(ctx context.Context, id workflow.ID) (workflow.Request, error) {
	if err := l.ask(ctx, "load"); err != nil {
		return workflow.Request{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.requests[id]
	if !ok {
		return r, workflow.NotFound
	}
	return r, nil
}

func (l *ledger) Applied(_ context.Context, id workflow.ID, op string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ops[string(id)+op], nil
}

func (l *ledger) Commit(ctx context.Context, c workflow.Change) error {
	if err := l.ask(ctx, "commit"); err != nil {
		return err
	}
	if hook := l.takeHook(); hook != nil {
		hook()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ops[string(c.Request.ID)+c.Op] {
		return nil
	}
	if l.fenced && c.Done != "" && c.Claim != 0 {
		return workflow.Fenced
	}
	if l.requests[c.Request.ID].Version != c.Base {
		return workflow.Conflict
	}
	if open := l.occupant(c); c.Base == 0 && open != "" {
		return fmt.Errorf("commit: %w", &workflow.OpenAlready{ID: open})
	}
	l.requests[c.Request.ID] = c.Request
	l.ops[string(c.Request.ID)+c.Op] = true
	l.entries = append(l.entries, c.Entry)
	if c.Done != "" {
		l.done = append(l.done, c.Done)
	}
	for _, e := range c.Effects {
		l.tasks = append(l.tasks, workflow.Task{Request: e.Request, Effect: &e})
	}
	return nil
}

// occupant is the one open request that asks for all that the change asks for.
func (l *ledger) occupant(c workflow.Change) workflow.ID {
	for id, r := range l.requests {
		if len(c.Groups) > 0 && !r.Closed() && contains(r.Groups(), c.Groups) {
			return id
		}
	}
	return ""
}

func contains(all, some []string) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

func (l *ledger) takeHook() func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	hook := l.before
	l.before = nil
	return hook
}

func (l *ledger) Claim(_ context.Context, _ time.Time, limit int, _ time.Duration) ([]workflow.Task, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(limit, len(l.tasks))
	claimed := l.tasks[:n]
	l.tasks = l.tasks[n:]
	for i := range claimed {
		l.claims++
		claimed[i].Claim = l.claims
	}
	return claimed, nil
}

func (l *ledger) Extend(ctx context.Context, _ workflow.Task, _ time.Time) error {
	if err := l.ask(ctx, "extend"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fenced {
		return workflow.Fenced
	}
	return nil
}

func (l *ledger) Retry(ctx context.Context, _ workflow.Task, at time.Time, note string) error {
	if err := l.ask(ctx, "retry"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put = append(l.put, putOff{at, note})
	return nil
}

func (l *ledger) Wait(ctx context.Context, _ workflow.Task, until time.Time, note string) error {
	if err := l.ask(ctx, "wait"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits = append(l.waits, putOff{until, note})
	return nil
}

func (l *ledger) Done(_ context.Context, t workflow.Task) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.Effect != nil {
		l.done = append(l.done, t.Effect.ID)
	}
	return nil
}

func (l *ledger) NextDue(context.Context) (time.Time, error) { return time.Time{}, nil }

// quiet observes nothing but failures.
type quiet struct {
	mu     sync.Mutex
	failed []error
	tasks  []workflow.Task
}

func (q *quiet) Committed(workflow.Change) {}

func (q *quiet) Failed(t workflow.Task, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failed, q.tasks = append(q.failed, err), append(q.tasks, t)
}
