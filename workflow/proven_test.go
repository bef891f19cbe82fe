package workflow_test

import (
	"errors"
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// TestABetterProvenMailIsAskedAboutAnew: what the admin says of a stranger's mail must
// not end what the customer asked for, and nobody can have the admin asked for ever.
func TestABetterProvenMailIsAskedAboutAnew(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.r.Requester = workflow.Requester{Address: "eve@evil.example"}
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	for i, step := range []struct {
		joins workflow.Requester
		asks  bool
	}{
		{workflow.Requester{Address: "mallory@evil.example"}, false},
		{workflow.Requester{Address: "agent@law.example", Verified: true}, true},
		{workflow.Requester{Address: "other@law.example", Verified: true}, false},
		{workflow.Requester{Address: l.r.Customer, Verified: true}, true},
		{workflow.Requester{Address: l.r.Customer, Verified: true}, false},
	} {
		e := l.event(workflow.Joined)
		e.Join.Requester, e.Join.Receipt = step.joins, false
		if err := l.apply(e); err != nil {
			t.Fatal(err)
		}
		if asked := len(l.last.Effects) == 1 && l.last.Effects[0].Type == workflow.SendConfirmation; asked != step.asks ||
			(l.r.Challenge == nil) != step.asks || l.r.State != workflow.AwaitingConfirmation {
			t.Fatalf("joining %d: ordered %v, code %v, %s", i, l.last.Effects, l.r.Challenge, l.r.State)
		}
		if step.asks {
			l.must(t, workflow.CodeIssued, workflow.LetterSent)
		}
	}
}

// TestATenantThatComesBackIsAskedAgain: a tenants file that lacked a tenant for a minute
// must not end its requests for good; another refusal stands.
func TestATenantThatComesBackIsAskedAgain(t *testing.T) {
	l := at(t, workflow.Confirmed, workflow.DefaultPolicy())
	lost := l.event(workflow.TenantLost)
	lost.Reason = workflow.TenantGone
	if err := l.apply(lost); err != nil || l.r.State != workflow.RefusedState {
		t.Fatalf("%v: %s", err, l.r.State)
	}
	kind, err := workflow.OnRetry(l.r)
	if err != nil {
		t.Fatal(err)
	}
	l.must(t, kind)
	if l.r.State != workflow.AwaitingConfirmation || l.r.Ack != nil || !l.r.EndedAt.IsZero() || l.r.WakeAt.IsZero() {
		t.Errorf("%s, acknowledged %v, ended %v, wakes %v", l.r.State, l.r.Ack != nil, l.r.EndedAt, l.r.WakeAt)
	}
	l.r.State, l.r.Reason = workflow.RefusedState, workflow.RoleForbids
	if err := l.apply(l.event(workflow.AskAgain)); !errors.Is(err, workflow.Refused) {
		t.Errorf("a role that forbids is passed over: %v", err)
	}
}
