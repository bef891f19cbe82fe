package mailer_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

const takesBack = "I withdraw my request."

// back is jane's answer to the receipt that she got, unsigned.
func (s *scene) back(words string) letter {
	s.t.Helper()
	return s.reply(s.post.to(s.t, jane), jane, words)
}

// sealed is a letter that its writer's domain signed.
func (s *scene) sealed(l letter) []byte {
	return seal(s.write(l), signature{domain: domainOf(l.from), at: s.now})
}

func TestTheRequesterTakesTheRequestBack(t *testing.T) {
	for name, write := range map[string]func(*scene) []byte{
		"answering the receipt": func(s *scene) []byte { return s.sealed(s.back(takesBack)) },
		"by the reply address alone": func(s *scene) []byte {
			return s.sealed(letter{from: jane, to: s.back("").to, subject: "x", body: takesBack + "\n"})
		},
		"by the Message-ID alone": func(s *scene) []byte {
			l := s.back(takesBack)
			l.to, l.subject = desk, "x"
			return s.sealed(l)
		},
		"by the tag": func(s *scene) []byte {
			return s.sealed(letter{from: jane, to: desk, subject: "Re: " + s.id.Tag(), body: takesBack + "\n"})
		},
		"naming the customer": func(s *scene) []byte {
			return s.sealed(s.back("I withdraw my request for the data of " + jane + "."))
		},
		"naming the right": func(s *scene) []byte { return s.sealed(s.back("I withdraw my request for access to my data.")) },
		"in German":        func(s *scene) []byte { return s.sealed(s.back("Hiermit ziehe ich meine Anfrage zurück.")) },
		"after the admin confirmed": func(s *scene) []byte {
			s.take(s.answer(s.confirmation, anna, "CONFIRM"))
			return s.sealed(s.back(takesBack))
		},
		"after writing twice": func(s *scene) []byte {
			l := s.back(takesBack)
			s.take(s.please(jane, jane))
			return s.sealed(l)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := told(t)
			raw := write(s)
			annas, janes := s.post.count(anna), s.post.count(jane)
			rec := s.take(raw)
			r := s.load(s.id)
			if rec.Outcome != workflow.MailAnswered || r.State != workflow.Cancelled || r.Reason != workflow.ByRequester {
				t.Fatalf("it came to %s by %q, state %s", rec.Outcome, rec.Rule, r.State)
			}
			s.work()
			if got := s.post.count(anna) - annas; got != 1 {
				t.Errorf("anna has %d mails more", got)
			}
			if _, text := readMail(t, s.post.to(t, anna)); !strings.Contains(text, "taken the request back") {
				t.Errorf("the letter:\n%s", text)
			}
			if got := s.post.count(jane) - janes; got > 1 || got == 1 && name != "after writing twice" {
				t.Errorf("jane has %d mails more", got)
			}
			if again := s.take(raw); again.Outcome != workflow.MailAnswered || len(s.requests()) != 1 {
				t.Errorf("a second copy came to %s; %d requests", again.Outcome, len(s.requests()))
			}
			if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailHeld {
				t.Errorf("a later answer came to %s", rec.Outcome)
			}
		})
	}
}

