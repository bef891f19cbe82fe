package mailer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// later is the same installation with an empty store, in its next life.
func (w *world) later() *world {
	w.t.Helper()
	next := newWorld(w.t)
	next.now, next.epoch, next.mails = w.now.Add(time.Hour), w.epoch+1, w.mails
	next.people, next.zone = w.people, w.zone
	next.desk.Registry, next.postman.Registry = w.people, w.people
	return next
}

// recover shows a mail to the desk as a recovery does: where it lies by now, and once more if it
// was left for later.
func (w *world) recover(m inbox.Mail) mailer.Recovered {
	w.t.Helper()
	m.Folder, m.UID = "DSRD/Processed", m.UID+1000
	made, err := w.desk.Recover(w.ctx(), m, false)
	w.must(err)
	if made.Outcome == "" {
		made, err = w.desk.Recover(w.ctx(), m, true)
		w.must(err)
	}
	return made
}

// recoverAll shows it all the mails of another life, in their order.
func (w *world) recoverAll(mails []inbox.Mail) (all []mailer.Recovered) {
	w.t.Helper()
	for _, m := range mails {
		all = append(all, w.recover(m))
	}
	return all
}

// ordered are the effects that a request's history orders, in their order.
func (w *world) ordered(id workflow.ID) (all []workflow.EffectType) {
	w.t.Helper()
	entries, err := w.store.History(w.ctx(), id)
	w.must(err)
	for _, e := range entries {
		all = append(all, e.Effects...)
	}
	return all
}

func TestRecoverReadsNoAnswer(t *testing.T) {
	for name, answer := range map[string]string{
		"confirmed": "CONFIRM", "declined": "REJECT", "asked back": "who asks for this?",
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.take(s.answer(s.confirmation, anna, answer))
			before := s.load(s.id)
			w := s.later()
			made := w.recoverAll(s.handed)
			want := []mailer.Recovered{
				{Outcome: workflow.MailStarted, Requests: []workflow.ID{s.id}},
				{Outcome: workflow.MailNoted, Requests: []workflow.ID{s.id}},
			}
			if diff := cmp.Diff(want, made); diff != "" {
				t.Errorf("made (-want +got):\n%s", diff)
			}
			r := w.load(s.id)
			if r.State != workflow.AwaitingConfirmation || r.Ack != nil || r.Challenge != nil || r.Version != 1 {
				t.Errorf("state %s, version %d, ack %+v, code %+v", r.State, r.Version, r.Ack, r.Challenge)
			}
			if r.Customer != before.Customer || r.TenantID != before.TenantID || r.Asker() != before.Asker() ||
				!r.ReceivedAt.Equal(before.ReceivedAt) || !r.Deadline.Equal(before.Deadline) {
				t.Errorf("it is %+v, and was %+v", r, before)
			}
			if diff := cmp.Diff([]workflow.EffectType{workflow.SendConfirmation}, w.ordered(s.id)); diff != "" {
				t.Errorf("ordered, without a receipt (-want +got):\n%s", diff)
			}
			if rec := w.record(s.handed[1].Raw); rec.Outcome != workflow.MailNoted || rec.Rule != "recovered" {
				t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
			}
			if len(w.post.sent) != 0 {
				t.Errorf("%d mails left", len(w.post.sent))
			}
		})
	}
}

