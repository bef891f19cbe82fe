package mailer_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// What an operator assigned is asked for by tenant alone: the registry need not list
// the customer, and must name the admin all the same.
func TestAnAssignedRequest(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scene)
		rule   string // "" where the answer counts
	}{
		"nothing changed":    {func(*scene) {}, ""},
		"the tenant is gone": {func(s *scene) { delete(s.people.tenants, "acme") }, "ack/from"},
		"another admin":      {func(s *scene) { s.rename(func(a *workflow.Admin) { a.Address = berta }) }, "ack/from"},
		"the look-up fails":  {func(s *scene) { s.people.fails = errDown }, "?"},
		"another's by address": {func(s *scene) {
			s.people.change("globex", func(t *workflow.Tenant) { t.Domains = []string{"nowhere.example"} })
		}, "ack/from"}, // whom the registry lists for another tenant, no operator gives to this one
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := &scene{world: w}
			s.id = w.take(w.signed(mark, "x", "Please export the data of jane@nowhere.example.\n")).Requests[0]
			s.step(s.id, workflow.Event{Type: workflow.Assigned, Actor: "operator:olga", Assign: &workflow.Assignment{
				Customer: "jane@nowhere.example", TenantID: "acme", Policy: w.desk.Policy(workflow.Tenant{}),
			}})
			s.work()
			s.confirmation = s.post.to(t, anna)
			s.pass(time.Hour)
			c.change(s)
			raw := s.answer(s.confirmation, anna, "CONFIRM")
			if c.rule == "?" {
				if _, err := s.try(raw); err == nil || s.load(s.id).Ack != nil {
					t.Errorf("got %v, ack %v", err, s.load(s.id).Ack)
				}
				return
			}
			rec := s.take(raw)
			if answered := rec.Outcome == workflow.MailAnswered; answered != (c.rule == "") || rec.Rule != c.rule {
				t.Errorf("came to %s by %q: %v", rec.Outcome, rec.Rule, s.rules(s.id))
			}
		})
	}
}

// An assignment is no acknowledgement: whoever asked before it has nothing live.
func TestACodeFromBeforeTheAssignmentIsDead(t *testing.T) {
	s := newScene(t)
	s.pass(7 * 24 * time.Hour)
	s.work()
	s.pass(time.Hour)
	s.work()
	if r := s.load(s.id); r.State != workflow.NeedsReview {
		t.Fatalf("state %s", r.State)
	}
	s.step(s.id, workflow.Event{Type: workflow.Assigned, Actor: "operator:olga", Assign: &workflow.Assignment{
		Customer: joe, TenantID: "globex", Policy: s.desk.Policy(workflow.Tenant{}),
	}})
	for _, when := range []string{"before", "after"} {
		if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailHeld {
			t.Errorf("%s bob was asked: came to %s by %q", when, rec.Outcome, rec.Rule)
		}
		s.work()
	}
	confirmation := s.post.to(t, bob)
	if rec := s.take(s.answer(confirmation, anna, "CONFIRM")); rec.Rule != "ack/from" {
		t.Errorf("bob's code in anna's hands came to %s by %q", rec.Outcome, rec.Rule)
	}
	if rec := s.take(s.answer(confirmation, bob, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("bob's answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}
