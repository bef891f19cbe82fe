package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// leaseAbove: where the lease itself was lost and partitions remember later owners, the
// next one is above them all, and nobody else has its epoch.
func leaseAbove(t *testing.T, h Harness) {
	for fenced, want := range map[string]int64{"7": 8, "1": 2} {
		s := h.Open(t, partitioned)
		name := "mailbox " + fenced
		h.Raw(t, "HSET", h.keyOf(1, "fence"), name, fenced)
		l, err := s.Acquire(t.Context(), name, "young", Start, time.Minute)
		if err != nil || l.Epoch != want {
			t.Errorf("acquired %+v, %v, want epoch %d", l, err, want)
		}
		c := birthIn(t, 1, int(want))
		c.Fence = l
		commit(t, s, c)
		again, err := s.Acquire(t.Context(), name, "young", Start, time.Minute)
		if err != nil || again.Epoch != want {
			t.Errorf("renewed %+v, %v, want epoch %d", again, err, want)
		}
	}
}

// leaseAgain: who renews tells partitions what they forgot, and gives up where a later
// owner is known: then it has to be taken anew, above that one.
func leaseAgain(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	stale, err := s.Acquire(t.Context(), "mailbox", "old", Start, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	acquire := func() (workflow.Lease, error) {
		return s.Acquire(t.Context(), "mailbox", "young", Start.Add(time.Hour), time.Minute)
	}
	if _, err := acquire(); err != nil {
		t.Fatal(err)
	}
	h.Raw(t, "DEL", h.keyOf(2, "fence"))
	if _, err := acquire(); err != nil {
		t.Fatal(err)
	}
	c := birthIn(t, 2, 1)
	c.Fence = stale
	if err := s.Commit(t.Context(), c); !errors.Is(err, workflow.Fenced) {
		t.Errorf("commit under the old lease: got %v, want Fenced", err)
	}
	h.Raw(t, "HSET", h.keyOf(2, "fence"), "mailbox", "9")
	if _, err := acquire(); !errors.Is(err, workflow.Fenced) {
		t.Errorf("renew below a later owner: got %v, want Fenced", err)
	}
	if l, err := acquire(); err != nil || l.Epoch != 10 {
		t.Errorf("taken anew: %+v, %v, want epoch 10", l, err)
	}
}

// leaseUntold: who took a lease and could not tell every partition has it no more than before:
// where the old owner is not refused, there are two.
func leaseUntold(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	stale, err := s.Acquire(t.Context(), "mailbox", "old", Start, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	acquire := func() (workflow.Lease, error) {
		return s.Acquire(t.Context(), "mailbox", "young", Start.Add(time.Hour), time.Minute)
	}
	h.Raw(t, "RENAME", h.keyOf(2, "fence"), h.keyOf(2, "aside"))
	h.Raw(t, "SET", h.keyOf(2, "fence"), "not what it should be")
	for _, call := range []string{"first", "second"} {
		if l, err := acquire(); err == nil {
			t.Errorf("acquired %+v by the %s call, while partition 2 cannot be told", l, call)
		}
	}
	h.Raw(t, "RENAME", h.keyOf(2, "aside"), h.keyOf(2, "fence"))
	if l, err := acquire(); err != nil || l.Epoch != 2 {
		t.Errorf("acquired %+v, %v, want epoch 2", l, err)
	}
	c := birthIn(t, 2, 1)
	c.Fence = stale
	if err := s.Commit(t.Context(), c); !errors.Is(err, workflow.Fenced) {
		t.Errorf("commit under the old lease: got %v, want Fenced", err)
	}
	h.Raw(t, "SET", h.keyOf(2, "fence"), "not what it should be")
	if l, err := acquire(); err != nil {
		t.Errorf("renewed %+v, %v, where every partition was told", l, err)
	}
}

// mailFenced: who lost a mailbox writes nothing down of its mails.
func mailFenced(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	l, err := s.Acquire(ctx, "mailbox", "old", Start, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	old := s.Under(l)
	m, err := old.BeginMail(ctx, mailRecord(1), Start)
	if err != nil {
		t.Fatal(err)
	}
	later, err := s.Acquire(ctx, "mailbox", "young", Start.Add(time.Hour), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	m.Outcome = workflow.MailStarted
	for what, err := range map[string]error{
		"begin":  second(old.BeginMail(ctx, mailRecord(2), Start)),
		"finish": old.FinishMail(ctx, m), "put off": old.PutOff(ctx, m),
		"ignore": old.IgnoreMail(ctx, m.Digest),
	} {
		if !errors.Is(err, workflow.Fenced) {
			t.Errorf("%s by the old owner: got %v, want Fenced", what, err)
		}
	}
	young := s.Under(later)
	if got, err := young.BeginMail(ctx, m, Start); err != nil || got.Attempts != 2 || got.Outcome != "" {
		t.Errorf("begin by the young: %+v, %v", got, err)
	}
	if err := young.FinishMail(ctx, m); err != nil {
		t.Error(err)
	}
	if err := s.ReplayMail(ctx, m.Digest); err != nil { // an operator has no lease
		t.Error(err)
	}
}
