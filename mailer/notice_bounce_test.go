package mailer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/workflow"
)

const second = "records@acme.example"

// listed is a scene whose desk and postman share the list of dead addresses.
func listed(s *scene) *scene {
	s.desk.Suppression, s.postman.Suppression = s.store, s.store
	s.worker.Carriers[workflow.SendEscalation] = s.postman
	return s
}

// notice is what a server writes when it could not deliver a mail.
type notice struct {
	to, original           string // whom it is sent to, and the Message-ID that it names
	recipient              string
	action, status, server string
}

func dead(to, recipient string) notice {
	return notice{to: to, original: "lost@relay.example", recipient: recipient, action: "failed",
		status: "5.1.1", server: "550 5.1.1 no such user"}
}

func (s *scene) notice(n notice) []byte {
	return s.write(letter{
		from: "MAILER-DAEMON@mx.example", to: n.to, subject: "Undelivered Mail Returned to Sender",
		more: "Return-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
		body: fmt.Sprintf("--b\n\nThis is what became of your mail.\n--b\nContent-Type: message/delivery-status\n\n"+
			"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; %s\nAction: %s\nStatus: %s\n"+
			"Diagnostic-Code: smtp; %s\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s>\n\n--b--\n",
			n.recipient, n.action, n.status, n.server, n.original),
	})
}

// sender is the envelope sender of the newest mail to somebody, and that mail's id.
func (s *scene) sender(to string) (from, id string) {
	s.t.Helper()
	for i := len(s.post.sent) - 1; i >= 0; i-- {
		if m := s.post.sent[i]; m.to == to {
			h, _ := readMail(s.t, m.raw)
			return m.from, strings.Trim(h.Get("Message-Id"), "<>")
		}
	}
	s.t.Fatalf("no mail was sent to %s", to)
	return "", ""
}

func (s *scene) suppressed(a workflow.Address) bool {
	s.t.Helper()
	why, on, err := s.store.Suppressed(s.ctx(), a, s.now)
	s.must(err)
	if on && (strings.Contains(why, "@") || !strings.HasPrefix(why, "user_unknown since ")) {
		s.t.Errorf("the list says %q", why)
	}
	return on
}

// operator does what an operator's verb does.
func (s *scene) operator(verb func(workflow.Request) (workflow.EventType, error)) {
	s.t.Helper()
	what, err := verb(s.load(s.id))
	s.must(err)
	s.step(s.id, workflow.Event{Type: what, Actor: "operator:olga"})
	s.work()
}

func finished(t *testing.T) *scene {
	s := released(t)
	s.work()
	if got := s.load(s.id).State; got != workflow.Completed {
		t.Fatalf("state %s", got)
	}
	return s
}

// escalated is a scene in which anna did not answer and the second contact was told.
func escalated(t *testing.T) *scene {
	s := &scene{world: newWorld(t)}
	s.worker.Carriers[workflow.SendEscalation] = s.postman
	s.desk.Policy = func(workflow.Tenant) workflow.Policy {
		p := workflow.DefaultPolicy()
		p.Escalations = 1
		return p
	}
	s.id, _ = s.asked()
	s.pass(8 * 24 * time.Hour)
	s.work()
	s.confirmation = s.post.to(t, anna)
	return s
}