// What is asked anew after it goes out with an id that no mail had before, and an answer to
// the old one counts no more.
func TestAfterARecoveryTheAdminIsAskedWithAnotherMail(t *testing.T) {
	s := newScene(t)
	late := s.answer(s.confirmation, anna, "CONFIRM")
	w := s.later()
	w.recoverAll(s.handed)
	w.work()
	asked := w.post.to(t, anna)
	if fieldOf(asked, "Message-ID") == fieldOf(s.confirmation, "Message-ID") {
		t.Errorf("both confirmations are %s", fieldOf(asked, "Message-ID"))
	}
	if want := fmt.Sprintf("%s.%d.", s.id, workflow.EffectBase(w.epoch)+1); !strings.Contains(fieldOf(asked, "Message-ID"), want) {
		t.Errorf("it is %s, want number %s", fieldOf(asked, "Message-ID"), want)
	}
	if rec := w.take(late); rec.Outcome != workflow.MailHeld {
		t.Errorf("the answer with the old code came to %s by %q", rec.Outcome, rec.Rule)
	}
	if w.post.count(jane) != 0 {
		t.Error("the requester was written to")
	}
	again := &scene{world: w, id: s.id, confirmation: asked}
	if rec := w.take(again.answer(asked, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer with the new code came to %s by %q", rec.Outcome, rec.Rule)
	}
}

func TestARecoveryMakesNothingOfOtherMails(t *testing.T) {
	for name, c := range map[string]struct {
		write   func(*scene) []byte
		adapt   func(*inbox.Mail)
		outcome workflow.Outcomes
	}{
		"a bounce of the confirmation": {write: func(s *scene) []byte {
			return []byte("From: MAILER-DAEMON@mx.example\r\nTo: " + s.post.sent[len(s.post.sent)-1].from +
				"\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n" +
				"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry\r\n" +
				"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n" +
				"Final-Recipient: rfc822; " + anna + "\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n")
		}, outcome: workflow.MailNoted},
		"an automatic reply": {write: func(s *scene) []byte {
			l := s.reply(s.confirmation, anna, "I am away.")
			l.more += "Auto-Submitted: auto-replied\r\n"
			return s.sealed(l)
		}, outcome: workflow.MailNoted},
		"our own mail": {write: func(s *scene) []byte { return s.confirmation }, outcome: workflow.MailOwn},
		"a request in the junk folder": {write: func(s *scene) []byte { return s.please(mark, "a@customer.example") },
			adapt: func(m *inbox.Mail) { m.Junk = true }, outcome: workflow.MailNoted},
		"an answer in the junk folder": {write: func(s *scene) []byte { return s.answer(s.confirmation, anna, "CONFIRM") },
			adapt: func(m *inbox.Mail) { m.Junk = true }, outcome: workflow.MailNoted},
		"one too large": {write: func(s *scene) []byte { return s.please(mark, "a@customer.example") },
			adapt: func(m *inbox.Mail) { m.Oversize = true }, outcome: workflow.MailQuarantined},
		"an answer of a stranger": {write: func(s *scene) []byte {
			return s.sealed(s.reply(s.confirmation, mark, "CONFIRM"))
		}, outcome: workflow.MailNoted},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			raw := c.write(s)
			w := s.later()
			w.recoverAll(s.handed)
			before := w.load(s.id)
			m := inbox.Mail{Mailbox: "dsr", UIDValidity: 1, UID: 90, Arrived: s.now, Size: int64(len(raw)), Raw: raw}
			if c.adapt != nil {
				c.adapt(&m)
			}
			if made := w.recover(m); made.Outcome != c.outcome || made.Known || made.Withdraws {
				t.Errorf("made %+v, want %s", made, c.outcome)
			}
			if diff := cmp.Diff(before, w.load(s.id)); diff != "" || len(w.requests()) != 1 {
				t.Errorf("%d requests, and the one changed:\n%s", len(w.requests()), diff)
			}
			if made := w.recover(m); !made.Known {
				t.Errorf("shown again: %+v", made)
			}
		})
	}
}

// An answer whose request was too old to be brought back is nothing that a person must see.
func TestAnAnswerToWhatIsGoneIsNoRequest(t *testing.T) {
	s := newScene(t)
	s.take(s.answer(s.confirmation, anna, "please wait a little"))
	w := s.later()
	if made := w.recover(s.handed[len(s.handed)-1]); made.Outcome != workflow.MailNoted || len(w.requests()) != 0 {
		t.Errorf("made %+v, and %d requests", made, len(w.requests()))
	}
}

