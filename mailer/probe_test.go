package mailer_test

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/workflow"
)

// tried remembers probes.
type tried struct {
	probes map[string]mailer.Probe
	shown  map[string]mailer.ProbeVerdict
	fails  error
}

func (p *tried) Probe(_ context.Context, id string) (mailer.Probe, error) {
	probe, ok := p.probes[id]
	if !ok && p.fails == nil {
		return probe, workflow.NotFound
	}
	return probe, p.fails
}

func (p *tried) FinishProbe(_ context.Context, id string, v mailer.ProbeVerdict) error {
	p.shown[id] = v
	probe := p.probes[id]
	probe.Proven = probe.Proven || v.Confirmable
	p.probes[id] = probe
	return nil
}

// probing is a world in which anna was sent a probe.
type probing struct {
	*world
	*tried
	id   string
	sent []byte
}

func newProbing(t testing.TB) *probing {
	w := newWorld(t)
	p := &probing{world: w, tried: &tried{probes: map[string]mailer.Probe{}, shown: map[string]mailer.ProbeVerdict{}}}
	w.desk.Probes = p.tried
	p.sent, p.id = p.probe(anna)
	w.pass(time.Hour)
	return p
}

// probe sends one to anna's tenant.
func (p *probing) probe(admin workflow.Address) ([]byte, string) {
	p.t.Helper()
	id, err := envelope.NewProbe(p.postman.Rand)
	p.must(err)
	sure, err := p.postman.Probe(p.ctx(), id, p.people.tenants["acme"], workflow.Admin{Address: admin})
	p.must(err)
	if !sure {
		p.t.Fatal("nobody knows whether it was sent")
	}
	p.probes[id] = mailer.Probe{Admin: admin}
	return p.post.to(p.t, string(admin)), id
}

// only demands that the mail was a probe's answer and nothing else.
func (p *probing) only(rec workflow.MailRecord) {
	p.t.Helper()
	if rec.Outcome != workflow.MailNoted || rec.Rule != "probe" || len(rec.Requests) > 0 {
		p.t.Errorf("it came to %s %s of %v", rec.Outcome, rec.Rule, rec.Requests)
	}
}

func TestAProbeAsksForNothingAndTellsNothing(t *testing.T) {
	p := newProbing(t)
	h, text := readMail(t, p.sent)
	from, err := mail.ParseAddress(h.Get("From"))
	p.must(err)
	marks := p.desk.Marks
	want := map[string]string{
		"Message-Id": "<" + marks.ProbeMessageID(p.id) + ">", "Reply-To": "<" + marks.ProbeAddress(p.id) + ">",
		"Auto-Submitted": "auto-generated", "X-Dsrd-Loop": marks.LoopMark(), "To": "<" + anna + ">",
	}
	for name, value := range want {
		if h.Get(name) != value {
			t.Errorf("%s: %s, want %s", name, h.Get(name), value)
		}
	}
	if from.Address != desk || p.post.sent[0].from != marks.ProbeBounce(p.id) {
		t.Errorf("from %s, envelope sender %s", from.Address, p.post.sent[0].from)
	}
	if strings.Contains(text, "Code:") || strings.Contains(text, "DSR-") || strings.Contains(h.Get("Subject"), "DSR-") {
		t.Errorf("it bears a code or a tag:\n%s", text)
	}
	copied := p.write(letter{from: anna, to: desk, id: marks.ProbeMessageID(p.id), body: "under another name\n"})
	for _, own := range [][]byte{p.sent, copied} {
		if rec := p.take(own); rec.Outcome != workflow.MailOwn {
			t.Errorf("our own probe came to %s", rec.Outcome)
		}
	}
	if len(p.requests()) > 0 || len(p.shown) > 0 {
		t.Error("something came of it")
	}
}