// From the letter that leaves to the notice that comes back to its envelope sender
// alone: what could not arrive is a person's, and its address gets nothing.
func TestADeadAddressIsFoundByTheEnvelopeSender(t *testing.T) {
	for name, c := range map[string]struct {
		scene func(*testing.T) *scene
		to    workflow.Address
		state workflow.State
	}{
		"of a confirmation":                    {func(t *testing.T) *scene { return newScene(t) }, anna, workflow.Stuck},
		"of a package":                         {finished, anna, workflow.Stuck},
		"of a passphrase":                      {finished, second, workflow.Stuck},
		"of a word to the second contact":      {escalated, second, workflow.AwaitingConfirmation},
		"of the confirmation of a later round": {escalated, anna, workflow.Stuck},
	} {
		t.Run(name, func(t *testing.T) {
			s := listed(c.scene(t))
			from, _ := s.sender(string(c.to))
			rec := s.take(s.notice(dead(from, string(c.to))))
			if rec.Class != "bounce" || rec.Outcome != workflow.MailNoted || rec.Rule != "bounce" {
				t.Errorf("class %s, came to %s by %q", rec.Class, rec.Outcome, rec.Rule)
			}
			r := s.load(s.id)
			if r.State != c.state || c.state == workflow.Stuck && r.Reason != workflow.Undeliverable {
				t.Errorf("state %s for %s", r.State, r.Reason)
			}
			if !s.suppressed(c.to) {
				t.Error("the address is not suppressed")
			}
			for _, other := range []workflow.Address{anna, second, jane} {
				if other != c.to && s.suppressed(other) {
					t.Errorf("%s is suppressed too", other)
				}
			}
			if events := s.notes(workflow.Bounced, workflow.LetterReturned); len(events) != 1 ||
				events[0] != "failed 5.1.1 user_unknown" {
				t.Errorf("the history tells %q", events)
			}
		})
	}
}

// notes are what the history tells to people of events of those types.
func (s *scene) notes(types ...workflow.EventType) (notes []string) {
	s.t.Helper()
	entries, err := s.store.History(s.ctx(), s.id)
	s.must(err)
	for _, e := range entries {
		for _, t := range types {
			if e.Event.Type == t {
				notes = append(notes, privateNote(s.t, e))
			}
		}
	}
	return notes
}

// What is no proof that a mail of ours met a dead address moves nothing.
func TestWhatDoesNotSuppress(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *scene, n *notice)
		rule   string
		state  workflow.State
	}{
		"a delay": {func(_ *scene, n *notice) { n.action, n.status, n.server = "delayed", "4.4.1", "451 later" },
			"bounce", workflow.AwaitingConfirmation},
		"a mail that was handed on": {func(_ *scene, n *notice) { n.action, n.status, n.server = "relayed", "2.0.0", "250 ok" },
			"report", workflow.AwaitingConfirmation},
		"a mail that was delivered": {func(_ *scene, n *notice) { n.action, n.status, n.server = "delivered", "2.0.0", "250 ok" },
			"report", workflow.AwaitingConfirmation},
		"a mailbox that is full": {func(_ *scene, n *notice) { n.status, n.server = "5.2.2", "552 5.2.2 mailbox full" },
			"bounce", workflow.Stuck},
		"a policy": {func(_ *scene, n *notice) { n.status, n.server = "5.7.1", "550 5.7.1 not from you" },
			"bounce", workflow.Stuck},
		"a server that never answered": {func(_ *scene, n *notice) { n.status, n.server = "4.4.7", "delivery time expired" },
			"bounce", workflow.Stuck},
		"a forged envelope sender": {func(_ *scene, n *notice) { n.to = strings.Replace(n.to, "-1-", "-2-", 1) },
			"bounce/unknown", workflow.AwaitingConfirmation},
		"another kind of letter in the envelope sender": {func(_ *scene, n *notice) { n.to = strings.Replace(n.to, "-1-", "-1-p-", 1) },
			"bounce/unknown", workflow.AwaitingConfirmation},
		"no envelope sender and a Message-ID of nobody": {func(_ *scene, n *notice) { n.to = desk },
			"bounce/unknown", workflow.AwaitingConfirmation},
		"a forged Message-ID": {func(s *scene, n *notice) {
			_, id := s.sender(anna)
			n.to, n.original = desk, strings.Replace(id, ".1.1.", ".1.9.", 1)
		}, "bounce/unknown", workflow.AwaitingConfirmation},
		"the true mark of a request that is not there": {func(s *scene, n *notice) {
			n.to = s.postman.Marks.BounceAddress("00aaaaaaaaaaaaaaaaaaaaaaaa.1")
		}, "bounce/unknown", workflow.AwaitingConfirmation},
	} {
		t.Run(name, func(t *testing.T) {
			s := listed(newScene(t))
			from, _ := s.sender(anna)
			n := dead(from, anna)
			c.change(s, &n)
			rec := s.take(s.notice(n))
			if rec.Outcome != workflow.MailNoted || rec.Rule != c.rule {
				t.Errorf("class %s, came to %s by %q", rec.Class, rec.Outcome, rec.Rule)
			}
			if got := s.load(s.id).State; got != c.state {
				t.Errorf("state %s, want %s", got, c.state)
			}
			if s.suppressed(anna) {
				t.Error("the address is suppressed")
			}
		})
	}
}

