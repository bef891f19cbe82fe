package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// Random commits random lives of requests to all given stores at once, and
// demands that they agree with each other and with the law after every step.
func Random(t *testing.T, harnesses ...Harness) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		w := world{t: t, rt: rt, now: Start, waiting: map[workflow.EffectID]workflow.Effect{}}
		for _, h := range harnesses {
			w.stores = append(w.stores, h.Open(t, func(c *store.Config) {
				c.Prefix, c.Rand = fmt.Sprintf("%s-%d", c.Prefix, n), &dice{}
			}))
		}
		w.born()
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			w.step()
			w.compare()
		}
		w.prove()
		for _, s := range w.stores {
			s.Close()
		}
	})
}

// world is what the stores should hold, kept by the simplest means.
type world struct {
	t       *testing.T
	rt      *rapid.T
	stores  []*store.Store
	now     time.Time
	r       workflow.Request
	last    workflow.Change
	waiting map[workflow.EffectID]workflow.Effect
	ops     int
	moved   int // how often the timer was set anew
}

func (w *world) born() {
	f := facts(0, 1)
	if rapid.Bool().Draw(w.rt, "unknown customer") {
		f.TenantID = ""
	}
	c, err := workflow.Receive(f, "birth", w.now)
	if err != nil {
		w.rt.Fatal(err)
	}
	w.commit(c, nil)
}

// commit expects the same answer of all stores, and follows it when it is nil.
func (w *world) commit(c workflow.Change, want error) {
	w.rt.Helper()
	for i, s := range w.stores {
		if err := s.Commit(w.t.Context(), c); !errors.Is(err, want) {
			w.rt.Fatalf("store %d: commit of %s: got %v, want %v", i, c.Entry.Event.Type, err, want)
		}
	}
	if want != nil {
		return
	}
	if !w.r.WakeAt.Equal(c.Request.WakeAt) {
		w.moved++
	}
	w.r, w.last = c.Request, c
	for _, e := range c.Effects {
		w.waiting[e.ID] = e
	}
	delete(w.waiting, c.Done)
}

func (w *world) step() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 9*24).Draw(w.rt, "hours")) * time.Hour)
	switch rapid.IntRange(0, 9).Draw(w.rt, "what") {
	case 0: // the same once more
		for _, s := range w.stores {
			if err := s.Commit(w.t.Context(), w.last); err != nil {
				w.rt.Fatalf("repetition: %v", err)
			}
		}
	case 1: // somebody who did not see the latest change
		stale := w.last
		stale.Op = fmt.Sprintf("stale %d", w.ops)
		w.ops++
		w.commit(stale, workflow.Conflict)
	case 2, 3, 4:
		w.work()
	default:
		w.happen("", 0)
	}
}

// happen lets a random event happen, if the law allows it.
func (w *world) happen(done workflow.EffectID, claim int64) bool {
	e := w.event()
	e.Effect = done
	c, err := workflow.Decide(w.r, e, w.now)
	if err != nil {
		return false
	}
	c.Claim = claim
	w.commit(c, nil)
	return true
}

func (w *world) event() workflow.Event {
	w.ops++
	e := workflow.Event{
		Type: rapid.SampledFrom(workflow.EventTypes()).Draw(w.rt, "event"),
		Op:   fmt.Sprintf("op %d", w.ops), Actor: "daemon", Admin: admin, Arrived: w.now,
		Order: workflow.SendConfirmation, Role: workflow.Owner,
	}
	switch e.Type {
	case workflow.CodeIssued:
		e.Challenge = &workflow.Challenge{Admin: admin, CodeHash: "hash", Number: w.ops}
	case workflow.PackageBuilt:
		e.Package = &workflow.Package{Blob: "package", Encryption: workflow.EncryptPassphrase}
	}
	if w.r.Challenge != nil && e.Type != workflow.CodeIssued {
		e.Number = w.r.Challenge.Number
	}
	return e
}

