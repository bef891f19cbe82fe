package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/redistest"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// failovers is how many there are of each kind.
func failovers() int {
	if os.Getenv("STORE") == "full" {
		return 30
	}
	return 3
}

// ledger is what the store confirmed to its writers.
type ledger struct {
	mu      sync.Mutex
	births  []workflow.ID
	claimed map[workflow.EffectID]int64 // the latest claim of each that was confirmed
	refused int
}

func (l *ledger) born(id workflow.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.births = append(l.births, id)
}

func (l *ledger) sent(task workflow.Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claimed[task.Effect.ID] = task.Claim
}

func (l *ledger) fails() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
}

// count is how much was confirmed so far.
func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.births) + len(l.claimed)
}

// load lets writers commit births and send what is due, until stop is called.
type load struct {
	ledger
	numbers atomic.Int64
	stop    func()
}

// begin starts writers, whose requests are spread over the partitions.
func (l *load) begin(t *testing.T, h storetest.Harness, partitions int) {
	t.Helper()
	l.claimed = map[workflow.EffectID]int64{}
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	for n := range 4 {
		s := h.Open(t)
		working.Go(func() {
			for ctx.Err() == nil {
				l.write(ctx, t, s, partitions)
			}
		})
		if n == 0 {
			working.Go(func() {
				for ctx.Err() == nil {
					l.send(ctx, t, s)
				}
			})
		}
	}
	l.stop = func() { cancel(); working.Wait() }
}

func (l *load) write(ctx context.Context, t *testing.T, s *store.Store, partitions int) {
	n := int(l.numbers.Add(1))
	c := birthIn(t, n%partitions, n)
	for ctx.Err() == nil { // what is not confirmed is repeated, as the daemon does
		err := s.Commit(ctx, c)
		if err == nil {
			l.born(c.Request.ID)
			return
		}
		if ctx.Err() == nil && !errors.Is(err, workflow.Unavailable) {
			t.Errorf("commit: %v", err)
			return
		}
		l.fails()
	}
}

func (l *load) send(ctx context.Context, t *testing.T, s *store.Store) {
	tasks, err := s.Claim(ctx, storetest.Start, 4, time.Hour)
	if err != nil && ctx.Err() == nil && !errors.Is(err, workflow.Unavailable) {
		t.Errorf("claim: %v", err)
	}
	for _, task := range tasks {
		if s.Sending(ctx, task) == nil {
			l.sent(task)
		}
	}
}

// lost gives what was confirmed and is not there.
func (l *load) lost(t *testing.T, s *store.Store) (lost []string) {
	t.Helper()
	ctx := context.Background()
	for _, id := range l.births {
		if _, err := s.Load(ctx, id); err != nil {
			lost = append(lost, fmt.Sprintf("birth %s: %v", id, err))
		}
	}
	for id, claim := range l.claimed {
		r := workflow.ID(string(id)[:26])
		err := s.Sending(ctx, workflow.Task{Request: r, Effect: &workflow.Effect{ID: id}, Claim: claim})
		if err != nil {
			lost = append(lost, fmt.Sprintf("claim of %s: %v", id, err))
		}
	}
	return lost
}

