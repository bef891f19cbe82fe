package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow"
)

// looks are what the daemon answers, one after the other; after the last the watcher
// is told to end.
func looks(t *testing.T, inPlace bool, answers ...func() (admin.Page, error)) (string, error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ticks := make(chan time.Time, len(answers))
	var out strings.Builder
	n := 0
	w := watcher{out: &out, inPlace: inPlace,
		now: func() time.Time { return begin.Add(time.Duration(n) * time.Second) },
		ask: func(context.Context) (admin.Page, error) {
			if n == len(answers) {
				stop()
				return admin.Page{}, ctx.Err()
			}
			n++
			ticks <- begin
			return answers[n-1]()
		}}
	err := w.run(ctx, ticks)
	return out.String(), err
}

func pageOf(requests ...admin.View) func() (admin.Page, error) {
	return func() (admin.Page, error) { return admin.Page{Requests: requests}, nil }
}

func inState(tag string, s workflow.State) admin.View {
	return admin.View{Tag: "[" + tag + "]", State: s}
}

func TestWatchWritesALineForEachChange(t *testing.T) {
	held := inState("DSR-A", workflow.Confirmed)
	held.OnHold, held.Reason, held.Joined, held.Escalated = true, workflow.ByOperator, 2, 1
	rest := func() (admin.Page, error) {
		return admin.Page{Requests: []admin.View{held}, Paused: &admin.Pausing{By: "operator:jo", Since: begin, Why: "move"}}, nil
	}
	got, err := looks(t, false,
		pageOf(inState("DSR-A", workflow.AwaitingConfirmation), inState("DSR-B", workflow.Stuck)),
		pageOf(inState("DSR-A", workflow.AwaitingConfirmation), inState("DSR-B", workflow.Stuck)),
		pageOf(inState("DSR-A", workflow.Confirmed)),
		func() (admin.Page, error) { return admin.Page{}, errors.New("reach the daemon: gone") },
		func() (admin.Page, error) { return admin.Page{}, errors.New("reach the daemon: gone") },
		rest, pageOf(held))
	want := `2026-11-02T09:00:01Z DSR-A awaiting_confirmation
2026-11-02T09:00:01Z DSR-B stuck
2026-11-02T09:00:03Z DSR-A confirmed
2026-11-02T09:00:03Z DSR-B left the list
2026-11-02T09:00:04Z reach the daemon: gone
2026-11-02T09:00:06Z the daemon answers again
2026-11-02T09:00:06Z PAUSED by operator:jo since 2026-11-02 09:00 UTC, until dsrd resume: move
2026-11-02T09:00:06Z DSR-A confirmed (by_operator, on hold, escalated, +2 mails)
2026-11-02T09:00:07Z resumed
`
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWatchForgetsNobodyBeyondTheLimit(t *testing.T) {
	cut := func() (admin.Page, error) {
		return admin.Page{Requests: []admin.View{inState("DSR-A", workflow.Stuck)}, Next: "more"}, nil
	}
	got, err := looks(t, false, pageOf(inState("DSR-A", workflow.Stuck), inState("DSR-B", workflow.Stuck)), cut)
	if err != nil || strings.Contains(got, "left the list") {
		t.Errorf("got %v\n%s", err, got)
	}
}

func TestWatchDrawsAnewOnATerminal(t *testing.T) {
	got, err := looks(t, true, pageOf(inState("DSR-A", workflow.Stuck)),
		func() (admin.Page, error) { return admin.Page{}, errors.New("reach the daemon: gone") }, pageOf())
	screens := strings.Split(got, "\x1b[H\x1b[2J")
	if err != nil || len(screens) != 4 {
		t.Fatalf("%d screens, %v:\n%q", len(screens)-1, err, got)
	}
	for i, want := range []string{"", "DSR-A", "reach the daemon: gone", "No request in these states."} {
		if !strings.Contains(screens[i], want) {
			t.Errorf("screen %d does not say %q: %q", i, want, screens[i])
		}
	}
}

func TestWatchNeedsADaemonAtFirst(t *testing.T) {
	_, err := looks(t, false, func() (admin.Page, error) { return admin.Page{}, errors.New("nobody answers") })
	if err == nil || err.Error() != "nobody answers" {
		t.Errorf("got %v", err)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	w := watcher{out: &strings.Builder{}, now: clock, ask: func(context.Context) (admin.Page, error) {
		stop()
		return admin.Page{}, errors.New("cut off")
	}}
	if err := w.run(ctx, nil); err != nil {
		t.Errorf("the end is no failure: %v", err)
	}
}

// full is a place where nothing can be written.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestWatchEndsWhenNobodyReads(t *testing.T) {
	w := watcher{out: full{}, now: clock, ask: func(context.Context) (admin.Page, error) {
		return pageOf(inState("DSR-A", workflow.Stuck))()
	}}
	if err := w.run(t.Context(), make(chan time.Time)); err == nil {
		t.Error("it went on")
	}
}
