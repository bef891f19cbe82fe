package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

func readBack(t *testing.T, h Harness) {
	s := h.Open(t)
	c := birth(t, 1)
	if _, err := s.Load(t.Context(), c.Request.ID); !errors.Is(err, workflow.NotFound) {
		t.Fatalf("load before birth: got %v, want NotFound", err)
	}
	commit(t, s, c)
	if diff := cmp.Diff(c.Request, load(t, s, c.Request.ID)); diff != "" {
		t.Errorf("loaded request differs (-committed +loaded):\n%s", diff)
	}
}

func staleBase(t *testing.T, h Harness) {
	s := h.Open(t)
	r := born(t, s, 1)
	first := decide(t, r, coded(1), Start)
	second := decide(t, r, coded(2), Start)
	commit(t, s, first)
	if err := s.Commit(t.Context(), second); !errors.Is(err, workflow.Conflict) {
		t.Errorf("second commit on one base: got %v, want Conflict", err)
	}
	if diff := cmp.Diff(first.Request, load(t, s, r.ID)); diff != "" {
		t.Errorf("the refused commit left something (-first +loaded):\n%s", diff)
	}
}

func birthOnce(t *testing.T, h Harness) {
	s := h.Open(t)
	r := born(t, s, 1)
	again := birth(t, 1)
	again.Op = "another mail that leads to the same id"
	if err := s.Commit(t.Context(), again); !errors.Is(err, workflow.Conflict) {
		t.Errorf("second birth: got %v, want Conflict", err)
	}
	unborn := decide(t, facts2(t, 2), coded(1), Start)
	if err := s.Commit(t.Context(), unborn); !errors.Is(err, workflow.Conflict) {
		t.Errorf("change of a request that does not exist: got %v, want Conflict", err)
	}
	if got := load(t, s, r.ID); got.Version != 1 {
		t.Errorf("version is %d, want 1", got.Version)
	}
}

// facts2 is a request that was decided on but never committed.
func facts2(t *testing.T, n int) workflow.Request { return birth(t, n).Request }

func rival(t *testing.T, h Harness) {
	mine, theirs := h.Open(t), h.Open(t)
	id := born(t, mine, 1).ID
	r := load(t, mine, id)
	commit(t, theirs, decide(t, load(t, theirs, id), coded(1), Start))
	c := decide(t, r, sent("sent", ""), Start)
	if err := mine.Commit(t.Context(), c); !errors.Is(err, workflow.Conflict) {
		t.Fatalf("commit after the rival's: got %v, want Conflict", err)
	}
	commit(t, mine, decide(t, load(t, mine, id), sent("sent", ""), Start))
	got := load(t, mine, id)
	if got.Challenge == nil || got.AskedAt.IsZero() || got.Version != 3 {
		t.Errorf("one of the two changes is lost: %+v", got)
	}
}

func repeated(t *testing.T, h Harness) {
	s := h.Open(t)
	c := birth(t, 1)
	r := c.Request
	if seen, err := s.Applied(t.Context(), r.ID, c.Op); err != nil || seen {
		t.Fatalf("applied before: got %v, %v", seen, err)
	}
	commit(t, s, c)
	if seen, err := s.Applied(t.Context(), r.ID, c.Op); err != nil || !seen {
		t.Errorf("applied after: got %v, %v", seen, err)
	}
	next := decide(t, r, coded(1), Start)
	commit(t, s, next)
	commit(t, s, c) // late, after another change
	commit(t, s, next)
	if diff := cmp.Diff(next.Request, load(t, s, r.ID)); diff != "" {
		t.Errorf("a repetition changed the request (-want +got):\n%s", diff)
	}
	if tasks := claimAll(t, s, Start); len(tasks) != 1 {
		t.Errorf("%d effects wait after repetitions, want 1", len(tasks))
	}
	g := generation(t, s)
	if g.Sequence != 2 {
		t.Errorf("sequence is %d after two changes and three repetitions", g.Sequence)
	}
}

func fenced(t *testing.T, h Harness) {
	old, young := h.Open(t), h.Open(t)
	ctx := t.Context()
	stale, err := old.Acquire(ctx, "mailbox", "old", Start, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	c := birth(t, 1)
	c.Fence = stale
	commit(t, old, c)
	later := Start.Add(2 * time.Minute)
	held, err := young.Acquire(ctx, "mailbox", "young", later, time.Minute)
	if err != nil || held.Epoch != stale.Epoch+1 {
		t.Fatalf("take over: got %+v, %v", held, err)
	}
	late := birth(t, 2)
	late.Fence = stale
	if err := old.Commit(ctx, late); !errors.Is(err, workflow.Fenced) {
		t.Errorf("commit under the lost lease: got %v, want Fenced", err)
	}
	if _, err := old.Load(ctx, late.Request.ID); !errors.Is(err, workflow.NotFound) {
		t.Errorf("the fenced commit left a request: %v", err)
	}
	commit(t, old, c) // what was committed before is still answered
	late.Fence = held
	commit(t, young, late)
}
