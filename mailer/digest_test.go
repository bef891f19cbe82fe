package mailer_test

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// digest tells anna that 9980 letters wait.
func (w *world) digest(contact string) error {
	return w.postman.Digest(w.ctx(), mailer.Digest{
		Tenant: w.people.tenants["acme"], Waiting: 9980, Since: w.now.Add(-time.Hour), ADay: 20, Contact: contact,
	})
}

func TestADigestAsksForNothingAndNamesNobody(t *testing.T) {
	s := newScene(t)
	code := codeIn(t, s.confirmation)
	s.must(s.digest("privacy@provider.example"))
	raw := s.post.to(t, anna)
	h, text := readMail(t, raw)
	for _, secret := range []string{code, jane, "[DSR-", "Ref:", "customer.example"} {
		if strings.Contains(string(raw), secret) || strings.Contains(text, secret) {
			t.Errorf("the digest holds %q", secret)
		}
	}
	for _, word := range []string{"9980", "privacy@provider.example", "at most 20", "no code"} {
		if !strings.Contains(text, word) {
			t.Errorf("the digest does not say %q:\n%s", word, text)
		}
	}
	if r, err := mail.ParseAddress(h.Get("Reply-To")); err != nil || r.Address != "privacy@provider.example" {
		t.Errorf("answers go to %q", h.Get("Reply-To"))
	}
	if h.Get("Auto-Submitted") != "auto-generated" || h.Get("X-Dsrd-Loop") == "" {
		t.Errorf("header %v", h)
	}
}

// Whoever answers a digest writes to the operators, whatever the answer says.
func TestTheAnswerToADigestIsForAPerson(t *testing.T) {
	s := newScene(t)
	code := codeIn(t, s.confirmation)
	s.must(s.digest("+49 30 1234567"))
	letters := s.post.count(anna)
	told := s.post.to(t, anna)
	for _, text := range []string{"CONFIRM", "What is waiting?", "CONFIRM\n\n" + code} {
		l := s.reply(told, anna, text)
		if l.to != desk {
			t.Fatalf("answers go to %q", l.to)
		}
		rec := s.take(seal(s.write(l), signature{domain: "acme.example"}))
		if rec.Outcome != workflow.MailStarted || rec.Rule != "intake/stray-answer" {
			t.Errorf("%q came to %s by %q", text, rec.Outcome, rec.Rule)
		}
		if r := s.load(rec.Requests[0]); r.State != workflow.NeedsReview {
			t.Errorf("%q is %s", text, r.State)
		}
	}
	s.work()
	if r := s.load(s.id); r.State != workflow.AwaitingConfirmation || s.post.count(anna) != letters {
		t.Errorf("the request is %s, anna has %d more letters", r.State, s.post.count(anna)-letters)
	}
	if rec := s.take(told); rec.Outcome != workflow.MailOwn {
		t.Errorf("a digest that comes back came to %s", rec.Outcome)
	}
}

func TestADigestGoesToNobodyWhoMayNotBeWrittenTo(t *testing.T) {
	down := errors.New("down")
	for name, k := range map[string]struct {
		spoil   func(*world)
		refused bool
	}{
		"nobody is named": {func(w *world) {
			w.people.change("acme", func(t *workflow.Tenant) { t.Admins = nil })
		}, true},
		"the admin is too new": {func(w *world) {
			w.postman.Cooling = func(
				context.Context, workflow.Tenant, workflow.Admin, workflow.Address,
			) (time.Time, error) {
				return w.now.Add(time.Hour), nil
			}
		}, true},
		"mail to the admin comes back": {func(w *world) {
			w.postman.Suppression = w.store
			w.must(w.store.Suppress(w.ctx(), anna, "hard", w.now.Add(time.Hour), w.now))
		}, true},
		"the breaker is open": {func(w *world) {
			w.postman.Breaker = mailer.Breaker{Limit: 1, Window: time.Hour}
			w.must(w.digest(""))
			w.post.sent = nil
		}, true},
		"the registry names another at the last moment": {func(w *world) {
			w.post.before = func() {
				w.people.change("acme", func(t *workflow.Tenant) {
					t.Admins = []workflow.Admin{{Address: berta, Role: workflow.Owner}}
				})
			}
		}, false},
		"the registry is down at the last moment": {func(w *world) {
			w.post.before = func() { w.people.fails = down }
		}, false},
		"the relay refuses": {func(w *world) {
			w.post.answers = []courier.Result{{Verdict: courier.Refused, Code: 550}}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			k.spoil(w)
			refuses := len(w.post.answers)
			if err := w.digest(""); err == nil || errors.Is(err, workflow.Refused) != k.refused {
				t.Errorf("got %v", err)
			}
			if len(w.post.sent) != refuses {
				t.Errorf("%d mails left", len(w.post.sent))
			}
		})
	}
}
