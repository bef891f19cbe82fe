package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// lapses: an attempt counts when it ends; of a claim that ended by itself it is told apart.
func lapses(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	born(t, s, 1)
	now := Start
	want := func(attempts, lapsed int) workflow.Task {
		t.Helper()
		task := claimOne(t, s, now)
		if task.Attempts != attempts || task.Lapsed != lapsed || task.Perhaps != 0 {
			t.Fatalf("claimed %+v, want %d attempts, %d lapsed", task, attempts, lapsed)
		}
		return task
	}
	want(0, 0) // and its holder dies
	now = now.Add(time.Minute)
	task := want(0, 1)
	if err := s.Retry(ctx, task, now, "450"); err != nil {
		t.Fatal(err)
	}
	task = want(1, 1)
	if err := s.Wait(ctx, task, now, ""); err != nil {
		t.Fatal(err)
	}
	want(1, 1) // and its holder dies
	now = now.Add(time.Minute)
	task = want(1, 2)
	tasks, err := s.Tasks(ctx, task.Request)
	if err != nil || len(tasks) != 1 || tasks[0].Lapsed != 2 || tasks[0].Attempts != 1 {
		t.Errorf("shown: %+v, %v", tasks, err)
	}
	if err := s.Done(ctx, task); err != nil {
		t.Fatal(err)
	}
	if n := h.Raw(t, "EXISTS", h.key("lapsed")); n != int64(0) {
		t.Error("lapses of what is done are kept")
	}
}

// unreadable: a task that cannot be read, as one of a later release, holds up no other, and is an
// error where it is alone.
func unreadable(t *testing.T, h Harness) {
	s := h.Open(t)
	born(t, s, 1)
	born(t, s, 2)
	odd := claimAll(t, s, Start)[0]
	h.Raw(t, "HSET", h.key("task"), string(odd.Effect.ID), `{"Order":1`)
	later := Start.Add(time.Minute)
	if tasks := claimAll(t, s, later); len(tasks) != 1 || tasks[0].Request == odd.Request {
		t.Errorf("claimed %+v, want the other alone", tasks)
	} else if err := s.Done(t.Context(), tasks[0]); err != nil {
		t.Error(err)
	}
	if tasks, err := s.Claim(t.Context(), later.Add(time.Hour), 10, time.Minute); err == nil {
		t.Errorf("claimed %+v, want an error", tasks)
	}
}

// perhapsLeft: only a claim that was told that it may send, and then lapsed, may have sent.
func perhapsLeft(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	ctx := t.Context()
	r := born(t, s, 1)
	now := Start
	task := claimOne(t, s, now)
	before := generation(t, s).Sequence
	if err := s.Sending(ctx, task); err != nil {
		t.Fatal(err)
	}
	if got := generation(t, s).Sequence; got != before+1 || s.Seen().Sequences[0] != got {
		t.Errorf("the store stands at %d after %d, and this process saw %d: a store that forgets "+
			"what may have left looks like one that forgot nothing", got, before, s.Seen().Sequences)
	}
	lose(t, line, 1, func() error { return s.Sending(ctx, task) })
	if err := s.Wait(ctx, task, now, "withheld"); err != nil { // it knows that nothing left
		t.Fatal(err)
	}
	if n := h.Raw(t, "EXISTS", h.key("sending")); n != int64(0) {
		t.Error("what was given back is still said to be sent")
	}
	task = claimOne(t, s, now)
	if task.Perhaps != 0 || task.Lapsed != 0 {
		t.Errorf("claimed after it was given back: %+v", task)
	}
	if err := s.Sending(ctx, task); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute) // its holder died, or the store was away for so long
	if tasks, err := s.Claim(ctx, now, 1, 20*time.Second); err != nil || len(tasks) != 0 {
		t.Fatalf("claimed while its holder may still tell: %+v, %v", tasks, err)
	}
	if tasks, err := s.Claim(ctx, now.Add(9*time.Second), 1, time.Minute); err != nil || len(tasks) != 0 {
		t.Fatalf("claimed too soon: %+v, %v", tasks, err)
	}
	if err := s.Extend(ctx, task, now.Add(10*time.Second)); err != nil {
		t.Fatalf("its holder can hold it no more: %v", err)
	}
	now = now.Add(10 * time.Second)
	if task = claimOne(t, s, now); task.Perhaps != 1 || task.Lapsed != 1 {
		t.Errorf("claimed after a death while sending: %+v", task)
	}
	now = now.Add(time.Minute) // and this one before it sent anything
	if task = claimOne(t, s, now); task.Perhaps != 1 || task.Lapsed != 2 {
		t.Errorf("claimed after a death before: %+v", task)
	}
	if err := s.Sending(ctx, task); err != nil {
		t.Fatal(err)
	}
	c := decide(t, r, sent("sent", task.Effect.ID), now)
	c.Claim = task.Claim
	commit(t, s, c)
	for _, rest := range []string{"lapsed", "sending", "perhaps"} {
		if n := h.Raw(t, "EXISTS", h.key(rest)); n != int64(0) {
			t.Errorf("%s of what was sent is kept", rest)
		}
	}
}

