package mailer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/workflow"
)

// Each code opens the one request that it was made for, and no other: of N codes played
// against N requests, of two tenants, only the diagonal counts.
func TestACodeOpensItsOwnRequestAlone(t *testing.T) {
	const n = 10 // more wrong codes a day are not read
	w := newWorld(t)
	w.worker.Carriers[workflow.SendHeld] = w.postman
	type asked struct {
		id     workflow.ID
		admin  string
		letter []byte
	}
	var all []asked
	for i := range n {
		customer, admin := fmt.Sprintf("customer%d@customer.example", i), anna
		if i%3 == 2 {
			customer, admin = fmt.Sprintf("customer%d@buyer.example", i), bob
		}
		id := w.askedAbout(customer)
		all = append(all, asked{id, admin, w.letterTo(id, admin)})
	}
	answer := func(to, with asked) []byte {
		l := w.reply(to.letter, to.admin, "CONFIRM")
		l.body = strings.ReplaceAll(l.body, codeIn(t, to.letter), codeIn(t, with.letter))
		return seal(w.write(l), signature{domain: domainOf(to.admin), at: w.now})
	}
	tried, accepted := 0, 0
	for i, to := range all {
		for j, with := range all {
			if i == j {
				continue
			}
			tried++
			rec := w.take(answer(to, with))
			if r := w.load(to.id); rec.Outcome == workflow.MailAnswered || r.Ack != nil || r.State != workflow.AwaitingConfirmation {
				accepted++
				t.Errorf("code %d answers request %d: %s, state %s", j, i, rec.Outcome, r.State)
			}
		}
	}
	for i, to := range all {
		rec := w.take(answer(to, to))
		if r := w.load(to.id); r.State != workflow.Confirmed {
			t.Errorf("code %d does not answer its request: %s by %q", i, rec.Outcome, rec.Rule)
		}
	}
	t.Logf("figure: codes of other requests accepted %d of %d", accepted, tried)
}

// What is guessed comes in mails of anna's own server, 50 codes each, which is as many as are
// tried.
func TestNoGuessedCodeIsAccepted(t *testing.T) {
	mails := 60
	if full() {
		mails = 20_000
	}
	v := (*target)(nil)
	chance, tried := newChance(9), 0
	for i := range mails {
		switch { // the request reads so many wrong codes a day, and its code lives a week
		case i%(5*fewCodes) == 0:
			v = newTarget(t)
		case i%fewCodes == 0:
			v.pass(25 * time.Hour)
		}
		guesses := guessed(chance, strings.ReplaceAll(v.Code, "-", ""), i)
		tried += len(guesses)
		body := "CONFIRM\r\n\r\n" + strings.Join(guesses, "\r\n") + "\r\n"
		raw := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: Re: %s\r\nDate: %s\r\nMessage-ID: <g%d@acme.example>\r\n"+
			"In-Reply-To: %s\r\n\r\n%s", anna, v.ReplyTo, v.SubjectLine, v.now.Format("Mon, 02 Jan 2006 15:04:05 -0700"),
			i, v.MessageID, body)
		v.play(forge.Sign([]byte(raw), forge.Signing{Key: annasKey, At: v.now}))
		r := v.load(v.id)
		if r.Ack != nil || r.State != workflow.AwaitingConfirmation {
			t.Fatalf("mail %d came to %s", i, r.State)
		}
		if n := len(r.WrongCodes); n == 0 || !r.WrongCodes[n-1].Equal(v.now) {
			t.Fatalf("mail %d was not read", i)
		}
	}
	t.Logf("figure: guessed codes accepted 0 of %d", tried)
}

// guessed are 50 codes: every other one differs from the live one in one or two letters.
func guessed(chance *chance, live string, round int) []string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	out := make([]string, 0, 50)
	b := make([]byte, 26)
	for i := range 50 {
		if _, err := chance.Read(b); err != nil {
			return nil
		}
		code := make([]byte, 26)
		for j := range code {
			code[j] = letters[b[j]%32]
		}
		if i%2 == 0 {
			n := round*25 + i/2
			code = []byte(live)
			code[n%26] = letters[(strings.IndexByte(letters, live[n%26])+1+n/26%31)%32]
		}
		if string(code) != live {
			out = append(out, string(code))
		}
	}
	return slices.Compact(out)
}

// What rules ack/from, ack/token and ack/fresh ask beside the bytes of a mail: what counts now
// does not after the code's end, after a recovery, or from somebody whom the registry names
// no longer.
func TestAnAnswerOutOfItsTimeIsNotAccepted(t *testing.T) {
	honest := forge.Attacks(newTarget(t).Scene)[0].Honest
	for name, spoil := range map[string]func(*target) func(*inbox.Mail){
		"after the code's end": func(v *target) func(*inbox.Mail) {
			v.pass(v.before.Challenge.Ends.Sub(v.now) + 1e9)
			return nil
		},
		"arrived after the code's end": func(v *target) func(*inbox.Mail) {
			return func(m *inbox.Mail) { m.Arrived = v.before.Challenge.Ends.Add(1e9) }
		},
		"another admin is named": func(v *target) func(*inbox.Mail) {
			v.world.rename(berta)
			return nil
		},
		"nobody is named": func(v *target) func(*inbox.Mail) {
			v.people.change("acme", func(t *workflow.Tenant) { t.Admins = nil })
			return nil
		},
		"the customer is another tenant's": func(v *target) func(*inbox.Mail) {
			v.people.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
			v.people.change("globex", func(t *workflow.Tenant) { t.Domains = append(t.Domains, "customer.example") })
			return nil
		},
		"after a recovery": func(v *target) func(*inbox.Mail) {
			v.epoch++
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newTarget(t)
			adapt := spoil(v)
			if adapt == nil {
				adapt = func(*inbox.Mail) {}
			}
			rec := v.take(honest, adapt)
			if r := v.load(v.id); r.Ack != nil || rec.Outcome == workflow.MailAnswered {
				t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
			}
		})
	}
}
