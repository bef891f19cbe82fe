package mailer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

var errDown = errors.New("out of order")

// ports breaks calls of the desk to the store: before they are made, or after, as a
// crash would.
type ports struct {
	*world
	before, after map[string]error // by name of the method, for the next call
}

func breakable(w *world) *ports {
	p := &ports{world: w, before: map[string]error{}, after: map[string]error{}}
	w.desk.Workflow, w.desk.Journal, w.desk.Replays = p, p, p
	w.desk.Limits, w.desk.Requests = p, p
	return p
}

func (p *ports) fail(when map[string]error, name string) error {
	err := when[name]
	delete(when, name)
	return err
}

func call[T any](p *ports, name string, f func() (T, error)) (T, error) {
	var none T
	if err := p.fail(p.before, name); err != nil {
		return none, err
	}
	v, err := f()
	if fault := p.fail(p.after, name); fault != nil {
		return none, fault
	}
	return v, err
}

func (p *ports) Receive(ctx context.Context, r workflow.Request, op string) (workflow.Birth, error) {
	return call(p, "Receive", func() (workflow.Birth, error) { return p.engine.Receive(ctx, r, op) })
}

func (p *ports) Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error) {
	return call(p, "Step", func() (workflow.Request, error) { return p.engine.Step(ctx, id, e) })
}

func (p *ports) BeginMail(ctx context.Context, m workflow.MailRecord, now time.Time) (workflow.MailRecord, error) {
	return call(p, "BeginMail", func() (workflow.MailRecord, error) { return p.store.BeginMail(ctx, m, now) })
}

func (p *ports) FinishMail(ctx context.Context, m workflow.MailRecord) error {
	_, err := call(p, "FinishMail", func() (int, error) { return 0, p.store.FinishMail(ctx, m) })
	return err
}

func (p *ports) PutOff(ctx context.Context, m workflow.MailRecord) error {
	_, err := call(p, "PutOff", func() (int, error) { return 0, p.store.PutOff(ctx, m) })
	return err
}

func (p *ports) Remembered(ctx context.Context, key string) (string, error) {
	return call(p, "Remembered", func() (string, error) { return p.store.Remembered(ctx, key) })
}

func (p *ports) First(ctx context.Context, key, owner string, now time.Time) (bool, error) {
	return call(p, "First", func() (bool, error) { return p.store.First(ctx, key, owner, now) })
}

func (p *ports) Allow(ctx context.Context, key string, limit int, window time.Duration, now time.Time) (bool, error) {
	return call(p, "Allow", func() (bool, error) { return p.store.Allow(ctx, key, limit, window, now) })
}

func (p *ports) Load(ctx context.Context, id workflow.ID) (workflow.Request, error) {
	return call(p, "Load", func() (workflow.Request, error) { return p.store.Load(ctx, id) })
}

func (p *ports) Find(ctx context.Context, l string) ([]workflow.ID, error) {
	return call(p, "Find", func() ([]workflow.ID, error) { return p.store.Find(ctx, l) })
}

func (p *ports) Applied(ctx context.Context, id workflow.ID, op string) (bool, error) {
	return call(p, "Applied", func() (bool, error) { return p.store.Applied(ctx, id, op) })
}

var methods = []string{"Receive", "Step", "BeginMail", "FinishMail", "First", "Allow", "Load", "Find", "Applied"}

// Whatever call fails, before or after it did its work, the mail stays, and the next
// scan ends it as if nothing had happened: once.
func TestAFaultAnywhereCostsNothingButTime(t *testing.T) {
	mails := map[string]struct {
		write   func(*scene) []byte
		outcome workflow.Outcomes
	}{
		"a request": {func(s *scene) []byte {
			return s.signed(mark, "two", "Please export the data of a@customer.example and b@buyer.example.\n")
		}, workflow.MailStarted},
		"a joining":   {func(s *scene) []byte { return s.please(mark, jane) }, workflow.MailRepeated},
		"a yes":       {honest["a plain yes above the quoted mail"], workflow.MailAnswered},
		"a no":        {func(s *scene) []byte { return s.answer(s.confirmation, anna, "REJECT") }, workflow.MailAnswered},
		"a question":  {func(s *scene) []byte { return s.answer(s.confirmation, anna, "why?") }, workflow.MailAskedBack},
		"a forgery":   {refused["no signature"].write, workflow.MailHeld},
		"a new round": {func(s *scene) []byte { return s.anew() }, workflow.MailStarted},
	}
	for name, m := range mails {
		for _, method := range methods {
			for _, when := range []string{"before", "after"} {
				t.Run(fmt.Sprintf("%s, %s %s", name, when, method), func(t *testing.T) {
					s := newScene(t)
					raw := m.write(s)
					p := breakable(s.world)
					faults := map[string]map[string]error{"before": p.before, "after": p.after}[when]
					faults[method] = errDown
					d, err := s.try(raw)
					if faults[method] == nil && (err == nil || d != inbox.Leave) {
						t.Errorf("with the fault: disposition %v, %v", d, err)
					}
					if err != nil && strings.Contains(err.Error(), "@") {
						t.Errorf("the error names somebody: %v", err)
					}
					delete(faults, method)
					was := len(s.rules(s.id))
					rec := s.take(raw)
					if rec.Outcome != m.outcome {
						t.Errorf("then: %s by %q", rec.Outcome, rec.Rule)
					}
					if again := s.take(raw); again.Outcome != rec.Outcome || len(s.rules(s.id)) > max(1, was) {
						t.Errorf("again: %s, rules %v", again.Outcome, s.rules(s.id))
					}
					if r := s.load(s.id); r.Questions > 1 || len(s.requests()) > 3 {
						t.Errorf("%d questions, %d requests", r.Questions, len(s.requests()))
					}
				})
			}
		}
	}
}