// Whoever got a letter's Message-ID, in an answer's References say, can write a notice
// about it: no address is suppressed by it, and none but the letter's own stops a request.
func TestAMessageIDAloneSuppressesNobody(t *testing.T) {
	for name, c := range map[string]struct {
		change func(raw, id string) string
		to     string
		rule   string
		state  workflow.State
	}{
		"returned, of the letter's recipient": {func(raw, id string) string {
			return strings.Replace(raw, "lost@relay.example", id, 1)
		}, anna, "bounce", workflow.Stuck},
		"returned, of somebody else": {func(raw, id string) string {
			return strings.Replace(raw, "lost@relay.example", id, 1)
		}, "x@evil.example", "bounce/unproven", workflow.AwaitingConfirmation},
		"in References": {func(raw, id string) string {
			return strings.Replace(raw, "MIME-Version:", "References: <"+id+">\r\nMIME-Version:", 1)
		}, anna, "bounce/unproven", workflow.AwaitingConfirmation},
		"in References, with nothing returned": {func(raw, id string) string {
			raw = strings.Replace(raw, "Message-ID: <lost@relay.example>", "X: y", 1)
			return strings.Replace(raw, "MIME-Version:", "References: <"+id+">\r\nMIME-Version:", 1)
		}, anna, "bounce/unproven", workflow.AwaitingConfirmation},
		"in its words": {func(raw, id string) string {
			raw = strings.Replace(raw, "Message-ID: <lost@relay.example>", "X: y", 1)
			return strings.Replace(raw, "This is what became", "Message-ID: <"+id+">\r\nThis is what became", 1)
		}, anna, "bounce/unproven", workflow.AwaitingConfirmation},
		"returned, with nothing reported": {func(raw, id string) string {
			raw = strings.Replace(raw, "message/delivery-status", "text/plain", 1)
			return strings.Replace(raw, "lost@relay.example", id, 1)
		}, anna, "bounce/unproven", workflow.AwaitingConfirmation},
	} {
		t.Run(name, func(t *testing.T) {
			s := listed(newScene(t))
			_, id := s.sender(anna)
			raw := c.change(string(s.notice(dead(desk, c.to))), id)
			if rec := s.take([]byte(raw)); rec.Class != "bounce" || rec.Rule != c.rule {
				t.Errorf("class %s, came to %s by %q", rec.Class, rec.Outcome, rec.Rule)
			}
			notes := s.notes(workflow.Bounced, workflow.LetterReturned)
			if r := s.load(s.id); r.State != c.state || len(notes) != 1 {
				t.Errorf("state %s, the history tells %q", r.State, notes)
			}
			if s.suppressed(anna) || s.suppressed("x@evil.example") {
				t.Error("an address is suppressed")
			}
			sent := s.post.count(anna)
			s.ask()
			if s.post.count(anna) != sent+1 {
				t.Error("anna is not asked the next time")
			}
		})
	}
}