func birthIn(t testing.TB, partition, n int) workflow.Change {
	t.Helper()
	r := birth(t, n).Request
	r.ID = workflow.NewID([]byte("key"), partition, workflow.Origin{From: r.Customer})
	c, err := workflow.Receive(r, fmt.Sprintf("birth %d", n), storetest.Start)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Primaries are killed under load, one after the other. Where a commit waits for all
// replicas, what was confirmed is there whoever is elected.
func TestFailoversLoseNothing(t *testing.T) {
	t.Run("behind Sentinels", func(t *testing.T) {
		trio := realTrio(t)
		h := storetest.OnTrio(trio, onAll)
		storetest.Patient(&h.Config)
		fail(t, h, 1, func(int) func() error {
			old, err := trio.Primary()
			if err == nil {
				err = trio.FailOver(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			return func() error { return trio.Return(old) }
		})
	})
	t.Run("of a cluster's shards", func(t *testing.T) {
		six := realSix(t)
		h := storetest.OnSix(six, onOne)
		storetest.Patient(&h.Config)
		fail(t, h, 4, func(n int) func() error {
			old, err := six.KillMasterOf(fmt.Sprintf("{%s:%02d}:seq", h.Config.Prefix, n%4))
			if err != nil {
				t.Fatal(err)
			}
			return func() error { return six.Return(old) }
		})
	})
}

// fail kills a primary again and again, and returns it each time.
func fail(t *testing.T, h storetest.Harness, partitions int, kill func(n int) func() error) {
	t.Helper()
	var l load
	l.begin(t, h, partitions)
	for n := range failovers() {
		grows(t, &l, 20+rand.IntN(50))
		back := kill(n)
		if err := back(); err != nil {
			t.Fatal(err)
		}
		grows(t, &l, 20)
	}
	l.stop()
	lost := l.lost(t, h.Open(t))
	t.Logf("figure: %d failovers %s: %d births and %d claims confirmed, %d calls refused meanwhile, %d lost",
		failovers(), strings.ReplaceAll(path.Base(t.Name()), "_", " "), len(l.births), len(l.claimed), l.refused, len(lost))
	if len(lost) > 0 {
		t.Errorf("lost: %q", lost[:min(len(lost), 5)])
	}
	if l.refused == 0 {
		t.Error("no call was refused: was anything killed?")
	}
}

// grows waits until so much more is confirmed.
func grows(t *testing.T, l *load, by int) {
	t.Helper()
	want := l.count() + by
	until(t, func() bool { return l.count() >= want })
}

// The same without a gate, and with replicas that lag: what was confirmed is lost. Whoever
// saw it is told so, by the first call, before anything is written.
func TestAFailoverWithoutWaitingIsNoticed(t *testing.T) {
	t.Run("behind Sentinels", func(t *testing.T) {
		trio := realTrio(t)
		h := storetest.OnTrio(trio, store.Durability{})
		storetest.Patient(&h.Config)
		noticed(t, h, 0, onAll, func() { lag(t, trio.Detach, trio.Replicas()...) }, func() error {
			return trio.FailOver(t.Context())
		})
	})
	t.Run("of a cluster's shard", func(t *testing.T) {
		six := realSix(t)
		h := storetest.OnSix(six, store.Durability{})
		storetest.Patient(&h.Config)
		key := fmt.Sprintf("{%s:02}:seq", h.Config.Prefix)
		replica, err := six.ReplicaOf(key)
		if err != nil {
			t.Fatal(err)
		}
		noticed(t, h, 2, onOne, func() { lag(t, six.Detach, replica) }, func() error {
			_, err := six.KillMasterOf(key)
			return err
		})
	})
}

func lag(t *testing.T, detach func(*redistest.Server), replicas ...*redistest.Server) {
	t.Helper()
	for _, r := range replicas {
		detach(r)
	}
}

func noticed(
	t *testing.T, h storetest.Harness, partition int, all store.Durability, lag func(), fail func() error,
) {
	t.Helper()
	s, ctx := h.Open(t), t.Context()
	commit := func(n int) workflow.ID {
		c := birthIn(t, partition, n)
		if err := s.Commit(ctx, c); err != nil {
			t.Fatal(err)
		}
		return c.Request.ID
	}
	first := birthIn(t, partition, 1) // that all have
	gated := h.Open(t, func(c *store.Config) { c.Durability = all })
	if err := gated.Commit(ctx, first); err != nil {
		t.Fatal(err)
	}
	kept := first.Request.ID
	lag()
	var ids []workflow.ID
	for n := range 20 {
		ids = append(ids, commit(n+2))
	}
	if err := fail(); err != nil {
		t.Fatal(err)
	}
	var short *store.Behind
	until(t, func() bool {
		_, err := s.Claim(ctx, storetest.Start.Add(-time.Hour), 1, time.Minute)
		return !errors.Is(err, workflow.Unavailable) && errors.As(err, &short)
	})
	if short.Partition != partition || short.Have >= short.Want || short.Want != 21 {
		t.Errorf("noticed %+v", short)
	}
	if err := s.Commit(ctx, birthIn(t, partition, 99)); !errors.Is(err, workflow.Outdated) {
		t.Errorf("commit: got %v, want Outdated", err)
	}
	gone := slices.DeleteFunc(ids, func(id workflow.ID) bool {
		_, err := s.Load(ctx, id)
		return err == nil
	})
	if _, err := s.Load(ctx, kept); err != nil || len(gone) == 0 {
		t.Errorf("%d are lost, want some; what the replica had: %v", len(gone), err)
	}
	t.Logf("figure: %d of 20 confirmed commits lost, noticed as: %v", len(gone), short)
}