// sendingFenced: whoever lost the claim, or never had one, sends nothing.
func sendingFenced(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	born(t, s, 1)
	first := claimOne(t, s, Start)
	second := claimOne(t, s, Start.Add(time.Minute))
	if err := s.Sending(ctx, first); !errors.Is(err, workflow.Fenced) {
		t.Errorf("by the first: got %v, want Fenced", err)
	}
	if err := s.Sending(ctx, second); err != nil {
		t.Errorf("by the second: %v", err)
	}
	if err := s.Wait(ctx, second, Start, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Sending(ctx, second); !errors.Is(err, workflow.Fenced) {
		t.Errorf("of what was given back: got %v, want Fenced", err)
	}
	odd := second
	odd.Request, odd.Effect = "no id at all", nil
	if err := s.Sending(ctx, odd); err == nil || errors.Is(err, workflow.Fenced) {
		t.Errorf("of no request: got %v", err)
	}
}

// unclaimed: a fact finishes its effect without a claim, and whoever has claimed it since
// is fenced; told once more with the claim of before, it is a repetition.
func unclaimed(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	r := born(t, s, 1)
	first := claimOne(t, s, Start)
	second := claimOne(t, s, Start.Add(time.Minute))
	c := decide(t, r, sent("sent", first.Effect.ID), Start)
	c.Claim = first.Claim
	if err := s.Commit(ctx, c); !errors.Is(err, workflow.Fenced) {
		t.Fatalf("with the lost claim: got %v, want Fenced", err)
	}
	c.Claim = 0
	commit(t, s, c)
	c.Claim = first.Claim
	commit(t, s, c)
	if err := s.Sending(ctx, second); !errors.Is(err, workflow.Fenced) {
		t.Errorf("the other's copy: got %v, want Fenced", err)
	}
	if tasks, err := s.Tasks(ctx, r.ID); err != nil || len(tasks) != 0 {
		t.Errorf("what still waits: %+v, %v", tasks, err)
	}
}

// claimsDiffer: a rollback gives no number out a second time.
func claimsDiffer(t *testing.T, h Harness) {
	s := h.Open(t)
	born(t, s, 1)
	first := claimOne(t, s, Start)
	h.Raw(t, "DEL", h.key("claim")) // as it was before
	h.Raw(t, "ZADD", h.key("due"), milli(Start), string(first.Effect.ID))
	claimOne(t, h.Open(t), Start)
	for what, err := range map[string]error{
		"extend":  s.Extend(t.Context(), first, Start.Add(time.Hour)),
		"retry":   s.Retry(t.Context(), first, Start, ""),
		"sending": s.Sending(t.Context(), first),
		"done":    s.Done(t.Context(), first),
	} {
		if !errors.Is(err, workflow.Fenced) {
			t.Errorf("%s by the claim of the lost life: got %v, want Fenced", what, err)
		}
	}
}

// copiesWait: the copy of what was sent falls due after what is to be sent.
func copiesWait(t *testing.T, h Harness) {
	s := h.Open(t)
	c := birth(t, 1)
	e := c.Effects[0]
	e.ID, e.Type = e.ID+"9", workflow.KeepCopy
	c.Effects = append(c.Effects, e)
	commit(t, s, c)
	claimOne(t, s, Start.Add(time.Second-time.Millisecond))
	if task := claimOne(t, s, Start.Add(time.Second)); task.Effect.Type != workflow.KeepCopy {
		t.Errorf("claimed %+v", task)
	}
}
