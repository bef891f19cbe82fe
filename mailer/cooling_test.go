package mailer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

const coolingOff = 24 * time.Hour

// cooled lets the desk ask the store how long an admin is named, and tells the store
// whom the registry names now; each change of the registry needs another look.
func (s *scene) cooled() (look func()) {
	s.t.Helper()
	entry := func(a workflow.Admin) string { return string(a.Address) + "\n" + string(a.Role) + "\n" + a.PublicKey }
	s.desk.Cooling = func(ctx context.Context, t workflow.Tenant, a workflow.Admin, _ workflow.Address) (time.Time, error) {
		since, err := s.store.NamedSince(ctx, t.ID, entry(a))
		if err != nil || since.IsZero() {
			return time.Time{}, err
		}
		return since.Add(coolingOff), nil
	}
	founding := true
	look = func() {
		defer func() { founding = false }()
		for id, t := range s.people.tenants {
			var entries []string
			for _, a := range t.Admins {
				entries = append(entries, entry(a))
			}
			_, err := s.store.NameAdmins(s.ctx(), id, entries, founding, s.now)
			s.must(err)
		}
	}
	look()
	return look
}

// as anna, with that role and key.
func (s *scene) rename(change func(*workflow.Admin)) {
	s.people.change("acme", func(t *workflow.Tenant) {
		a := t.Admins[0]
		change(&a)
		t.Admins = []workflow.Admin{a}
	})
}

// Whoever was put into the registry an hour ago decides nothing, for or against; the
// same admin's next mail does when the time is over.
func TestAnAdminNamedAnewDecidesNothingForADay(t *testing.T) {
	for _, word := range []string{"CONFIRM", "REJECT", "hm"} {
		for name, change := range map[string]func(*workflow.Admin){
			"another role": func(a *workflow.Admin) { a.Role = workflow.Owner },
			"another key":  func(a *workflow.Admin) { a.PublicKey = "age1other" },
		} {
			t.Run(word+" with "+name, func(t *testing.T) {
				s := newScene(t)
				look := s.cooled()
				s.rename(change)
				look()
				until := s.now.Add(coolingOff)
				for _, after := range []time.Duration{0, time.Hour, coolingOff - time.Hour - time.Second} {
					s.pass(after)
					before := s.load(s.id)
					rec := s.take(s.answer(s.confirmation, anna, word))
					r := s.load(s.id)
					if rec.Outcome != workflow.MailHeld || rec.Rule != "ack/state" {
						t.Fatalf("%s before the end it came to %s by %q", until.Sub(s.now), rec.Outcome, rec.Rule)
					}
					if r.State != workflow.AwaitingConfirmation || r.Challenge == nil || r.Ordered != before.Ordered {
						t.Errorf("state %s, %d effects ordered", r.State, r.Ordered-before.Ordered)
					}
				}
				s.pass(time.Second)
				want := workflow.MailAnswered
				if word == "hm" {
					want = workflow.MailAskedBack
				}
				if rec := s.take(s.answer(s.confirmation, anna, word)); rec.Outcome != want {
					t.Errorf("after the end it came to %s by %q: %v", rec.Outcome, rec.Rule, s.rules(s.id))
				}
			})
		}
	}
}

// The same mail delivered once more counts no more than it did: what was held is held.
func TestAHeldMailIsNotJudgedAgain(t *testing.T) {
	s := newScene(t)
	look := s.cooled()
	s.rename(func(a *workflow.Admin) { a.Role = workflow.Owner })
	look()
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	s.take(raw)
	s.pass(coolingOff)
	if rec := s.take(raw); rec.Outcome != workflow.MailHeld || s.load(s.id).Ack != nil {
		t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// Who writes the registry to and fro gains nothing: each return begins anew, also
// that of the admin whose code is live.
func TestGoingAndComingBackIsAChange(t *testing.T) {
	s := newScene(t)
	look := s.cooled()
	honest := s.people.tenants["acme"]
	for range 3 {
		s.rename(func(a *workflow.Admin) { a.Address = "eve.admin@acme.example" })
		look()
		s.pass(time.Hour)
		if rec := s.take(s.answer(s.confirmation, "eve.admin@acme.example", "CONFIRM")); rec.Rule != "ack/from" {
			t.Fatalf("another's code in eve's hands came to %s by %q", rec.Outcome, rec.Rule)
		}
		s.people.set(honest)
		look()
		s.pass(time.Hour)
		if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Rule != "ack/state" {
			t.Fatalf("back, anna's answer came to %s by %q", rec.Outcome, rec.Rule)
		}
	}
	s.pass(coolingOff - time.Hour)
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("a day later it came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// Who was named from the beginning has nothing to wait for; who was never noted has.
func TestCoolingOfTheFirstAdmins(t *testing.T) {
	s := newScene(t)
	s.cooled()
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// An answer waits for the store as for any other look-up: the mail stays.
func TestCoolingThatCannotBeAskedReleasesNothing(t *testing.T) {
	s := newScene(t)
	s.desk.Cooling = func(context.Context, workflow.Tenant, workflow.Admin, workflow.Address) (time.Time, error) {
		return time.Time{}, errDown
	}
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	if _, err := s.try(raw); !errors.Is(err, errDown) || strings.Contains(err.Error(), "@") {
		t.Errorf("got %v", err)
	}
	if r := s.load(s.id); r.Ack != nil || r.State != workflow.AwaitingConfirmation {
		t.Errorf("state %s, ack %v", r.State, r.Ack)
	}
	s.desk.Cooling = nil
	if rec := s.take(raw); rec.Outcome != workflow.MailAnswered {
		t.Errorf("then it came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// The cooling-off is asked about the admin whom the code was sent to, as the registry
// names that admin now.
func TestCoolingIsAskedAboutTheAdminWhoAnswers(t *testing.T) {
	s := newScene(t)
	s.people.change("acme", func(t *workflow.Tenant) {
		t.Admins = []workflow.Admin{{Address: berta, Role: workflow.Owner}, {Address: anna, Role: workflow.Reader}}
	})
	var about []workflow.Admin
	s.desk.Cooling = func(_ context.Context, t workflow.Tenant, a workflow.Admin, _ workflow.Address) (time.Time, error) {
		about = append(about, a)
		if t.ID != "acme" {
			return s.now.Add(time.Hour), nil
		}
		return s.now, nil
	}
	rec := s.take(s.answer(s.confirmation, anna, "CONFIRM"))
	if rec.Outcome != workflow.MailAnswered || len(about) != 1 || about[0] != (workflow.Admin{Address: anna, Role: workflow.Reader}) {
		t.Errorf("came to %s by %q, asked about %v", rec.Outcome, rec.Rule, about)
	}
	if r := s.load(s.id); r.Ack == nil || r.Ack.Role != workflow.Reader {
		t.Errorf("acknowledged by %+v", r.Ack)
	}
}