// All that was asked for is asked for again: in one mail or in several, below a mail of ours,
// by an admin about somebody else.
func TestRecoverLosesNoRequest(t *testing.T) {
	s := newScene(t)
	s.take(s.signed(mark, "two", "Please export the data of a@customer.example and b@buyer.example.\n"))
	s.take(s.please(mark, jane)) // joins
	s.take(s.anew())
	s.work()
	s.take(s.answer(s.confirmation, anna, "CONFIRM"))
	s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
	s.work()
	if s.load(s.id).State != workflow.Completed {
		t.Fatal("not completed")
	}
	s.take(s.sealed(s.reply(s.confirmation, anna, "Please export the data of k@customer.example, too.")))
	w := s.later()
	w.recoverAll(s.handed)
	if len(s.requests()) != 5 {
		t.Fatalf("there were %d requests", len(s.requests()))
	}
	was, is := map[workflow.ID]int{}, map[workflow.ID]int{}
	for _, r := range s.requests() {
		was[r.ID] = r.JoinedCount
	}
	for _, r := range w.requests() {
		is[r.ID] = r.JoinedCount
	}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("requests and what joined them (-was +is):\n%s", diff)
	}
}

func TestRecoverTakesBackWhatWasTakenBack(t *testing.T) {
	s := told(t)
	asked := s.handed[0]
	if rec := s.take(s.sealed(s.back(takesBack))); rec.Outcome != workflow.MailAnswered {
		t.Fatalf("it came to %s by %q", rec.Outcome, rec.Rule)
	}
	back := s.handed[len(s.handed)-1]
	for name, mails := range map[string][]inbox.Mail{
		"in their order":             {asked, back},
		"the other mailbox is later": {back, asked, back},
	} {
		t.Run(name, func(t *testing.T) {
			w := s.later()
			made := w.recoverAll(mails)
			last := made[len(made)-1]
			if !last.Withdraws || last.Outcome != workflow.MailAnswered || last.Known || w.load(s.id).State != workflow.Cancelled {
				t.Errorf("made %+v, state %s", last, w.load(s.id).State)
			}
			if first := made[0]; len(mails) == 3 && (!first.Withdraws || first.Outcome != "" || first.Known) {
				t.Errorf("before its request: %+v", first)
			}
			if made := w.recover(back); !made.Known || made.Outcome != workflow.MailAnswered {
				t.Errorf("once more: %+v", made)
			}
			w.work()
			if n := w.post.count(anna); n != 0 {
				t.Errorf("anna was asked %d times", n)
			}
		})
	}
	w := s.later()
	w.recover(asked)
	forged := back
	forged.Raw = s.write(s.back(takesBack))
	if made := w.recover(forged); made.Outcome != workflow.MailHeld || w.load(s.id).State != workflow.AwaitingConfirmation {
		t.Errorf("nothing proves who wrote: %+v, state %s", made, w.load(s.id).State)
	}
}

// What the store still knows is left as it is, and what one part of it lost is made again.
func TestRecoverPassesOverWhatIsKnown(t *testing.T) {
	s := told(t)
	s.take(s.please(jane, jane))
	s.take(s.sealed(s.back(takesBack)))
	before := s.load(s.id)
	if before.State != workflow.Cancelled {
		t.Fatalf("state %s", before.State)
	}
	for i, made := range s.recoverAll(s.handed) {
		if !made.Known {
			t.Errorf("mail %d: %+v", i, made)
		}
	}
	if diff := cmp.Diff(before, s.load(s.id)); diff != "" {
		t.Errorf("the request changed:\n%s", diff)
	}
	w := s.later() // the journal survived, the requests did not
	w.desk.Journal = s.store
	made := w.recoverAll(s.handed)
	if made[0].Known || made[0].Outcome != workflow.MailStarted || w.load(s.id).State != workflow.Cancelled {
		t.Errorf("made %+v, state %s", made, w.load(s.id).State)
	}
	w = s.later() // the request went back to before it was taken back
	w.recover(s.handed[0])
	w.desk.Journal = s.store
	made = w.recoverAll(s.handed)
	if last := made[len(made)-1]; last.Known || !last.Withdraws || w.load(s.id).State != workflow.Cancelled {
		t.Errorf("made %+v, state %s", last, w.load(s.id).State)
	}
}

