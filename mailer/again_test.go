package mailer_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// What was held is judged afresh when an operator wants it: by the same rules, as they
// stand now. An operator who repeats it before its time gains nothing.
func TestAHeldMailIsJudgedAgainWhenAnOperatorWantsIt(t *testing.T) {
	s := newScene(t)
	look := s.cooled()
	s.rename(func(a *workflow.Admin) { a.Role = workflow.Owner })
	look()
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	digest := s.take(raw).Digest
	for n := range 2 {
		s.pass(time.Hour)
		s.must(s.store.ReplayMailBy(s.ctx(), digest, "jo"))
		rec := s.take(raw)
		if rec.Outcome != workflow.MailHeld || rec.Rule != "ack/state" || rec.Replays != n+1 {
			t.Fatalf("replay %d: it came to %s by %q", n+1, rec.Outcome, rec.Rule)
		}
	}
	s.pass(coolingOff)
	s.must(s.store.ReplayMailBy(s.ctx(), digest, "jo"))
	if rec := s.take(raw); rec.Outcome != workflow.MailAnswered || s.load(s.id).Ack == nil {
		t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
	}
	s.must(s.store.ReplayMailBy(s.ctx(), digest, "jo"))
	before := s.load(s.id).Version
	if rec := s.take(raw); rec.Outcome != workflow.MailAnswered || s.load(s.id).Version != before {
		t.Errorf("what decided once came to %s", rec.Outcome)
	}
}

// A mail that an operator wants read at its full size, and that is still too large, goes
// back to where people see it.
func TestAMailThatIsStillTooLargeGoesBackToQuarantine(t *testing.T) {
	w := newWorld(t)
	raw := w.please(jane, jane)
	large := func(m *inbox.Mail) { m.Oversize = true }
	for n := range 3 {
		d, rec := w.hand(raw, large)
		if d != inbox.Quarantine || rec.Outcome != workflow.MailQuarantined || rec.Rule != "oversize" {
			t.Fatalf("time %d: %v, came to %s by %q", n, d, rec.Outcome, rec.Rule)
		}
		w.must(w.store.IgnoreMailBy(w.ctx(), rec.Digest, "jo"))
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
