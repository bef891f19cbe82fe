package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

func effectDue(t *testing.T, h Harness) {
	s := h.Open(t)
	c := birth(t, 1)
	commit(t, s, c)
	if early := claimAll(t, s, Start.Add(-time.Millisecond)); len(early) != 0 {
		t.Errorf("claimed before it was due: %+v", early)
	}
	task := claimOne(t, s, Start)
	want := c.Effects[0]
	if task.Effect == nil || *task.Effect != want || task.Request != c.Request.ID {
		t.Errorf("claimed %+v, want effect %+v", task, want)
	}
	if !task.DueAt.Equal(Start) || task.Attempts != 0 || task.Note != "" || task.Claim == 0 {
		t.Errorf("first claim: %+v", task)
	}
}

func leaseHides(t *testing.T, h Harness) {
	s, other := h.Open(t), h.Open(t)
	ctx := t.Context()
	born(t, s, 1)
	first := claimOne(t, s, Start) // and its holder dies
	if seen := claimAll(t, other, Start.Add(time.Minute-time.Millisecond)); len(seen) != 0 {
		t.Fatalf("a claimed task was handed out again: %+v", seen)
	}
	if next, err := s.NextDue(ctx); err != nil || !next.Equal(Start.Add(time.Minute)) {
		t.Errorf("next due: got %v, %v, want the lease's end", next, err)
	}
	second := claimOne(t, other, Start.Add(time.Minute))
	if second.Attempts != 0 || second.Lapsed != 1 || second.Perhaps != 0 ||
		second.Claim == first.Claim || second.Effect == nil {
		t.Errorf("second claim: %+v after %+v", second, first)
	}
	for what, err := range map[string]error{
		"extend": s.Extend(ctx, first, Start.Add(time.Hour)),
		"retry":  s.Retry(ctx, first, Start.Add(time.Hour), "late"),
		"done":   s.Done(ctx, first),
	} {
		if !errors.Is(err, workflow.Fenced) {
			t.Errorf("%s by the dead holder: got %v, want Fenced", what, err)
		}
	}
	if next, err := s.NextDue(ctx); err != nil || !next.Equal(Start.Add(2*time.Minute)) {
		t.Errorf("next due after fenced calls: got %v, %v", next, err)
	}
}

func doneGone(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	r := born(t, s, 1)
	task := claimOne(t, s, Start)
	if err := s.Done(ctx, task); err != nil {
		t.Fatal(err)
	}
	if err := s.Done(ctx, task); err != nil {
		t.Errorf("done twice: %v", err)
	}
	if err := s.Extend(ctx, task, Start.Add(time.Hour)); !errors.Is(err, workflow.Fenced) {
		t.Errorf("extend after done: got %v, want Fenced", err)
	}
	if next, err := s.NextDue(ctx); err != nil || !next.Equal(r.WakeAt) {
		t.Errorf("next due: got %v, %v, want only the timer at %v", next, err, r.WakeAt)
	}
}

func timerDue(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	r := born(t, s, 1)
	if err := s.Done(ctx, claimOne(t, s, Start)); err != nil {
		t.Fatal(err)
	}
	if early := claimAll(t, s, r.WakeAt.Add(-time.Millisecond)); len(early) != 0 {
		t.Fatalf("timer fell early: %+v", early)
	}
	task := claimOne(t, s, r.WakeAt)
	if task.Effect != nil || task.Request != r.ID || !task.DueAt.Equal(r.WakeAt) {
		t.Fatalf("claimed %+v, want the timer of %s", task, r.ID)
	}
	if err := s.Done(ctx, task); err != nil {
		t.Fatal(err)
	}
	if next, err := s.NextDue(ctx); err != nil || !next.Equal(r.WakeAt) {
		t.Errorf("a done timer is set to %v, %v, want its request's %v", next, err, r.WakeAt)
	}
	task = claimOne(t, s, r.WakeAt)
	noted := decide(t, r, workflow.Event{Type: workflow.Held, Op: "held", Rule: "ack/from"}, r.WakeAt)
	commit(t, s, noted)
	if again := claimAll(t, s, r.WakeAt); len(again) != 0 {
		t.Errorf("a change that leaves the timer alone freed its claim: %+v", again)
	}
	moved := decide(t, noted.Request, workflow.Event{Type: workflow.DeadlineNear, Op: "alarm"}, r.WakeAt)
	commit(t, s, moved)
	if next, err := s.NextDue(ctx); err != nil || !next.Equal(moved.Request.WakeAt) {
		t.Errorf("next due: got %v, %v, want the moved timer at %v", next, err, moved.Request.WakeAt)
	}
	if err := s.Extend(ctx, task, Start); !errors.Is(err, workflow.Fenced) {
		t.Errorf("extend the moved timer: got %v, want Fenced", err)
	}
	if got := claimOne(t, s, moved.Request.WakeAt); got.Attempts != 0 {
		t.Errorf("the moved timer starts with %d attempts", got.Attempts)
	}
}

func claimLost(t *testing.T, h Harness) {
	s := h.Open(t)
	r := born(t, s, 1)
	first := claimOne(t, s, Start)
	second := claimOne(t, s, Start.Add(time.Minute))
	c := decide(t, r, sent("by the first", first.Effect.ID), Start)
	c.Claim = first.Claim
	if err := s.Commit(t.Context(), c); !errors.Is(err, workflow.Fenced) {
		t.Fatalf("commit with the lost claim: got %v, want Fenced", err)
	}
	aside := decide(t, r, workflow.Event{
		Type: workflow.Noted, Op: "beside it", Actor: "operator:o", Note: "a note",
	}, Start)
	aside.Held, aside.Claim = first.Effect.ID, first.Claim
	if err := s.Commit(t.Context(), aside); !errors.Is(err, workflow.Fenced) {
		t.Fatalf("commit what came of it with the lost claim: got %v, want Fenced", err)
	}
	aside.Claim = second.Claim
	commit(t, s, aside)
	c = decide(t, aside.Request, sent("by the second", first.Effect.ID), Start)
	c.Claim = second.Claim
	commit(t, s, c)
	if next, err := s.NextDue(t.Context()); err != nil || !next.Equal(c.Request.WakeAt) {
		t.Errorf("next due: got %v, %v, want only the timer at %v", next, err, c.Request.WakeAt)
	}
}