// What fails a rule is written down, moves nothing, and is answered by nobody.
func TestWhatTakesNothingBack(t *testing.T) {
	for name, c := range map[string]struct {
		rule  string
		write func(*scene) []byte
		adapt func(*inbox.Mail)
	}{
		"nothing proves it": {rule: "withdraw/authentic", write: func(s *scene) []byte { return s.write(s.back(takesBack)) }},
		"a stranger signed it": {rule: "withdraw/authentic", write: func(s *scene) []byte {
			return seal(s.write(s.back(takesBack)), signature{domain: "evil.example"})
		}},
		"another person": {rule: "ack/from", write: func(s *scene) []byte {
			l := s.back(takesBack)
			l.from = "jim.roe@customer.example"
			return s.sealed(l)
		}},
		"a stranger, proven": {rule: "ack/from", write: func(s *scene) []byte {
			l := s.back(takesBack)
			l.from = "eve@evil.example"
			return s.sealed(l)
		}},
		"a question": {rule: "withdraw/decision", write: func(s *scene) []byte {
			return s.sealed(s.back("Can I cancel my request?"))
		}},
		"a condition": {rule: "withdraw/decision", write: func(s *scene) []byte {
			return s.sealed(s.back("I withdraw my request if you delete everything."))
		}},
		"another right": {rule: "withdraw/decision", write: func(s *scene) []byte {
			return s.sealed(s.back("I withdraw my request for erasure."))
		}},
		"another customer": {rule: "withdraw/decision", write: func(s *scene) []byte {
			return s.sealed(s.back("I withdraw my request for the data of joe.roe@customer.example."))
		}},
		"only quoted": {rule: "ack/from", write: func(s *scene) []byte {
			l := s.back("Thank you.")
			l.body += "\n> " + takesBack + "\n"
			return s.sealed(l)
		}},
		"written before the request": {rule: "withdraw/fresh", write: func(s *scene) []byte {
			l := s.back(takesBack)
			l.date = monday.Add(-11 * time.Minute).Format(time.RFC1123Z)
			return s.sealed(l)
		}},
		"header fields twice": {rule: "withdraw/authentic", write: func(s *scene) []byte {
			return append([]byte("Subject: x\r\n"), s.sealed(s.back(takesBack))...)
		}},
		"in parts that had to be guessed": {rule: "withdraw/human", write: func(s *scene) []byte {
			l := s.back("--b\nContent-Type: text/plain\n\n" + takesBack + "\n--b--\n")
			l.more += "Content-Type: multipart/mixed; boundary=x\r\n"
			return s.sealed(l)
		}},
		"somebody else joined": {rule: "withdraw/state", write: func(s *scene) []byte {
			l := s.back(takesBack)
			s.take(s.please(mark, jane))
			return s.sealed(l)
		}},
		"an unproven mail joined": {rule: "withdraw/state", write: func(s *scene) []byte {
			l := s.back(takesBack)
			s.take(s.write(letter{from: mark, to: desk, subject: "x", body: "Please export the data of " + jane + ".\n"}))
			return s.sealed(l)
		}},
		"in junk": {rule: "junk", write: func(s *scene) []byte { return s.sealed(s.back(takesBack)) }, adapt: inJunk},
	} {
		t.Run(name, func(t *testing.T) {
			s := told(t)
			raw := c.write(s)
			s.work()
			before, state, version := len(s.post.sent), s.load(s.id).State, len(s.requests())
			var adapt []func(*inbox.Mail)
			if c.adapt != nil {
				adapt = append(adapt, c.adapt)
			}
			rec := s.take(raw, adapt...)
			if r := s.load(s.id); r.State != state || len(s.requests()) != version {
				t.Errorf("state %s, %d requests", r.State, len(s.requests()))
			}
			s.work()
			if rec.Rule != c.rule || len(s.post.sent) != before {
				t.Errorf("it came to %s by %q, want %s; %d mails", rec.Outcome, rec.Rule, c.rule, len(s.post.sent)-before)
			}
		})
	}
}

func TestNothingIsTakenBackOnceThePackageLeft(t *testing.T) {
	s := finished(t)
	state := s.load(s.id).State
	rec := s.take(s.sealed(s.back(takesBack)))
	if rec.Outcome != workflow.MailHeld || rec.Rule != "withdraw/state" || s.load(s.id).State != state {
		t.Errorf("it came to %s by %q, state %s", rec.Outcome, rec.Rule, s.load(s.id).State)
	}
}

// A withdrawal that was signed once cannot be turned to another request, though many sign
// neither To nor In-Reply-To.
func TestAWithdrawalIsUsedOnce(t *testing.T) {
	s := told(t)
	other := s.load(s.take(s.please(jane, "joe.roe@customer.example")).Requests[0])
	raw := seal(s.write(letter{from: jane, to: s.back("").to, subject: "x", body: takesBack + "\n"}),
		signature{domain: "customer.example", fields: "From:Date:Message-ID:Subject"})
	if rec := s.take(raw); rec.Outcome != workflow.MailAnswered {
		t.Fatalf("it came to %s by %q", rec.Outcome, rec.Rule)
	}
	rec := s.take(swap(raw, s.id.Locator(), other.ID.Locator()))
	if r := s.load(other.ID); rec.Rule != "withdraw/once" || r.State != workflow.AwaitingConfirmation {
		t.Errorf("turned to another request it came to %s by %q, state %s", rec.Outcome, rec.Rule, r.State)
	}
}