// anew is a request that jane writes below an old mail of ours.
func (s *scene) anew() []byte {
	s.t.Helper()
	l := s.reply(s.post.to(s.t, jane), jane, "Please export the data of john@customer.example too.")
	return seal(s.write(l), signature{domain: "customer.example"})
}

// A mail that kills us is set aside at the fourth attempt; one that only met
// somebody else's fault never is.
func TestOnlyCrashesCountAsAttempts(t *testing.T) {
	s := newScene(t)
	p := breakable(s.world)
	patient := s.signed(jane, "x", "Please export the data of p@customer.example.\n")
	for range 9 {
		p.before["Receive"] = errDown
		if _, err := s.try(patient); !errors.Is(err, errDown) {
			t.Fatalf("got %v", err)
		}
	}
	if rec := s.take(patient); rec.Outcome != workflow.MailStarted {
		t.Errorf("after nine faults: %s by %q", rec.Outcome, rec.Rule)
	}

	// A fault that one mail meets for more than a day is taken for its own.
	stubborn := s.signed(jane, "x", "Please export the data of s@customer.example.\n")
	for range 9 {
		p.before["Receive"] = errDown
		if _, err := s.try(stubborn); !errors.Is(err, errDown) {
			t.Fatalf("got %v", err)
		}
		s.pass(3 * time.Hour)
	}
	for range 3 {
		p.before["Receive"] = errDown
		if _, err := s.try(stubborn); !errors.Is(err, errDown) {
			t.Fatalf("after a day: got %v", err)
		}
	}
	if d, rec := s.hand(stubborn); d != inbox.Quarantine || rec.Rule != "attempts" {
		t.Errorf("got %v, %+v", d, rec)
	}

	deadly := s.signed(jane, "x", "Please export the data of d@customer.example.\n")
	for range 3 { // killed before it could put the mail off
		p.before["Receive"], p.before["PutOff"] = errDown, errDown
		if _, err := s.try(deadly); err == nil {
			t.Fatal("no error")
		}
	}
	d, rec := s.hand(deadly)
	if d != inbox.Quarantine || rec.Outcome != workflow.MailQuarantined || rec.Rule != "attempts" {
		t.Errorf("got %v, %+v", d, rec)
	}
}

// What all mails need is away: the scan is told so, and no mail ever pays for it.
func TestAStoreThatIsAwayIsNoMailsFault(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		ours bool
	}{
		"the store cannot do it now":  {fmt.Errorf("commit: %w", workflow.Unavailable), true},
		"the store went back":         {fmt.Errorf("commit: %w", workflow.Outdated), true},
		"another replica has the box": {fmt.Errorf("commit: %w", workflow.Fenced), true},
		"a fault of this mail":        {errDown, false},
	} {
		for _, method := range []string{"BeginMail", "Receive", "FinishMail"} {
			t.Run(name+", "+method, func(t *testing.T) {
				s := newScene(t)
				p := breakable(s.world)
				raw := s.signed(jane, "x", "Please export the data of p@customer.example.\n")
				p.before[method] = c.err
				d, err := s.try(raw)
				if d != inbox.Leave || !errors.Is(err, c.err) || errors.Is(err, inbox.ErrOurs) != c.ours {
					t.Errorf("got %v, %v; want ours: %v", d, err, c.ours)
				}
			})
		}
	}
	s := newScene(t)
	p := breakable(s.world)
	raw := s.signed(jane, "x", "Please export the data of p@customer.example.\n")
	for range 30 {
		p.before["Receive"] = workflow.Unavailable
		if _, err := s.try(raw); !errors.Is(err, inbox.ErrOurs) {
			t.Fatalf("got %v", err)
		}
		s.pass(3 * time.Hour)
	}
	if rec := s.take(raw); rec.Outcome != workflow.MailStarted {
		t.Errorf("after four days: %s by %q", rec.Outcome, rec.Rule)
	}
}