// Whoever writes another's address into a notice that is true otherwise gains nothing:
// suppressed is whom the letter went to, or nobody.
func TestANoticeCannotSuppressOthers(t *testing.T) {
	s := listed(newScene(t))
	from, _ := s.sender(anna)
	s.take(s.notice(dead(from, bob)))
	if s.suppressed(bob) || !s.suppressed(anna) {
		t.Errorf("bob %v, anna %v", s.suppressed(bob), s.suppressed(anna))
	}
	s = listed(escalated(t))
	from, _ = s.sender(second)
	s.take(s.notice(dead(from, bob)))
	if s.suppressed(bob) || s.suppressed(second) {
		t.Error("a notice that names neither admin nor second contact suppresses somebody")
	}
	s = listed(escalated(t))
	from, _ = s.sender(second)
	both := dead(from, bob)
	both.server += "\n\nFinal-Recipient: rfc822; " + second + "\nAction: failed\nStatus: 5.2.2"
	s.take(s.notice(both))
	if s.suppressed(bob) || s.suppressed(second) {
		t.Error("the second contact is suppressed because another's address is dead")
	}
}

// ask is another request that anna is to be asked about.
func (s *scene) ask() workflow.ID {
	s.t.Helper()
	s.mails++
	rec := s.take(s.write(letter{from: mark, to: desk,
		body: fmt.Sprintf("Please export the data of person%d@customer.example.\n", s.mails)}))
	if rec.Outcome != workflow.MailStarted {
		s.t.Fatalf("the request came to %+v", rec)
	}
	s.work()
	return rec.Requests[0]
}

