package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// pauses: every replica learns of a pause; it ends when somebody says so, or by
// itself at its moment.
func pauses(t *testing.T, h Harness) {
	line := &Line{}
	s, other := h.Open(t, line.Adapt), h.Open(t)
	ctx := t.Context()
	at := func(now time.Time, want *store.Pausing) {
		t.Helper()
		got, paused, err := other.Paused(ctx, now)
		if err != nil || paused != (want != nil) {
			t.Fatalf("paused: got %+v, %v, %v, want %+v", got, paused, err, want)
		}
		if want == nil {
			want = &store.Pausing{}
		}
		if diff := cmp.Diff(*want, got); diff != "" {
			t.Errorf("pause (-want +got):\n%s", diff)
		}
	}
	pause := func(why string, until time.Time) {
		t.Helper()
		line.LoseReplies(1)
		if err := s.Pause(ctx, "ann", why, until, Start); err != nil {
			t.Fatal(err)
		}
	}
	at(Start, nil)
	pause("relay moves", time.Time{})
	at(Start.AddDate(9, 0, 0), &store.Pausing{By: "ann", Why: "relay moves", Since: Start})
	pause("until noon", Start.Add(3*time.Hour))
	noon := &store.Pausing{By: "ann", Why: "until noon", Since: Start, Until: Start.Add(3 * time.Hour)}
	at(Start.Add(3*time.Hour-time.Millisecond), noon)
	at(Start.Add(3*time.Hour), nil)
	at(Start, noon)
	for range 2 {
		if err := s.Resume(ctx); err != nil {
			t.Fatal(err)
		}
		at(Start, nil)
	}
	if err := s.Pause(ctx, "ann", "late", Start, Start); !errors.Is(err, workflow.Refused) {
		t.Errorf("pause until now: got %v, want Refused", err)
	}
	if err := s.Pause(ctx, "", "nobody", time.Time{}, Start); err == nil {
		t.Error("a pause that nobody wants: no error")
	}
	at(Start, nil)
}

// waits: a task that has to wait comes again, and the claim counted for nothing.
func waits(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	ctx := t.Context()
	r := born(t, s, 1)
	task := claimOne(t, s, Start)
	for n := 1; n <= 3; n++ { // the third time after an attempt that did count
		at := Start.Add(time.Duration(n) * time.Minute)
		if n == 3 {
			if err := s.Retry(ctx, task, at, "450"); err != nil {
				t.Fatal(err)
			}
			task = claimOne(t, s, at)
		}
		line.LoseReplies(1) // what was repeated is taken back once
		if err := s.Wait(ctx, task, at, "paused"); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"extend": s.Extend(ctx, task, Start.Add(time.Hour)),
			"done":   s.Done(ctx, task),
		} {
			if !errors.Is(err, workflow.Fenced) {
				t.Errorf("%s after giving back: got %v, want Fenced", what, err)
			}
		}
		if early := claimAll(t, s, at.Add(-time.Millisecond)); len(early) != 0 {
			t.Errorf("came again too early: %+v", early)
		}
		before := task
		task = claimOne(t, s, at)
		if task.Attempts != n/3 || task.Note != "paused" || task.Claim == before.Claim {
			t.Errorf("claimed again: %+v, want %d attempts", task, n/3)
		}
		if err := s.Wait(ctx, before, at.Add(time.Hour), ""); !errors.Is(err, workflow.Fenced) {
			t.Errorf("wait by the holder before: got %v, want Fenced", err)
		}
	}
	if err := s.Done(ctx, task); err != nil {
		t.Fatal(err)
	}
	timer := claimOne(t, s, r.WakeAt)
	if err := s.Wait(ctx, timer, r.WakeAt.Add(time.Hour), ""); err != nil {
		t.Fatal(err)
	}
	if timer = claimOne(t, s, r.WakeAt.Add(time.Hour)); timer.Attempts != 0 || timer.Note != "" {
		t.Errorf("a timer that waited: %+v", timer)
	}
}