func TestAnOversizeMailIsSetAside(t *testing.T) {
	w := newWorld(t)
	d, rec := w.hand([]byte("Subject: big\r\n\r\n"), func(m *inbox.Mail) { m.Oversize = true })
	if d != inbox.Quarantine || rec.Rule != "oversize" || len(w.requests()) != 0 {
		t.Errorf("got %v, %+v", d, rec)
	}
}

// A DNS that is out of order puts the decision off, however long the mail had lain
// unread; when it has not come back after 36 minutes, the answer is held.
func TestAnAnswerWaitsForDNS(t *testing.T) {
	for name, back := range map[string]bool{"that comes back": true, "that stays away": false} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			raw := s.answer(s.confirmation, anna, "CONFIRM")
			arrived := func(at time.Time) func(*inbox.Mail) {
				return func(m *inbox.Mail) { m.Arrived = at }
			}(s.now)
			s.pass(5 * time.Hour)
			s.zone.fails = errDown
			for range 36 {
				d, err := s.try(raw, arrived)
				if err == nil || d != inbox.Leave || s.record(raw).Outcome != "" {
					t.Fatalf("%s after it was first seen: %v, %v", s.now.Sub(monday), d, err)
				}
				s.pass(time.Minute)
			}
			if back {
				s.zone.fails = nil
			}
			rec := s.take(raw, arrived)
			r := s.load(s.id)
			if back && (rec.Outcome != workflow.MailAnswered || r.State != workflow.Confirmed) {
				t.Errorf("came to %s by %q, state %s", rec.Outcome, rec.Rule, r.State)
			}
			if !back && (rec.Outcome != workflow.MailHeld || rec.Rule != "ack/authentic" || r.Ack != nil) {
				t.Errorf("came to %s by %q, ack %v", rec.Outcome, rec.Rule, r.Ack)
			}
		})
	}
}

// Another rule has failed for good: a stranger's dead DNS is not asked again.
func TestAForgeryDoesNotWaitForDNS(t *testing.T) {
	for name, raw := range map[string]func(*scene) []byte{
		"a stranger":    func(s *scene) []byte { return s.answer(s.confirmation, "eve@evil.example", "CONFIRM") },
		"a wrong code":  refused["an invented code"].write,
		"an early date": refused["written before it was asked"].write,
	} {
		s := newScene(t)
		mail := raw(s)
		s.zone.fails = errDown
		if rec := s.take(mail); rec.Outcome != workflow.MailHeld {
			t.Errorf("%s: came to %q by %q", name, rec.Outcome, rec.Rule)
		}
	}
}

func TestARequestDoesNotWaitForDNS(t *testing.T) {
	w := newWorld(t)
	w.zone.fails = errDown
	rec := w.take(w.signed(jane, "My data", "Please export the data of "+jane+".\n"))
	if rec.Outcome != workflow.MailStarted || w.load(rec.Requests[0]).Requester.Verified {
		t.Errorf("got %+v", rec)
	}
}

func inJunk(m *inbox.Mail) { m.Junk, m.Folder = true, "Junk" }

// In the junk folder only a proven answer with a live code counts. All else is left
// as it is, and read as any mail when somebody takes it out.
func TestJunkIsLeftAloneUntilItIsRescued(t *testing.T) {
	for name, c := range map[string]struct {
		write    func(*scene) []byte
		rescued  workflow.Outcomes
		requests int
	}{
		"a request": {func(s *scene) []byte {
			return s.signed(mark, "x", "Please export the data of m@customer.example.\n")
		}, workflow.MailStarted, 2},
		"an answer without the code": {func(s *scene) []byte {
			return s.as(func(l *letter, _ *signature) { l.body = "CONFIRM\n" })
		}, workflow.MailAskedBack, 1},
		"an answer nobody signed":         {refused["no signature"].write, workflow.MailHeld, 1},
		"a new request below an old mail": {func(s *scene) []byte { return s.anew() }, workflow.MailStarted, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			raw := c.write(s)
			for range 2 {
				d, rec := s.hand(raw, inJunk)
				if d != inbox.Ignore || rec.Outcome != workflow.MailNoted || rec.Rule != "junk" {
					t.Fatalf("in junk: %v, %+v", d, rec)
				}
			}
			if r := s.load(s.id); len(s.requests()) != 1 || r.Questions != 0 || len(s.rules(s.id)) != 0 {
				t.Errorf("it left something: %+v", r)
			}
			d, rec := s.hand(raw)
			if d != inbox.Done || rec.Outcome != c.rescued || len(s.requests()) != c.requests {
				t.Errorf("rescued: %v, %s by %q, %d requests", d, rec.Outcome, rec.Rule, len(s.requests()))
			}
		})
	}
}

