package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// While a shard is down, the partitions on the others go on as if nothing were.
func TestAShardThatIsDownHoldsUpNoOther(t *testing.T) {
	six := realSix(t)
	h := storetest.OnSix(six, store.Durability{})
	storetest.Patient(&h.Config)
	h.Config.Prefix = "dsrd" // by which the last of four partitions is alone on its master
	s, ctx := h.Open(t), t.Context()
	var born [4]workflow.Request
	for n := range 4 {
		c := birthIn(t, n, n)
		if err := s.Commit(ctx, c); err != nil {
			t.Fatal(err)
		}
		born[n] = c.Request
	}
	l, err := s.Acquire(ctx, "mailbox", "me", storetest.Start, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf("{%s:03}:seq", h.Config.Prefix)
	replica, err := six.ReplicaOf(key)
	if err != nil {
		t.Fatal(err)
	}
	master, err := six.MasterOf(key)
	if err != nil {
		t.Fatal(err)
	}
	replica.Kill()
	master.Kill()
	slow := func(what string, since time.Time) {
		t.Helper()
		if took := time.Since(since); took > 3*time.Second {
			t.Errorf("%s took %v", what, took)
		}
	}
	begun := time.Now()
	tasks, err := s.Claim(ctx, storetest.Start, 10, time.Minute)
	if slow("claim", begun); err != nil || len(tasks) != 3 {
		t.Errorf("claimed %d, %v, want those of three partitions", len(tasks), err)
	}
	if _, err := s.NextDue(ctx); err != nil {
		t.Errorf("next due: %v", err)
	}
	if count, err := s.Count(ctx); err != nil || count[born[0].State] != 3 {
		t.Errorf("counted %v, %v, want three", count, err)
	}
	if a, err := s.Oldest(ctx); err != nil || !a.OutboxSince.Equal(storetest.Start) {
		t.Errorf("oldest %+v, %v", a, err)
	}
	if again, err := s.Acquire(ctx, "mailbox", "me", storetest.Start, time.Minute); err != nil || again.Epoch != l.Epoch {
		t.Errorf("renewed %+v, %v", again, err)
	}
	found(t, s, born[1].ID.Locator(), born[1].ID, nil)
	found(t, s, born[3].ID.Locator(), "", workflow.Unavailable)
	found(t, s, "zzzzzzzz", "", workflow.Unavailable)
	if id, err := s.Match(ctx, string(born[1].ID)); err != nil || id != born[1].ID {
		t.Errorf("match a whole id: %v, %v", id, err)
	}
	if _, err := s.Match(ctx, born[1].ID.Tag()); !errors.Is(err, workflow.Unavailable) {
		t.Errorf("match a beginning: got %v, want Unavailable: another may begin so", err)
	}
	if _, err := s.Acquire(ctx, "mailbox", "another", storetest.Start.Add(time.Hour), time.Minute); !errors.Is(err, workflow.Unavailable) {
		t.Errorf("a new owner whom a partition cannot be told of: got %v", err)
	}
	short, done := context.WithTimeout(ctx, 500*time.Millisecond)
	defer done()
	begun = time.Now()
	err = s.Commit(short, birthIn(t, 3, 33))
	if slow("commit there", begun); !errors.Is(err, workflow.Unavailable) {
		t.Errorf("commit there: got %v", err)
	}
	if err := s.Commit(ctx, birthIn(t, 1, 11)); err != nil {
		t.Errorf("commit elsewhere: %v", err)
	}
}

func found(t *testing.T, s *store.Store, locator string, want workflow.ID, wantErr error) {
	t.Helper()
	ids, err := s.Find(t.Context(), locator)
	if !errors.Is(err, wantErr) || err == nil && (len(ids) != 1 || ids[0] != want) {
		t.Errorf("find %s: got %v, %v, want %s, %v", locator, ids, err, want, wantErr)
	}
}