func TestTheAnswerToAProbeShowsTheVerdict(t *testing.T) {
	signedBy := func(domain string) func(*probing, letter) []byte {
		return func(p *probing, l letter) []byte { return seal(p.write(l), signature{domain: domain}) }
	}
	own := signedBy("acme.example")
	adapted := func(change func(*letter)) func(*probing, letter) []byte {
		return func(p *probing, l letter) []byte { change(&l); return own(p, l) }
	}
	ok, none, fail := authentic.Pass, authentic.None, authentic.Fail
	for name, c := range map[string]struct {
		write  func(*probing, letter) []byte
		result authentic.Result
		rules  []string
		server string
	}{
		"signed":                   {own, ok, nil, ""},
		"signed by a host of hers": {signedBy("mail.acme.example"), ok, nil, ""},
		"not signed":               {func(p *probing, l letter) []byte { return p.write(l) }, none, []string{"ack/authentic"}, ""},
		"signed by her provider":   {signedBy("elsewhere.example"), none, []string{"ack/authentic"}, ""},
		"rewritten on the way": {func(p *probing, l letter) []byte {
			return append([]byte(innerHop+stampOf+borderHop), append(own(p, l), "-- \r\nscanned\r\n"...)...)
		}, fail, []string{"ack/authentic"}, "mx.provider.example"},
		"stamped without a name": {func(p *probing, l letter) []byte {
			return append([]byte("Authentication-Results: spf=pass smtp.mailfrom=x.example\r\n"), own(p, l)...)
		}, ok, nil, authentic.WithoutAuthServID},
		"from a colleague":           {adapted(func(l *letter) { l.from = berta }), ok, []string{"ack/from"}, ""},
		"by a program":               {adapted(func(l *letter) { l.more += "Auto-Submitted: auto-replied\r\n" }), ok, []string{"ack/human"}, ""},
		"found by In-Reply-To alone": {adapted(func(l *letter) { l.to = desk }), ok, nil, ""},
		"found by address alone":     {adapted(func(l *letter) { l.more = "" }), ok, nil, ""},
		"found by Delivered-To alone": {adapted(func(l *letter) {
			l.more, l.to = "Delivered-To: "+l.to+"\r\n", desk
		}), ok, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProbing(t)
			p.only(p.take(c.write(p, p.reply(p.sent, anna, "Hello"))))
			v, shown := p.shown[p.id]
			var rules []string
			for _, f := range v.Failures {
				rules = append(rules, f.Rule)
			}
			if !shown || v.Result != c.result || !slices.Equal(rules, c.rules) || v.Confirmable != (rules == nil) ||
				v.AuthServID != c.server || v.Mailbox != "dsr" {
				t.Errorf("got %+v", v)
			}
			if len(p.requests()) > 0 {
				t.Error("a request came of it")
			}
		})
	}
}

func TestAProbeTellsTheSignaturesOfTheAnswer(t *testing.T) {
	p := newProbing(t)
	raw := seal(p.answer(p.sent, anna, "Hello"), signature{domain: "elsewhere.example", selector: "s2"})
	p.only(p.take(raw))
	want := mailer.ProbeVerdict{
		Confirmable: true, Result: authentic.Pass, Way: authentic.ByDKIM, FromDomain: "acme.example", Mailbox: "dsr",
		Signatures: []mailer.ProbeSignature{
			{Domain: "elsewhere.example", Selector: "s2", Result: authentic.Pass},
			{Domain: "acme.example", Selector: "s1", Result: authentic.Pass, Aligned: true},
		},
	}
	if diff := cmp.Diff(want, p.shown[p.id]); diff != "" {
		t.Error(diff)
	}
}