// Whatever is cut, the next attempt ends where an undisturbed one would.
func TestARecoveryThatIsCutGoesOn(t *testing.T) {
	s := told(t)
	s.take(s.signed(mark, "two", "Please export the data of a@customer.example and b@buyer.example.\n"))
	s.take(s.please(mark, jane))
	s.take(s.answer(s.post.to(t, anna), anna, "who asks?"))
	s.take(s.sealed(s.back(takesBack)))
	whole := s.later()
	whole.recoverAll(s.handed)
	want := states(whole)
	for _, method := range methods {
		for _, when := range []string{"before", "after"} {
			w := s.later()
			p := breakable(w)
			faults := map[string]map[string]error{"before": p.before, "after": p.after}[when]
			for _, m := range s.handed {
				faults[method] = errDown
				made, err := w.desk.Recover(w.ctx(), m, false)
				if err != nil && (made.Known || strings.Contains(err.Error(), "@")) {
					t.Errorf("%s %s: %+v, %v", when, method, made, err)
				}
				delete(faults, method)
				if made := w.recover(m); made.Outcome == "" {
					t.Errorf("%s %s: then %+v", when, method, made)
				}
			}
			if diff := cmp.Diff(want, states(w)); diff != "" {
				t.Errorf("%s %s (-undisturbed +cut):\n%s", when, method, diff)
			}
		}
	}
}

func states(w *world) map[workflow.ID]string {
	all := map[workflow.ID]string{}
	for _, r := range w.requests() {
		all[r.ID] = fmt.Sprint(r.State, r.Reason, r.JoinedCount, r.Ordered)
	}
	return all
}

// Of two orders to ask that wait at a time, the newest counts in every life.
func TestOfTwoOrdersTheNewerIsSentInEveryLife(t *testing.T) {
	s := fresh(t)
	w := s.later()
	w.recoverAll(s.handed)
	w.step(s.id, workflow.Event{Type: workflow.AskAgain})
	w.work()
	if n := w.post.count(anna); n != 1 {
		t.Errorf("anna was asked %d times, want once", n)
	}
	want := fmt.Sprintf(".%d.", workflow.EffectBase(w.epoch)+2)
	if id := fieldOf(w.post.to(t, anna), "Message-ID"); !strings.Contains(id, want) {
		t.Errorf("it was sent as %s, want %s", id, want)
	}
}

// What had been asked before is asked again though the admin's lanes are full: it had its
// place. What had not waits as one of a flood does.
func TestWhatWasAskedBeforeIsAskedAgainAfterARecovery(t *testing.T) {
	for name, proven := range map[string]bool{"a letter that asked is found": true, "none is": false} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			other := s.take(s.write(letter{from: mark, to: desk, body: "Please export the data of j@customer.example.\n"})).Requests[0]
			w := s.later()
			w.postman.Asks = mailer.Lane{Hour: 1, UnprovenAddress: 1, Hand: 5, Pause: 12 * time.Hour}
			w.recoverAll(s.handed)
			for _, id := range []workflow.ID{s.id, other} {
				e := workflow.Event{Type: workflow.Recovered, Actor: "daemon", Base: workflow.EffectBase(w.epoch)}
				if proven {
					e.Proof = &workflow.Proof{Type: workflow.SendConfirmation, Effect: workflow.EffectID(id) + ".1", At: s.now}
				}
				w.step(id, e)
			}
			w.work()
			if n := w.post.count(anna); n != map[bool]int{true: 2, false: 1}[proven] {
				t.Errorf("anna was asked %d times", n)
			}
		})
	}
}

