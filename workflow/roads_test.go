package workflow_test

import (
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// roads lead from birth to each state.
func roads() map[workflow.State][]workflow.EventType {
	asked := []workflow.EventType{workflow.CodeIssued, workflow.LetterSent}
	confirmed := append(asked[:2:2], workflow.Acknowledged)
	compiling := append(confirmed[:3:3], workflow.SlotOpened)
	delivering := append(compiling[:4:4], workflow.PackageBuilt)
	return map[workflow.State][]workflow.EventType{
		workflow.NeedsReview:          nil, // of an unknown customer
		workflow.AwaitingConfirmation: asked,
		workflow.Confirmed:            confirmed,
		workflow.Compiling:            compiling,
		workflow.Delivering:           delivering,
		workflow.Completed:            append(delivering[:5:5], workflow.PackageSent),
		workflow.Declined:             {workflow.OperatorDeclined},
		workflow.Expired:              {workflow.OperatorExpired},
		workflow.RefusedState:         {workflow.TenantLost},
		workflow.Cancelled:            {workflow.OperatorCancelled},
		workflow.Stuck:                append(asked[:2:2], workflow.Bounced),
	}
}

// at is a life that has come to that state.
func at(t *testing.T, s workflow.State, p workflow.Policy) *life {
	t.Helper()
	r := birth(p)
	if s == workflow.NeedsReview {
		r.TenantID = ""
	}
	l := newLife(t, r)
	l.must(t, roads()[s]...)
	if l.r.State != s {
		t.Fatalf("the road to %s leads to %s", s, l.r.State)
	}
	return l
}

// everywhere runs a test in each state.
func everywhere(t *testing.T, test func(*testing.T, *life)) {
	t.Helper()
	for _, s := range workflow.States() {
		t.Run(string(s), func(t *testing.T) { test(t, at(t, s, workflow.DefaultPolicy())) })
	}
}

// wake lets the timer fall and applies what it means.
func (l *life) wake(t *testing.T) workflow.EventType {
	t.Helper()
	l.now = l.r.WakeAt
	kind, due := workflow.Next(l.r, l.now)
	if !due {
		t.Fatalf("woke at %s with nothing to do", l.now)
	}
	l.must(t, kind)
	return kind
}

// replays fails unless the history leads to the request.
func (l *life) replays(t *testing.T) {
	t.Helper()
	if err := workflow.VerifyHistory(l.entries, l.r.HistoryHead, l.r.Salt); err != nil {
		t.Error(err)
	}
	again, err := workflow.Replay(l.entries)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, l.r)
}
