package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

func leases(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	acquire := func(owner string, after time.Duration) (workflow.Lease, error) {
		return s.Acquire(ctx, "mailbox", owner, Start.Add(after), time.Minute)
	}
	want := func(l workflow.Lease, err error, owner string, epoch int64, until time.Duration) {
		t.Helper()
		w := workflow.Lease{Name: "mailbox", Owner: owner, Epoch: epoch, Until: Start.Add(until)}
		if err != nil || l != w {
			t.Errorf("got %+v, %v, want %+v", l, err, w)
		}
	}
	a, err := acquire("a", 0)
	want(a, err, "a", 1, time.Minute)
	if l, err := acquire("b", 30*time.Second); !errors.Is(err, workflow.Fenced) || l.Owner != "a" {
		t.Errorf("acquire what a holds: got %+v, %v, want Fenced", l, err)
	}
	a, err = acquire("a", 30*time.Second)
	want(a, err, "a", 1, 90*time.Second)
	b, err := acquire("b", 90*time.Second)
	want(b, err, "b", 2, 150*time.Second)
	if _, err := acquire("a", 91*time.Second); !errors.Is(err, workflow.Fenced) {
		t.Errorf("renew a lost lease: got %v, want Fenced", err)
	}
	if err := s.Release(ctx, a); err != nil { // it is b's: nothing happens
		t.Error(err)
	}
	if _, err := acquire("a", 92*time.Second); !errors.Is(err, workflow.Fenced) {
		t.Errorf("acquire after a stranger's release: got %v, want Fenced", err)
	}
	if err := s.Release(ctx, b); err != nil {
		t.Error(err)
	}
	b, err = acquire("b", 93*time.Second)
	want(b, err, "b", 3, 153*time.Second)
}

// fencedEverywhere: the new holder's epoch counts in partitions where it has not
// yet committed anything.
func fencedEverywhere(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	stale, err := s.Acquire(t.Context(), "mailbox", "old", Start, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Acquire(t.Context(), "mailbox", "young", Start.Add(time.Hour), time.Minute); err != nil {
		t.Fatal(err)
	}
	c, err := workflow.Receive(facts(2, 1), "birth", Start)
	if err != nil {
		t.Fatal(err)
	}
	c.Fence = stale
	if err := s.Commit(t.Context(), c); !errors.Is(err, workflow.Fenced) {
		t.Errorf("commit in partition 2 under the old lease: got %v, want Fenced", err)
	}
}

// crowd: many workers at once get each task once a lease.
func crowd(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	const requests, workers = 60, 6
	for n := range requests {
		bornIn(t, s, n%3, n, 0)
	}
	var mu sync.Mutex
	seen := map[workflow.EffectID]int{}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				tasks, err := s.Claim(t.Context(), Start, 4, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if len(tasks) == 0 {
					return
				}
				mu.Lock()
				for _, task := range tasks {
					seen[task.Effect.ID]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(seen) != requests {
		t.Errorf("%d tasks were handed out, want %d", len(seen), requests)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("task %s was handed out %d times", id, n)
		}
	}
}

// claimLimit: never more than asked for, and no partition starves.
func claimLimit(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	for n := range 30 {
		bornIn(t, s, n%3, n, 0)
	}
	first := map[int]bool{}
	for range 3 {
		tasks, err := s.Claim(t.Context(), Start, 2, time.Minute)
		if err != nil || len(tasks) != 2 {
			t.Fatalf("claim 2: got %d, %v", len(tasks), err)
		}
		first[tasks[0].Request.Partition()] = true
	}
	if len(first) != 3 {
		t.Errorf("three claims began in partitions %v, want each once", first)
	}
}

// oldestFirst: in a partition, what waits longest is handed out first.
func oldestFirst(t *testing.T, h Harness) {
	s := h.Open(t)
	for _, n := range []int{3, 1, 2} {
		bornIn(t, s, 0, n, n)
	}
	for _, n := range []int{1, 2, 3} {
		tasks, err := s.Claim(t.Context(), Start.Add(4*day), 1, time.Minute)
		if err != nil || len(tasks) != 1 || tasks[0].Request != facts(0, n).ID {
			t.Fatalf("claim: got %+v, %v, want request %d", tasks, err, n)
		}
	}
}

// oldestOfAll: no partition is served better than another, however much waits in it.
func oldestOfAll(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	for n := range 12 {
		partition := 2 // that has most of what waits
		if n%4 == 1 {
			partition = n / 4
		}
		f := facts(partition, n)
		f.ReceivedAt = Start.Add(time.Duration(n) * time.Minute)
		c, err := workflow.Receive(f, fmt.Sprintf("birth of %d", n), f.ReceivedAt)
		if err != nil {
			t.Fatal(err)
		}
		commit(t, s, c)
	}
	for n := 0; n < 12; n += 3 {
		tasks, err := s.Claim(t.Context(), Start.Add(time.Hour), 3, time.Minute)
		if err != nil || len(tasks) != 3 {
			t.Fatalf("claim 3: got %d, %v", len(tasks), err)
		}
		for i, task := range tasks {
			if want := Start.Add(time.Duration(n+i) * time.Minute); !task.DueAt.Equal(want) {
				t.Errorf("task %d was due at %s, want %s", n+i, task.DueAt, want)
			}
		}
	}
}

func generations(t *testing.T, h Harness) {
	s := h.Open(t)
	if g := generation(t, s); g.ID != "" || !g.Empty {
		t.Errorf("of a store that nobody used: %+v", g)
	}
	if n := h.Raw(t, "EXISTS", h.key("gen")); n != int64(0) {
		t.Error("to read the generation founded it")
	}
	g := founded(t, s)
	if !g.Empty || g.Sequence != 0 || g.Epoch != 1 || len(g.ID) != 32 || !g.Created.Equal(Start) {
		t.Errorf("generation of an empty store: %+v", g)
	}
	born(t, s, 1)
	after := generation(t, h.Open(t))
	if after.ID != g.ID || after.Empty || after.Sequence != 1 {
		t.Errorf("generation after a birth: %+v, was %+v", after, g)
	}
}

// partitionsKept: a store that would not see all of its requests does not open.
func partitionsKept(t *testing.T, h Harness) {
	founded(t, h.Open(t, partitioned))
	one := func(c *store.Config) { c.Partitions = 1 }
	if _, err := h.Open(t, one).Generation(t.Context()); err == nil {
		t.Error("one partition configured where there are three: no error")
	}
	s := h.Open(t, one)
	if _, err := s.Load(t.Context(), facts(2, 1).ID); !errors.Is(err, workflow.NotFound) {
		t.Errorf("load from a partition that is not configured: got %v", err)
	}
}