// A package that came back has answered nobody: what a recovery completes by its copy is held for
// a person, by the same evidence as ever, and nobody's address is suppressed for what is long past.
func TestRecoveredRequestWhosePackageCameBackIsNotOver(t *testing.T) {
	for name, c := range map[string]struct {
		notice func(s *scene) []byte
		number int // of the package that the copy tells of, after the one that came back
		first  bool
		want   workflow.State
		rule   string
	}{
		"its package": {func(s *scene) []byte {
			from, _ := s.sender(anna)
			return s.notice(dead(from, anna))
		}, 0, false, workflow.Stuck, "bounce"},
		"its package, and the store had kept the request": {func(s *scene) []byte {
			from, _ := s.sender(anna)
			return s.notice(dead(from, anna))
		}, 0, true, workflow.Stuck, "bounce"},
		"its passphrase": {func(s *scene) []byte {
			from, _ := s.sender(second)
			return s.notice(dead(from, second))
		}, 0, false, workflow.Stuck, "bounce"},
		"an older package": {func(s *scene) []byte {
			from, _ := s.sender(anna)
			return s.notice(dead(from, anna))
		}, 5, false, workflow.Completed, "recovered"},
		"a package that is only late": {func(s *scene) []byte {
			from, _ := s.sender(anna)
			n := dead(from, anna)
			n.action, n.status = "delayed", "4.4.1"
			return s.notice(n)
		}, 0, false, workflow.Completed, "recovered"},
		"somebody knows the package's Message-ID": {func(s *scene) []byte {
			_, id := s.sender(anna)
			n := dead(desk, "x@evil.example")
			n.original = id
			return s.notice(n)
		}, 0, false, workflow.Completed, "bounce/unproven"},
		"another mail came back": {func(s *scene) []byte {
			return s.notice(dead("someone@else.example", anna))
		}, 0, false, workflow.Completed, "recovered"},
	} {
		t.Run(name, func(t *testing.T) {
			s := finished(t)
			raw := c.notice(s)
			back := inbox.Mail{Mailbox: "dsr", UIDValidity: 1, UID: 90, Arrived: s.now, Size: int64(len(raw)), Raw: raw}
			r := s.load(s.id)
			w := s.later()
			w.desk.Suppression = w.store
			w.recoverAll(s.handed)
			shown := func(last bool) mailer.Recovered {
				made, err := w.desk.Recover(w.ctx(), back, last)
				w.must(err)
				return made
			}
			if !c.first {
				shown(false)
			}
			sent := *r.Package
			sent.Blob, sent.Passphrase = "", ""
			w.step(s.id, workflow.Event{
				Type: workflow.Recovered, Actor: "daemon", Base: workflow.EffectBase(w.epoch),
				Proof: &workflow.Proof{
					Type: workflow.SendPackage, At: s.now, Package: &sent, Ack: r.Ack,
					Effect: workflow.EffectID(fmt.Sprintf("%s.%d", s.id, numberOf(r.Package.SentBy)+c.number)),
				},
			})
			if got := w.load(s.id).State; got != workflow.Completed {
				t.Fatalf("before the notice it is %s", got)
			}
			shown(!c.first)
			if got := w.load(s.id); got.State != c.want || got.Challenge != nil {
				t.Errorf("state %s, code %v, want %s", got.State, got.Challenge, c.want)
			}
			if rec := w.record(raw); rec.Outcome != workflow.MailNoted || rec.Rule != c.rule {
				t.Errorf("the notice came to %s by %q, want %q", rec.Outcome, rec.Rule, c.rule)
			}
			if made := shown(true); !made.Known {
				t.Errorf("once more: %+v", made)
			}
			for _, a := range []workflow.Address{anna, second} {
				if _, on, err := w.store.Suppressed(w.ctx(), a, w.now); err != nil || on {
					t.Errorf("%s is suppressed, %v", a, err)
				}
			}
			w.work()
			if len(w.post.sent) != 0 {
				t.Errorf("%d letters left", len(w.post.sent))
			}
		})
	}
}