// work claims what is due from all stores; they must hand out the same. Each
// task is then finished by an event, given back, done, or forgotten by a worker
// that dies.
func (w *world) work() {
	ctx := w.t.Context()
	var all [][]workflow.Task
	for _, s := range w.stores {
		tasks, err := s.Claim(ctx, w.now, 100, time.Hour)
		if err != nil {
			w.rt.Fatal(err)
		}
		slices.SortFunc(tasks, func(a, b workflow.Task) int { return int(a.Claim - b.Claim) })
		all = append(all, tasks)
	}
	w.same("claimed tasks", all)
	moved := w.moved
	for _, task := range all[0] {
		fate := rapid.IntRange(0, 3).Draw(w.rt, "fate")
		switch {
		case fate == 0: // dies
		case fate == 1:
			var want error
			if task.Effect == nil && w.moved != moved { // by an event of this same round
				want = workflow.Fenced
			}
			at := w.now.Add(time.Hour)
			w.each(want, func(s *store.Store) error { return s.Retry(ctx, task, at, "again") })
		case task.Effect != nil && fate == 2 && w.happen(task.Effect.ID, task.Claim):
		case task.Effect != nil:
			w.each(nil, func(s *store.Store) error { return s.Done(ctx, task) })
			delete(w.waiting, task.Effect.ID)
		}
	}
	w.now = w.now.Add(2 * time.Hour) // all that died or was given back is due again
}

func (w *world) each(want error, f func(*store.Store) error) {
	w.rt.Helper()
	for i, s := range w.stores {
		if err := f(s); !errors.Is(err, want) {
			w.rt.Fatalf("store %d: got %v, want %v", i, err, want)
		}
	}
}

func (w *world) same(what string, answers [][]workflow.Task) {
	w.rt.Helper()
	for i := range answers {
		if diff := cmp.Diff(answers[0], answers[i]); diff != "" {
			w.rt.Fatalf("%s of stores 0 and %d differ:\n%s", what, i, diff)
		}
	}
}

// compare asks every port what it knows of the request.
func (w *world) compare() {
	w.rt.Helper()
	ctx := w.t.Context()
	for i, s := range w.stores {
		got, err := s.Load(ctx, w.r.ID)
		if diff := cmp.Diff(w.r, got); err != nil || diff != "" {
			w.rt.Fatalf("store %d: load: %v (-want +got):\n%s", i, err, diff)
		}
		count, err := s.Count(ctx)
		if diff := cmp.Diff(map[workflow.State]int64{w.r.State: 1}, count); err != nil || diff != "" {
			w.rt.Fatalf("store %d: count: %v (-want +got):\n%s", i, err, diff)
		}
		tasks, err := s.Tasks(ctx, w.r.ID)
		if err != nil || len(tasks) != len(w.waiting) {
			w.rt.Fatalf("store %d: %d tasks wait, %v, want %d", i, len(tasks), err, len(w.waiting))
		}
		for _, task := range tasks {
			if *task.Effect != w.waiting[task.Effect.ID] {
				w.rt.Fatalf("store %d: waiting %+v", i, task)
			}
		}
		if next, err := s.NextDue(ctx); err != nil || next.IsZero() && !w.r.WakeAt.IsZero() {
			w.rt.Fatalf("store %d: next due %v, %v, and the request wakes at %v", i, next, err, w.r.WakeAt)
		}
	}
}

// prove verifies the history and replays it.
func (w *world) prove() {
	w.rt.Helper()
	for i, s := range w.stores {
		entries, err := s.History(w.t.Context(), w.r.ID)
		if err != nil {
			w.rt.Fatal(err)
		}
		salt := w.r.Salt
		if w.r.Purged { // what happens after it is committed under no salt
			salt = ""
		}
		if err := workflow.VerifyHistory(entries, w.r.HistoryHead, salt); err != nil {
			w.rt.Fatalf("store %d: %v", i, err)
		}
		again, err := workflow.Replay(entries)
		if diff := cmp.Diff(w.r, again); err != nil || diff != "" {
			w.rt.Fatalf("store %d: replay: %v (-want +got):\n%s", i, err, diff)
		}
	}
}
