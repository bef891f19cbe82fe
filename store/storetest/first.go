package storetest

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// firstCame: whoever came first with a key stays the first, however often and in
// whatever order others ask.
func firstCame(t *testing.T, h Harness) {
	line := &Line{}
	s, other := h.Open(t, line.Adapt), h.Open(t)
	at := func(key, owner string, want bool) {
		t.Helper()
		got, err := s.First(t.Context(), key, owner, Start)
		if err != nil || got != want {
			t.Errorf("%s with %s: got %v, %v, want %v", owner, key, got, err, want)
		}
	}
	line.LoseReplies(1)
	at("k1", "d1", true)
	at("k1", "d1", true)
	at("k1", "d2", false)
	at("k2", "d2", true)
	at("k1", "d2", false)
	at("k1", "d1", true)
	if got, err := other.First(t.Context(), "k1", "d3", Start.Add(1e6*time.Hour)); err != nil || got {
		t.Errorf("a replica much later: got %v, %v, want false", got, err)
	}
	for _, odd := range [][2]string{{"", "d1"}, {"k3", ""}} {
		if _, err := s.First(t.Context(), odd[0], odd[1], Start); err == nil {
			t.Errorf("key %q of owner %q: no error", odd[0], odd[1])
		}
	}
}

// mailPutOff: an attempt that only waited is taken back once; a mail that came to
// its end stays there.
func mailPutOff(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	ctx := t.Context()
	begin := func(want int) workflow.MailRecord {
		t.Helper()
		m, err := s.BeginMail(ctx, mailRecord(1), Start.Add(time.Hour))
		if err != nil || m.Attempts != want {
			t.Fatalf("begin: attempt %d, %v, want %d", m.Attempts, err, want)
		}
		return m
	}
	putOff := func(m workflow.MailRecord) {
		t.Helper()
		if err := s.PutOff(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	begin(1)
	m := begin(2)
	line.LoseReplies(1)
	putOff(m)
	putOff(m)
	m = begin(2)
	if !m.FirstSeen.Equal(Start.Add(time.Hour)) {
		t.Errorf("first seen %v", m.FirstSeen)
	}
	m.Outcome = workflow.MailHeld
	if err := s.FinishMail(ctx, m); err != nil {
		t.Fatal(err)
	}
	putOff(m)
	if got, err := s.BeginMail(ctx, mailRecord(1), Start); err != nil || got.Outcome != workflow.MailHeld {
		t.Errorf("after the end: got %+v, %v", got, err)
	}
	if err := s.PutOff(ctx, workflow.MailRecord{}); err == nil {
		t.Error("a mail without digest: no error")
	}
}