func TestAWithdrawalWaitsForDNS(t *testing.T) {
	s := told(t)
	raw := s.sealed(s.back(takesBack))
	s.zone.fails = errDown
	if _, err := s.try(raw); err == nil {
		t.Error("it did not wait")
	}
	s.zone.fails = nil
	if rec := s.take(raw); rec.Outcome != workflow.MailAnswered || s.load(s.id).State != workflow.Cancelled {
		t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// Whoever takes a request back sees the same, whether we know the customer or not, and
// whether somebody asked before or not.
func TestTakingBackTellsNothing(t *testing.T) {
	for name, words := range map[string]string{
		"plainly":             takesBack,
		"naming the customer": "I withdraw my request for the data of %s.",
		"without a no":        "Please disregard my data request, it was about %s.",
		"less than plainly":   "Can I cancel my request for the data of %s?",
	} {
		for _, signs := range []bool{true, false} {
			see := func(customer string, earlier bool) (counts []int) {
				w := newWorld(t)
				if earlier {
					w.take(w.please("p@buyer.example", customer))
					w.work()
				}
				w.take(w.please(mark, customer))
				w.work()
				receipt := w.post.to(t, mark)
				for range 2 {
					w.pass(25 * time.Hour)
					raw := w.write(w.reply(receipt, mark, strings.ReplaceAll(words, "%s", customer)))
					if signs {
						raw = seal(raw, signature{domain: "elsewhere.example"})
					}
					w.take(raw)
					w.work()
					counts = append(counts, w.post.count(mark))
				}
				return counts
			}
			want := see("jane.roe@nowhere.example", false)
			for _, earlier := range []bool{false, true} {
				if diff := cmp.Diff(want, see(jane, earlier)); diff != "" {
					t.Errorf("%s, earlier %v: mails for the writer (-unknown +known):\n%s", name, earlier, diff)
				}
			}
		}
	}
}

// Without a mark nobody can tell what is taken back: a person looks, nothing is asked.
func TestAWithdrawalOfNothingIsForAPerson(t *testing.T) {
	w := newWorld(t)
	rec := w.take(w.signed(jane, "x", "I withdraw my request for the data of "+jane+".\n"))
	w.work()
	r := w.load(rec.Requests[0])
	if r.State != workflow.NeedsReview || r.Reason != workflow.UnclearRequest || w.post.count(anna) != 0 {
		t.Errorf("state %s/%s, anna has %d mails", r.State, r.Reason, w.post.count(anna))
	}
}

// Whoever asks from many domains and takes all of it back must not have an admin get two
// letters for each that had a place.
func TestTakingBackIsNoFlood(t *testing.T) {
	w := newWorld(t)
	w.postman.Asks = mailer.Lane{}
	for d := range 5 {
		maps.Copy(w.zone.Zone, zone(fmt.Sprintf("evil%d.example", d)))
	}
	asked := map[workflow.ID]string{}
	for n := range 20 {
		from := fmt.Sprintf("x%d@evil%d.example", n/5, n%5)
		rec := w.take(w.signed(from, "Data", fmt.Sprintf("Please export the data of p%d@customer.example.\n", n)))
		asked[rec.Requests[0]] = from
	}
	w.work()
	before := w.post.count(anna)
	w.pass(time.Hour)
	for id, from := range asked {
		w.take(seal(w.write(letter{from: from, to: desk, subject: "Re: " + id.Tag(), body: takesBack + "\n"}),
			signature{domain: domainOf(from), at: w.now}))
		if r := w.load(id); r.State != workflow.Cancelled {
			t.Errorf("it came to %s", r.State)
		}
	}
	w.work()
	if got := w.post.count(anna); before < 10 || got > 20 {
		t.Errorf("anna has %d mails, %d of them asked her", got, before)
	}
}

// Who joins is somebody to the request, however many mails the first requester sent
// ahead: what they ask for is not the first one's to end.
func TestNobodyIsCrowdedOutOfARequestThatIsTakenBack(t *testing.T) {
	const eve = "eve@evil.example"
	w := newWorld(t)
	text := "Please export the data of " + jane + ".\n"
	id := w.take(w.signed(eve, "Data", text)).Requests[0]
	w.work()
	for n := range 25 {
		w.take(w.write(letter{from: eve, to: desk, subject: fmt.Sprint(n), body: text}))
	}
	w.take(w.write(letter{from: jane, to: desk, subject: "My data", body: text}))
	w.pass(time.Hour)
	rec := w.take(seal(w.write(letter{from: eve, to: desk, subject: "Re: " + id.Tag(), body: takesBack + "\n"}),
		signature{domain: "evil.example", at: w.now}))
	if r := w.load(id); rec.Rule != "withdraw/state" || r.State != workflow.AwaitingConfirmation {
		t.Errorf("it came to %s by %q, state %s", rec.Outcome, rec.Rule, r.State)
	}
}
