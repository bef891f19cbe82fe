package storetest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// lostReplies: each call whose reply is lost once is as good as one that was not.
func lostReplies(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	known := func(f func() error) { // the server has seen the script from now on
		t.Helper()
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	r := born(t, s, 1)

	c := decide(t, r, coded(1), Start)
	lose(t, line, 1, func() error { return s.Commit(ctx, c) })
	if got := load(t, s, r.ID); got.Version != 2 {
		t.Errorf("commit: version is %d, want 2", got.Version)
	}
	if g := generation(t, s); g.Sequence != 2 {
		t.Errorf("commit: sequence is %d, want 2", g.Sequence)
	}
	task := claimOne(t, s, Start)
	lose(t, line, 1, func() error { return s.Extend(ctx, task, Start.Add(time.Hour)) })
	lose(t, line, 1, func() error { return s.Retry(ctx, task, Start.Add(2*time.Hour), "450") })
	task = claimOne(t, s, Start.Add(2*time.Hour))
	if task.Attempts != 1 || task.Note != "450" {
		t.Errorf("retry: claimed %+v", task)
	}
	lose(t, line, 1, func() error { return s.Done(ctx, task) })
	known(func() error { _, err := s.Acquire(ctx, "other", "me", Start, time.Minute); return err })
	lose(t, line, 1, func() error {
		l, err := s.Acquire(ctx, "mailbox", "me", Start, time.Minute)
		if err == nil && l.Epoch != 1 {
			t.Errorf("acquire: epoch is %d, want 1", l.Epoch)
		}
		return err
	})
	begun := 0
	known(func() error { _, err := s.BeginMail(ctx, mailRecord(1), Start); return err })
	lose(t, line, 1, func() error {
		begun++
		m, err := s.BeginMail(ctx, mailRecord(2), Start)
		if err == nil && m.Attempts != begun {
			t.Errorf("begin mail: %d attempts, want %d", m.Attempts, begun)
		}
		return err
	})
	known(func() error { _, err := s.Allow(ctx, "other", 1, time.Hour, Start); return err })
	lose(t, line, 1, func() error { _, err := s.Allow(ctx, "k", 3, time.Hour, Start); return err })
	if ok, err := s.Allow(ctx, "k", 3, time.Hour, Start); err != nil || !ok {
		t.Errorf("allow: the lost call counted twice: %v, %v", ok, err)
	}
	line.LoseReplies(1)
	if ok, err := s.Allow(ctx, "once", 1, time.Hour, Start); err != nil || !ok {
		t.Errorf("allow: the only call was counted and refused: %v, %v", ok, err)
	}
	placed := func(op string) error {
		ok, err := s.TakePlace(ctx, op, [][]workflow.Window{{{Key: "p", Limit: 1, Length: time.Hour}}}, Start)
		if err == nil && ok != (op == "a") {
			t.Errorf("take place: %s got %v", op, ok)
		}
		return err
	}
	known(func() error { return placed("a") })
	lose(t, line, 1, func() error { return placed("a") })
	if err := placed("b"); err != nil {
		t.Error(err)
	}
	known(func() error { return s.Waits(ctx, "t", r.ID, Start) })
	lose(t, line, 1, func() error { return s.Waits(ctx, "t", r.ID, Start) })
	if q, err := s.Waiting(ctx, "t", Start); err != nil || q.Count != 1 {
		t.Errorf("waits: %+v, %v", q, err)
	}
	known(func() error { _, err := s.Put(ctx, r.ID, "x", strings.NewReader("x")); return err })
	lose(t, line, 2, func() error { _, err := s.Put(ctx, r.ID, "a", strings.NewReader("abc")); return err })
	if got := slurp(t, s, r.ID, "a"); got != "abc" {
		t.Errorf("put: read back %q", got)
	}
	lose(t, line, 1, func() error { return s.SaveCursor(ctx, "INBOX", store.Cursor{UIDValidity: 1}) })
}

// lose calls f with n replies lost on the way, and once more with as many
// commands lost.
func lose(t *testing.T, line *Line, n int, f func() error) {
	t.Helper()
	for _, way := range []func(int){line.LoseReplies, line.LoseCommands} {
		before := line.Lost
		way(n)
		if err := f(); err != nil {
			t.Fatalf("call with a broken line: %v", err)
		}
		if line.Lost != before+n {
			t.Fatalf("%d were lost, not %d", line.Lost-before, n)
		}
	}
}

// silence: a server that never answers is given up, and said to be unreachable.
func silence(t *testing.T, h Harness) {
	line := &Line{}
	waits := 0
	s := h.Open(t, line.Adapt, func(c *store.Config) {
		c.Backoff = func(context.Context, int) error { waits++; return nil }
	})
	r := born(t, s, 1)
	line.LoseCommands(1000)
	err := s.Commit(t.Context(), decide(t, r, coded(1), Start))
	var gone *store.Unreachable
	if !errors.As(err, &gone) || waits == 0 || waits > 20 {
		t.Errorf("commit to a silent server: got %v after %d waits", err, waits)
	}
	line.LoseCommands(0)
	if got := load(t, s, r.ID); got.Version != 1 {
		t.Errorf("version is %d, want 1", got.Version)
	}
}

// lostClaim: a claim whose reply was lost is not repeated, but comes due again.
func lostClaim(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	born(t, s, 1)
	line.LoseReplies(1)
	tasks, err := s.Claim(t.Context(), Start, 10, time.Minute)
	if len(tasks) != 0 || err == nil && !h.Config.Cluster { // a cluster's client repeats by itself
		t.Fatalf("claim with the reply lost: got %d tasks, %v", len(tasks), err)
	}
	if task := claimOne(t, s, Start.Add(time.Minute)); task.Lapsed != 1 {
		t.Errorf("claimed %+v, want one claim lapsed", task)
	}
}

func mailRecord(n int) workflow.MailRecord {
	return workflow.MailRecord{
		Digest: facts(0, n).Mail.Digest, Mailbox: "INBOX", UID: "7/" + string(rune('0'+n%10)),
		Arrived: Start,
	}
}

func slurp(t testing.TB, s *store.Store, id workflow.ID, name string) string {
	t.Helper()
	r, size, err := s.Open(t.Context(), id, name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != size {
		t.Errorf("blob %s has %d bytes, said to be %d", name, len(b), size)
	}
	return string(b)
}