func TestAProvenAnswerInJunkCounts(t *testing.T) {
	s := newScene(t)
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	s.zone.fails = errDown
	if d, err := s.try(raw, inJunk); d != inbox.Leave || err == nil {
		t.Errorf("while DNS is out: %v, %v", d, err)
	}
	s.zone.fails = nil
	d, rec := s.hand(raw, inJunk)
	if d != inbox.Done || rec.Outcome != workflow.MailAnswered || s.load(s.id).State != workflow.Confirmed {
		t.Errorf("got %v, %+v", d, rec)
	}
}

// No machine's mail decides, asks or is answered, even with the live code in it and
// a signature that proves it.
func TestMachinesDecideNothing(t *testing.T) {
	for name, c := range map[string]struct{ field, rule string }{
		"out of office":   {"Auto-Submitted: auto-replied", "away"},
		"vacation":        {"X-Autoreply: yes", "away"},
		"a mailing list":  {"List-Id: <all.acme.example>", "list"},
		"bulk":            {"Precedence: bulk", "away"},
		"our own loop":    {"X-Dsrd-Loop: %s", ""},
		"a read receipt":  {"Content-Type: multipart/report; report-type=disposition-notification; boundary=b", "report"},
		"a null sender":   {"Return-Path: <>", "away"},
		"machine written": {"X-FC-Machinegenerated: true", "away"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			field := strings.Replace(c.field, "%s", s.desk.Marks.LoopMark(), 1)
			l := s.yes()
			l.more += field + "\r\n"
			if strings.Contains(field, "multipart") {
				l.body = "--b\n\nCONFIRM\n" + l.body + "\n--b\nContent-Type: message/disposition-notification\n\n" +
					"Final-Recipient: rfc822; a@b.example\nDisposition: automatic-action/MDN-sent-automatically; displayed\n\n--b--\n"
			}
			rec := s.take(seal(s.write(l), signature{domain: "acme.example"}))
			if rec.Rule != c.rule || rec.Class == "human" {
				t.Errorf("class %s, came to %s by %q", rec.Class, rec.Outcome, rec.Rule)
			}
			r := s.load(s.id)
			if r.State != workflow.AwaitingConfirmation || r.Ordered != 2 || len(s.requests()) != 1 {
				t.Errorf("state %s, %d effects, %d requests", r.State, r.Ordered, len(s.requests()))
			}
		})
	}
}

func TestOnlyTheAdminIsAway(t *testing.T) {
	s := newScene(t)
	for from, rule := range map[string]string{anna: "away", mark: "auto"} {
		l := s.reply(s.confirmation, from, "I am away.")
		l.more += "Auto-Submitted: auto-replied\r\n"
		if rec := s.take(s.write(l)); rec.Rule != rule {
			t.Errorf("%s: got %q, want %q", from, rec.Rule, rule)
		}
	}
}

// Strangers cannot fill a history, and leave room in it for the admin.
func TestNotesOfStrangersAreBounded(t *testing.T) {
	s := newScene(t)
	for n := range 30 {
		rec := s.take(s.answer(s.confirmation, "eve@evil.example", fmt.Sprintf("CONFIRM %d", n)))
		if rec.Outcome != workflow.MailHeld || rec.Rule != "ack/from" || len(rec.Requests) != 1 {
			t.Fatalf("forgery %d: %+v", n, rec)
		}
	}
	if got := len(s.rules(s.id)); got != 20 {
		t.Errorf("%d are in the history, want 20", got)
	}
	s.take(refused["an invented code"].write(s))
	if rules := s.rules(s.id); rules[len(rules)-1] != "ack/token" {
		t.Errorf("the admin's own is not in the history: %v", rules)
	}
	s.pass(25 * time.Hour)
	s.take(s.answer(s.confirmation, "eve@evil.example", "CONFIRM again"))
	if got := len(s.rules(s.id)); got != 22 {
		t.Errorf("a day later %d are in the history, want 22", got)
	}
}

var _ mailer.Requests = (*ports)(nil)

// What lies where, and how large it was, is for the person who looks after it.
func TestARecordSaysWhereAMailLies(t *testing.T) {
	w := newWorld(t)
	raw := w.signed(mark, "x", "Please export the data of "+jane+".\n")
	rec := w.take(raw)
	if rec.Folder != "INBOX" || rec.Size != int64(len(raw)) || rec.Mailbox != "dsr/INBOX" {
		t.Errorf("it lies in %q of %q, with %d bytes", rec.Folder, rec.Mailbox, rec.Size)
	}
}