// A suppressed address is not tried: the letter fails at once. An operator's order for
// the request is tried, and after it everybody's are.
func TestASuppressedAddressIsNotTried(t *testing.T) {
	s := listed(newScene(t))
	from, _ := s.sender(anna)
	s.take(s.notice(dead(from, anna)))
	first, sent := s.id, s.post.count(anna)
	s.pass(time.Minute)
	s.id = s.ask()
	if r := s.load(s.id); r.State != workflow.Stuck || r.Reason != workflow.Undeliverable || r.Codes != 0 {
		t.Fatalf("the next request: state %s for %s, %d codes", r.State, r.Reason, r.Codes)
	}
	if n := s.post.count(anna); n != sent {
		t.Fatalf("%d mails were tried", n-sent)
	}
	s.pass(time.Minute)
	s.operator(workflow.OnRetry)
	if r := s.load(s.id); r.State != workflow.AwaitingConfirmation || s.post.count(anna) != sent+1 {
		t.Fatalf("after the operator's retry: state %s, %d mails", r.State, s.post.count(anna)-sent)
	}
	if s.suppressed(anna) {
		t.Error("still suppressed")
	}
	s.id = first
	s.pass(time.Minute)
	s.operator(workflow.OnResend)
	s.confirmation = s.post.to(t, anna)
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the first request's answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// An order that an operator gave before the mail came back does not say that the dead
// address is to be tried; the daemon's own orders never do.
func TestOnlyALaterOrderOfAnOperatorLifts(t *testing.T) {
	s := listed(newScene(t))
	s.step(s.id, workflow.Event{Type: workflow.AskAgain, Actor: "operator:olga"})
	s.work()
	from, _ := s.sender(anna)
	s.pass(time.Minute)
	sent := s.post.count(anna)
	s.take(s.notice(dead(from, anna)))
	s.pass(time.Minute)
	s.step(s.id, workflow.Event{Type: workflow.AdminChanged, Reason: workflow.AdminReplaced, Actor: "daemon"})
	s.work()
	if r := s.load(s.id); r.State != workflow.Stuck || s.post.count(anna) != sent || !s.suppressed(anna) {
		t.Errorf("state %s, %d mails tried", r.State, s.post.count(anna)-sent)
	}
}

// A day later the next letter finds out whether the address is still dead.
func TestSuppressionEnds(t *testing.T) {
	s := listed(newScene(t))
	from, _ := s.sender(anna)
	s.take(s.notice(dead(from, anna)))
	sent := s.post.count(anna)
	s.pass(24*time.Hour - time.Second)
	s.ask()
	if n := s.post.count(anna); n != sent {
		t.Fatal("tried before the end")
	}
	s.pass(time.Second)
	s.ask()
	if n := s.post.count(anna); n != sent+1 {
		t.Errorf("%d mails after the end", n-sent)
	}
}

// Another address in the registry is another address.
func TestTheNextAdminIsNotSuppressed(t *testing.T) {
	s := listed(newScene(t))
	from, _ := s.sender(anna)
	s.take(s.notice(dead(from, anna)))
	s.people.change("acme", func(t *workflow.Tenant) {
		t.Admins = []workflow.Admin{{Address: berta, Role: workflow.AccountAdministrator}}
	})
	s.pass(time.Minute)
	s.step(s.id, workflow.Event{Type: workflow.AdminChanged, Reason: workflow.AdminReplaced, Actor: "daemon"})
	s.work()
	if rec := s.take(s.answer(s.post.to(t, berta), berta, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("berta's answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// The same notice twice, and a second one about a letter that was replaced since, do
// not suppress what an operator has ordered meanwhile.
func TestAnOldNoticeSuppressesNothingNew(t *testing.T) {
	s := listed(newScene(t))
	from, id := s.sender(anna)
	s.take(s.notice(dead(from, anna)))
	s.pass(time.Minute)
	s.operator(workflow.OnRetry)
	late := dead(from, anna)
	late.original = id
	s.take(s.notice(late))
	if s.suppressed(anna) || s.load(s.id).State != workflow.AwaitingConfirmation {
		t.Errorf("suppressed %v, state %s", s.suppressed(anna), s.load(s.id).State)
	}
}

// A list that cannot be asked lets nothing leave, and a notice is read again.
func TestAListThatIsDownIsWaitedFor(t *testing.T) {
	s := listed(newScene(t))
	from, _ := s.sender(anna)
	raw := s.notice(dead(from, anna))
	down := &brokenList{Suppression: s.store, down: true}
	s.desk.Suppression, s.postman.Suppression = down, down
	if _, err := s.try(raw); err == nil {
		t.Fatal("the notice was taken for done")
	}
	if s.load(s.id).State != workflow.AwaitingConfirmation {
		t.Error("the event came before the list")
	}
	sent := s.post.count(anna)
	id := s.ask()
	if n := s.post.count(anna); n != sent || s.load(id).Closed() {
		t.Error("it was sent, or is lost")
	}
	down.down = false
	s.pass(10 * time.Minute)
	s.work()
	if n := s.post.count(anna); n != sent+1 {
		t.Errorf("%d mails when the list is back", n-sent)
	}
	if rec := s.take(raw); rec.Rule != "bounce" || !s.suppressed(anna) || s.load(s.id).State != workflow.Stuck {
		t.Errorf("the notice came to %q", rec.Rule)
	}
}

// The envelope sender of every letter is an address that a server can write to.
func TestEveryLetterHasAnEnvelopeSenderThatFits(t *testing.T) {
	s := listed(escalated(t))
	for _, m := range append(s.post.sent, finished(t).post.sent...) {
		if m.to == jane {
			if m.from != "" {
				t.Errorf("a receipt left from <%s>", m.from)
			}
			continue
		}
		a, err := mail.ParseAddress(m.from)
		if err != nil || strings.IndexByte(a.Address, '@') > 64 {
			t.Errorf("<%s>: %v", m.from, err)
		}
	}
}

type brokenList struct {
	mailer.Suppression
	down bool
}

func (b *brokenList) Suppress(ctx context.Context, a workflow.Address, why string, until, now time.Time) error {
	if b.down {
		return errDown
	}
	return b.Suppression.Suppress(ctx, a, why, until, now)
}

func (b *brokenList) Suppressed(ctx context.Context, a workflow.Address, now time.Time) (string, bool, error) {
	if b.down {
		return "", false, errDown
	}
	return b.Suppression.Suppressed(ctx, a, now)
}

// privateNote is an event's note, which the history keeps apart.
func privateNote(t testing.TB, e workflow.Entry) string {
	t.Helper()
	var p workflow.Private
	if err := json.Unmarshal(e.Private, &p); err != nil {
		t.Fatal(err)
	}
	return p.Note
}
