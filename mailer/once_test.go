package mailer_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// twiceSigned is anna's answer with two signatures, and the two copies that somebody
// who got hold of it can make by leaving one of them out.
func (s *scene) twiceSigned(text string) (both, first, second []byte) {
	raw := s.write(s.reply(s.confirmation, anna, text))
	first = seal(raw, signature{domain: "acme.example"})
	second = seal(raw, signature{domain: "acme.example", selector: "s2"})
	proof, _, _ := bytes.Cut(second, []byte("\r\n"))
	both = append(append(proof, "\r\n"...), first...)
	return both, first, second
}

// The question that anna's unclear answer led to may be followed by a replay of that
// answer, again and again: each would be asked back, or more.
func TestAReplayIsHeldWhateverSignatureIsLeftOut(t *testing.T) {
	s := newScene(t)
	both, first, second := s.twiceSigned("hm")
	if rec := s.take(both); rec.Outcome != workflow.MailAskedBack {
		t.Fatalf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
	for name, copy := range map[string][]byte{
		"the first signature alone":  first,
		"the second signature alone": second,
		"other trace fields":         append([]byte("Received: by evil.example\r\n"), both...),
	} {
		if rec := s.take(copy); rec.Outcome != workflow.MailHeld || rec.Rule != "ack/once" {
			t.Errorf("%s: came to %s by %q", name, rec.Outcome, rec.Rule)
		}
	}
	if r := s.load(s.id); r.Questions != 1 {
		t.Errorf("%d questions were asked", r.Questions)
	}
}

// A copy with one signature comes first; the whole mail behind it is the same mail.
func TestTheWholeMailBehindAReplayIsTheSameMail(t *testing.T) {
	s := newScene(t)
	both, first, second := s.twiceSigned("hm")
	s.take(first)
	if rec := s.take(both); rec.Rule != "ack/once" {
		t.Errorf("the whole mail came to %s by %q", rec.Outcome, rec.Rule)
	}
	if rec := s.take(second); rec.Rule != "ack/once" {
		t.Errorf("what was left of it came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// An operator asks anew: the answer of the earlier round has lost its code, its date
// and its once; each alone must hold it.
func TestAnAnswerOfAnEarlierRoundDoesNotReleaseInThisOne(t *testing.T) {
	s := newScene(t)
	both, first, second := s.twiceSigned("CONFIRM")
	if rec := s.take(both); rec.Outcome != workflow.MailAnswered {
		t.Fatalf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
	s.step(s.id, workflow.Event{Type: workflow.AdminChanged})
	s.work()
	s.pass(time.Minute)
	for _, copy := range [][]byte{first, second, append([]byte("X-A: b\r\n"), both...)} {
		if rec := s.take(copy); rec.Outcome != workflow.MailHeld {
			t.Errorf("came to %s by %q", rec.Outcome, rec.Rule)
		}
	}
	if r := s.load(s.id); r.State != workflow.AwaitingConfirmation || r.Ack != nil {
		t.Errorf("state %s, ack %v", r.State, r.Ack)
	}
}

// What was held is not remembered: the same words, sent properly, still count.
func TestAHeldAnswerSpendsNothing(t *testing.T) {
	s := newScene(t)
	s.epoch++ // makes the code void for now
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	if rec := s.take(raw); rec.Rule != "ack/token" {
		t.Fatalf("came to %s by %q", rec.Outcome, rec.Rule)
	}
	s.epoch--
	if rec := s.take(append([]byte("Received: again\r\n"), raw...)); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the second copy came to %s by %q", rec.Outcome, rec.Rule)
	}
}
