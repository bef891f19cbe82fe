package mailer_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// permits is the store's last word before a letter leaves, refused two times of three, each time
// for another reason.
type permits struct {
	s       *scene
	asked   int
	granted map[workflow.EffectType]int
}

func (p *permits) count() (n int) {
	for _, times := range p.granted {
		n += times
	}
	return n
}

func (p *permits) sending(ctx context.Context, t workflow.Task) error {
	if left := len(p.s.post.sent); left != p.count() {
		p.s.t.Errorf("%d letters have left with %d permits, before %s", left, p.count(), t.Effect.Type)
	}
	p.asked++
	switch p.asked % 6 {
	case 1:
		return fmt.Errorf("ask: %w", workflow.Unavailable)
	case 2:
		return fmt.Errorf("ask: %w", workflow.Outdated)
	case 4:
		return errDown
	case 5:
		return fmt.Errorf("ask: %w", workflow.Fenced)
	}
	if err := p.s.store.Sending(ctx, t); err != nil {
		return err
	}
	p.granted[t.Effect.Type]++
	return nil
}

// Whatever kind of letter it is, and however often the store has refused it, it leaves once for
// each time that the store has said that it may, and not otherwise.
func TestEveryLetterLeavesWithAPermitOfItsOwn(t *testing.T) {
	s := fresh(t)
	p := &permits{s: s, granted: map[workflow.EffectType]int{}}
	s.postman.Sending = p.sending
	until := func(done func(workflow.Request) bool) {
		t.Helper()
		for range 40 {
			s.work()
			if done(s.load(s.id)) {
				return
			}
			s.pass(time.Hour) // as long as a claim lasts
		}
		t.Fatalf("it is %s, asked %d times, granted %v", s.load(s.id).State, p.asked, p.granted)
	}
	sent := func(kind workflow.EffectType) func(workflow.Request) bool {
		return func(workflow.Request) bool { return p.granted[kind] > 0 }
	}
	until(func(r workflow.Request) bool { return !r.AskedAt.IsZero() })
	s.step(s.id, workflow.Event{Type: workflow.Unclear, Reason: workflow.CodeMissing})
	until(sent(workflow.SendQuestion))
	s.pass(s.load(s.id).Policy.Reminders[0])
	until(sent(workflow.SendReminder))
	live := s.load(s.id).Challenge
	s.step(s.id, workflow.Event{Type: workflow.Acknowledged, Admin: live.Admin, Number: live.Number,
		Role: workflow.AccountAdministrator, Arrived: s.now})
	s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
	until(func(r workflow.Request) bool { return r.State == workflow.Completed })
	until(sent(workflow.SendPassphrase))
	s.take(s.signed(jane, "My data", "Please export the data of "+jane+".\n"))
	until(sent(workflow.SendReceipt)) // it goes to one whom nobody knows
	if len(s.post.sent) != p.count() || p.asked < 3*p.count() {
		t.Errorf("%d letters left, asked %d times, granted %v", len(s.post.sent), p.asked, p.granted)
	}
	for _, kind := range []workflow.EffectType{workflow.SendConfirmation, workflow.SendReceipt,
		workflow.SendQuestion, workflow.SendReminder, workflow.SendPassphrase, workflow.SendPackage} {
		if p.granted[kind] == 0 {
			t.Errorf("%s was never asked about", kind)
		}
	}
}