// Whatever the answer to a probe says and carries, nothing is decided by it.
func TestALiveCodeInTheAnswerToAProbeDecidesNothing(t *testing.T) {
	p := newProbing(t)
	id, confirmation := p.asked()
	p.pass(time.Hour)
	yes := p.reply(confirmation, anna, "CONFIRM")
	for name, raw := range map[string][]byte{
		"a probe in Cc": seal(p.write(letter{from: anna, to: yes.to, subject: yes.subject, body: yes.body,
			more: yes.more + "Cc: " + p.desk.Marks.ProbeAddress(p.id) + "\r\n"}), signature{domain: "acme.example"}),
		"a code in a probe's answer": p.answer(p.sent, anna, "CONFIRM\n\n"+yes.body),
	} {
		p.only(p.take(raw))
		if r := p.load(id); r.State != workflow.AwaitingConfirmation || r.Ack != nil || r.Challenge == nil {
			t.Errorf("%s: the request is %s now", name, r.State)
		}
		if rules := p.rules(id); len(rules) > 0 {
			t.Errorf("%s: the history tells of %v", name, rules)
		}
	}
	if rec := p.take(p.answer(confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("her answer to the request came to %s %s", rec.Outcome, rec.Rule)
	}
}

func TestWhatOnlyLooksLikeAProbeIsNone(t *testing.T) {
	p := newProbing(t)
	forged := p.desk.Marks
	forged.Key = []byte("another key")
	for _, to := range []string{forged.ProbeAddress(p.id), "confirm+p-" + p.id + "@provider.example"} {
		raw := seal(p.write(letter{from: jane, to: to, subject: "My data",
			body: "Please export the data of " + jane + ".\n"}), signature{domain: "customer.example"})
		if rec := p.take(raw); rec.Outcome == workflow.MailNoted {
			t.Errorf("a mail to %s came to %s %s", to, rec.Outcome, rec.Rule)
		}
	}
	if len(p.shown) > 0 {
		t.Error("a probe was answered by it")
	}
}

func TestAProofIsNotTakenBackByAVacation(t *testing.T) {
	p := newProbing(t)
	away := p.reply(p.sent, anna, "I am away")
	away.more += "Auto-Submitted: auto-replied\r\n"
	said := func(confirmable bool) {
		t.Helper()
		if v, shown := p.shown[p.id]; !shown || v.Confirmable != confirmable {
			t.Errorf("shown %v: %+v", shown, v)
		}
	}
	p.only(p.take(seal(p.write(away), signature{domain: "acme.example"})))
	said(false)
	p.only(p.take(p.answer(p.sent, anna, "Hello")))
	said(true)
	p.only(p.take(seal(p.write(away), signature{domain: "acme.example"})))
	said(true)
}

func TestAProbeThatComesBackIsTold(t *testing.T) {
	for action, status := range map[string]string{"failed": "5.1.1", "delayed": "4.4.1"} {
		p := newProbing(t)
		raw := p.write(letter{from: "mailer-daemon@elsewhere.example", to: p.desk.Marks.ProbeBounce(p.id),
			subject: "Undelivered", more: "Return-Path: <>\r\nContent-Type: multipart/report; " +
				"report-type=delivery-status; boundary=b\r\n",
			body: "--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n" +
				"Reporting-MTA: dns; mx.acme.example\n\nFinal-Recipient: rfc822; " + anna + "\nAction: " + action +
				"\nStatus: " + status + "\n--b--\n"})
		p.only(p.take(raw))
		if v, shown := p.shown[p.id]; shown != (action == "failed") || v.Returned != shown || v.Confirmable {
			t.Errorf("%s: shown %v: %+v", action, shown, v)
		}
	}
}

func TestAProbesAnswerWaitsForDNSAndForTheStore(t *testing.T) {
	p := newProbing(t)
	raw := p.answer(p.sent, anna, "Hello")
	p.tried.fails = errors.New("redis is away")
	if _, err := p.try(raw); err == nil {
		t.Error("the store is away: no error")
	}
	p.tried.fails, p.zone.fails = nil, authentic.ErrTemporary
	if _, err := p.try(raw); err == nil || len(p.shown) > 0 {
		t.Errorf("DNS is away: %v, shown %v", err, p.shown)
	}
	p.zone.fails = nil
	p.only(p.take(raw))
	if !p.shown[p.id].Confirmable {
		t.Errorf("got %+v", p.shown[p.id])
	}
	delete(p.probes, p.id)
	p.only(p.take(p.answer(p.sent, anna, "Hello, long after")))
}

func TestWhatHoldsLettersBackHoldsProbesBack(t *testing.T) {
	p := newProbing(t)
	send := func() error {
		t.Helper()
		before := p.post.count(anna)
		_, err := p.postman.Probe(p.ctx(), p.id, p.people.tenants["acme"], workflow.Admin{Address: anna})
		if err != nil && p.post.count(anna) > before && !strings.Contains(err.Error(), "550") {
			t.Error("it was sent all the same")
		}
		return err
	}
	p.postman.Suppression = p.store
	p.must(p.store.Suppress(p.ctx(), anna, "5.1.1", p.now.Add(time.Hour), p.now))
	if err := send(); !errors.Is(err, workflow.Refused) || !strings.Contains(err.Error(), "came back lately") {
		t.Errorf("suppressed: %v", err)
	}
	p.must(p.store.Unsuppress(p.ctx(), anna))
	p.postman.Breaker = mailer.Breaker{Limit: 1, Window: time.Hour}
	p.must(send())
	if err := send(); !errors.Is(err, workflow.Refused) || !strings.Contains(err.Error(), "breaker_limit") {
		t.Errorf("breaker: %v", err)
	}
	p.postman.Breaker = mailer.Breaker{}
	p.post.answers = []courier.Result{{Verdict: courier.Refused, Stage: courier.StageRcpt, Code: 550, Enhanced: "5.1.1"}}
	if err := send(); err == nil || !strings.Contains(err.Error(), "rcpt 550 5.1.1") || strings.Contains(err.Error(), anna) {
		t.Errorf("refused: %v", err)
	}
	p.post.answers = []courier.Result{{Verdict: courier.Ambiguous}}
	if sure, err := p.postman.Probe(p.ctx(), p.id, p.people.tenants["acme"], workflow.Admin{Address: anna}); sure || err != nil {
		t.Errorf("ambiguous: %v, %v", sure, err)
	}
	p.post.before = func() {
		p.people.change("acme", func(t *workflow.Tenant) { t.Admins = []workflow.Admin{{Address: berta}} })
	}
	if err := send(); err == nil {
		t.Error("it was sent to somebody who is no admin any more")
	}
}
