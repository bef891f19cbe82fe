package mailer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// released is a scene in which anna has confirmed and the package is about to leave.
func released(t *testing.T) *scene {
	s := newScene(t)
	s.take(s.answer(s.confirmation, anna, "CONFIRM"))
	if s.load(s.id).State != workflow.Confirmed {
		t.Fatal("not confirmed")
	}
	s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
	return s
}

// fresh is a scene in which the confirmation has not left yet.
func fresh(t *testing.T) *scene {
	s := &scene{world: newWorld(t)}
	s.id = s.take(s.write(letter{from: mark, to: desk, body: "Please export the data of " + jane + ".\n"})).Requests[0]
	return s
}

func temporary() courier.Result {
	return courier.Result{Verdict: courier.Refused, Stage: courier.StageRcpt, Code: 450}
}

func lost() courier.Result {
	return courier.Result{Verdict: courier.Ambiguous, Stage: courier.StageDot}
}

func TestAPackageGoesToItsAdminAndItsPassphraseElsewhere(t *testing.T) {
	s := released(t)
	s.work()
	if got := s.load(s.id); got.State != workflow.Completed || got.Package.SentBy == "" {
		t.Fatalf("state %s, %+v", got.State, got.Package)
	}
	for _, m := range s.post.sent {
		secret := bytes.Contains(m.raw, []byte("open sesame"))
		pack := bytes.Contains(m.raw, []byte("ZGF0YSBmb3IgYW5uYS5hZG1pbkBhY21lLmV4YW1wbGU")) // "data for anna..."
		if secret != (m.to == "records@acme.example") || pack && m.to != anna {
			t.Errorf("%s got passphrase %v, package %v", m.to, secret, pack)
		}
		if !strings.HasPrefix(m.from, "bounce+") && m.to != jane {
			t.Errorf("a letter to %s left from <%s>", m.to, m.from)
		}
	}
	if n := s.post.count(anna); n != 2 {
		t.Errorf("anna has %d mails", n)
	}
}

// The registry changes between the rendering and the moment the recipient is named.
func TestTheRegistryIsAskedBeforeTheRecipientIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*people)
		state  workflow.State
		next   string // who is asked then
	}{
		"another admin": {func(p *people) {
			p.change("acme", func(t *workflow.Tenant) { t.Admins = []workflow.Admin{{Address: berta, Role: workflow.Owner}} })
		}, workflow.AwaitingConfirmation, berta},
		"another role": {func(p *people) {
			p.change("acme", func(t *workflow.Tenant) { t.Admins = []workflow.Admin{{Address: anna, Role: workflow.Reader}} })
		}, workflow.AwaitingConfirmation, anna},
		"no such customer": {func(p *people) {
			p.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
		}, workflow.RefusedState, ""},
		"another tenant's customer": {func(p *people) {
			p.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
			p.change("globex", func(t *workflow.Tenant) { t.Domains = []string{"customer.example"} })
		}, workflow.RefusedState, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := released(t)
			s.post.sent = nil
			// The passphrase is ordered first; what changes then changes for both.
			s.post.before = func() { c.change(s.people) }
			s.work()
			for _, m := range s.post.sent {
				if m.to != c.next || bytes.Contains(m.raw, []byte("application/octet-stream")) {
					t.Errorf("%s got a mail:\n%.400s", m.to, m.raw)
				}
			}
			r := s.load(s.id)
			if r.State != c.state || r.Ack != nil && !r.State.Terminal() {
				t.Errorf("state %s, ack %v", r.State, r.Ack)
			}
			if c.next != "" && s.post.count(c.next) != 1 {
				t.Errorf("%s was asked %d times", c.next, s.post.count(c.next))
			}
		})
	}
}

// What nobody wants any more is not sent, even when that comes about while it is on
// its way to the relay.
func TestWhatIsNoLongerWantedIsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		scene  func(*testing.T) *scene
		event  workflow.EventType
		letter string // that must not leave
	}{
		"a confirmation":               {fresh, workflow.OperatorCancelled, "Please decide"},
		"a package":                    {released, workflow.OperatorDeclined, "application/octet-stream"},
		"a package and its passphrase": {released, workflow.TenantLost, "open sesame"},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.scene(t)
			s.post.sent = nil
			happens := func() { s.step(s.id, workflow.Event{Type: c.event}) }
			s.post.before = happens
			if name == "a package" { // its passphrase goes first
				s.post.before = func() { s.post.before = happens }
			}
			s.work()
			for _, m := range s.post.sent {
				if bytes.Contains(m.raw, []byte(c.letter)) {
					t.Errorf("%s got:\n%.300s", m.to, m.raw)
				}
			}
			if !s.load(s.id).Closed() {
				t.Errorf("state %s", s.load(s.id).State)
			}
		})
	}
}

// The registry names another admin while a confirmation is on its way: that one gets
// a code, and the first gets none.
func TestAConfirmationFollowsTheRegistryToTheLastMoment(t *testing.T) {
	s := fresh(t)
	s.post.before = func() {
		s.people.change("acme", func(t *workflow.Tenant) {
			t.Admins = append([]workflow.Admin{{Address: berta, Role: workflow.AccountAdministrator}}, t.Admins...)
		})
	}
	s.work()
	if anna, berta := s.post.count(anna), s.post.count(berta); anna != 0 || berta != 1 {
		t.Fatalf("anna has %d mails, berta %d", anna, berta)
	}
	if rec := s.take(s.answer(s.post.to(t, berta), berta, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// A code that dies while its mail is on the way does not leave.
func TestADeadCodeIsNotSent(t *testing.T) {
	s := fresh(t)
	s.post.before = func() { s.epoch++ }
	s.work()
	if n := len(s.post.sent); n != 1 {
		t.Fatalf("%d mails", n)
	}
	if rec := s.take(s.answer(s.post.to(t, anna), anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// A package that waited for the relay while another admin took over is not sent to
// that one: it was made for the first, and may hold more than the second may have.
func TestAnOldPackageIsNotSentInANewRound(t *testing.T) {
	s := released(t)
	s.post.answers = []courier.Result{temporary(), temporary()}
	s.work()
	s.people.change("acme", func(t *workflow.Tenant) {
		t.Admins = []workflow.Admin{{Address: berta, Role: workflow.Owner}}
	})
	s.step(s.id, workflow.Event{Type: workflow.AdminChanged})
	s.work()
	s.post.sent = nil
	s.pass(time.Minute)
	s.step(s.id, workflow.Event{Type: workflow.AskAgain})
	s.work()
	rec := s.take(s.answer(s.post.to(t, berta), berta, "CONFIRM"))
	if rec.Outcome != workflow.MailAnswered {
		t.Fatalf("berta's answer came to %s by %q", rec.Outcome, rec.Rule)
	}
	s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
	s.pass(2 * time.Hour)
	s.work()
	if got := s.load(s.id).State; got != workflow.Completed {
		t.Errorf("state %s", got)
	}
	for _, m := range s.post.sent {
		if bytes.Contains(m.raw, []byte("ZGF0YSBmb3IgYW5uYS5hZG1pbkBhY21lLmV4YW1wbGU")) || m.to == anna {
			t.Errorf("%s got what was made for anna", m.to)
		}
	}
	if n := s.post.count(berta); n != 2 {
		t.Errorf("berta has %d mails, want a confirmation and one package", n)
	}
}

// Every attempt sends the same bytes, until the letter has left.
func TestARetrySendsTheSameBytes(t *testing.T) {
	s := fresh(t)
	s.post.answers = []courier.Result{temporary(), lost(), temporary()}
	s.work()
	for range 4 {
		s.pass(2 * time.Hour)
		s.work()
	}
	if len(s.post.sent) != 4 {
		t.Fatalf("%d attempts", len(s.post.sent))
	}
	for i, m := range s.post.sent {
		if !bytes.Equal(m.raw, s.post.sent[0].raw) || m.to != anna {
			t.Errorf("attempt %d differs, or goes to %s", i+1, m.to)
		}
	}
	r := s.load(s.id)
	if r.Codes != 1 || r.AskedAt.IsZero() {
		t.Errorf("%d codes, asked at %v", r.Codes, r.AskedAt)
	}
	if _, _, err := s.store.Open(s.ctx(), s.id, "mail."+string(r.Challenge.Effect)); !errors.Is(err, workflow.NotFound) {
		t.Errorf("the mail with the code is still kept: %v", err)
	}
}

// What may have arrived is sent once more and never again, whatever comes between.
func TestAnAmbiguousMailIsSentOnceMore(t *testing.T) {
	s := fresh(t)
	s.post.answers = []courier.Result{lost(), lost(), lost()}
	s.postman.Breaker = mailer.Breaker{Limit: 1, Window: time.Hour}
	s.work()
	for range 40 {
		s.pass(10 * time.Minute)
		s.work()
	}
	if got := s.load(s.id); len(s.post.sent) != 2 || got.State != workflow.Stuck || got.Reason != workflow.Ambiguous {
		t.Errorf("sent %d times, state %s for %s", len(s.post.sent), got.State, got.Reason)
	}
}

// The kept bytes are gone, or are not what they should be: a new code is issued.
func TestLostBytesGetANewCode(t *testing.T) {
	for name, spoil := range map[string]func(*scene, string){
		"lost":                 func(s *scene, blob string) { s.must(s.store.Delete(s.ctx(), s.id, blob)) },
		"another mail's bytes": func(s *scene, blob string) { s.put(blob, "To: <"+anna+">\r\n\r\nabcde-fghij-klmno-pqrst-uvwxyz\r\n") },
		"cut":                  func(s *scene, blob string) { s.put(blob, "To: <"+anna+">\r\n") },
		"another recipient": func(s *scene, blob string) {
			mail, _, err := s.store.Open(s.ctx(), s.id, blob)
			s.must(err)
			raw, err := io.ReadAll(mail)
			s.must(errors.Join(err, mail.Close()))
			s.put(blob, strings.Replace(string(raw), "To: <"+anna, "To: <"+berta, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			s.post.answers = []courier.Result{temporary()}
			s.work()
			first := codeIn(t, s.post.to(t, anna))
			spoil(s, "mail."+string(s.load(s.id).Challenge.Effect))
			s.pass(time.Hour)
			s.work()
			s.confirmation = s.post.to(t, anna)
			if len(s.post.sent) != 2 || codeIn(t, s.confirmation) == first || s.load(s.id).Codes != 2 {
				t.Fatalf("%d mails, %d codes", len(s.post.sent), s.load(s.id).Codes)
			}
			if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
				t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
			}
		})
	}
}

func (s *scene) put(name, text string) {
	s.t.Helper()
	_, err := s.store.Put(s.ctx(), s.id, name, strings.NewReader(text))
	s.must(err)
}

// blobs and steps break what the postman does, or let somebody else do something
// in between.
type flaky struct {
	mailer.Blobs
	mailer.Workflow
	afterPut  func() error
	afterStep func() error
}

func (f *flaky) Put(ctx context.Context, id workflow.ID, name string, r io.Reader) (int64, error) {
	n, err := f.Blobs.Put(ctx, id, name, r)
	if hook := f.afterPut; hook != nil && err == nil {
		f.afterPut = nil
		err = hook()
	}
	return n, err
}

func (f *flaky) Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error) {
	r, err := f.Workflow.Step(ctx, id, e)
	if hook := f.afterStep; hook != nil && err == nil {
		f.afterStep = nil
		err = hook()
	}
	return r, err
}

// Wherever a crash comes in the issuing of a code, the admin ends up with one mail
// whose code is live.
func TestACrashWhileACodeIsIssuedCostsNoCode(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(*flaky)
		codes int
	}{
		"between the bytes and the code": {func(f *flaky) { f.afterPut = func() error { return errDown } }, 1},
		"behind the code":                {func(f *flaky) { f.afterStep = func() error { return errDown } }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			f := &flaky{Blobs: s.store, Workflow: s.engine}
			s.postman.Blobs, s.postman.Workflow = f, f
			c.fault(f)
			s.work()
			if len(s.post.sent) != 0 {
				t.Fatal("it was sent")
			}
			s.pass(time.Minute)
			s.work()
			s.confirmation = s.post.to(t, anna)
			if r := s.load(s.id); r.Codes != c.codes || len(s.post.sent) != 1 {
				t.Errorf("%d codes, %d mails", r.Codes, len(s.post.sent))
			}
			if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
				t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
			}
		})
	}
}

// A second worker, whose claim had run out unnoticed, renders the same letter in
// between: no mail leaves with a code that is not live.
func TestTwoWorkersOnOneConfirmation(t *testing.T) {
	for name, hook := range map[string]func(*flaky, func() error){
		"between the bytes and the code": func(f *flaky, other func() error) { f.afterPut = other },
		"behind the code":                func(f *flaky, other func() error) { f.afterStep = other },
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			f := &flaky{Blobs: s.store, Workflow: s.engine}
			paused := *s.postman // sees the request as it was
			r := s.load(s.id)
			tasks, err := s.store.Claim(s.ctx(), s.now, 1, time.Hour)
			s.must(err)
			paused.Blobs, paused.Workflow = f, f
			hook(f, func() error {
				_, err := s.postman.Carry(s.ctx(), r, tasks[0])
				return err
			})
			_, _ = paused.Carry(s.ctx(), r, tasks[0])
			for range 3 { // whoever has the claim then
				s.pass(time.Hour + time.Minute)
				s.work()
			}
			live := s.load(s.id).Challenge
			for i, m := range s.post.sent {
				t.Logf("mail %d to %s", i+1, m.to)
			}
			s.confirmation = s.post.to(t, anna)
			if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
				t.Errorf("live is code %d; the answer came to %s by %q", live.Number, rec.Outcome, rec.Rule)
			}
		})
	}
}

// A recovery voids all codes; what waits to be sent gets a new one.
func TestAConfirmationThatWaitedThroughARecoveryGetsANewCode(t *testing.T) {
	s := fresh(t)
	s.post.answers = []courier.Result{temporary()}
	s.work()
	s.epoch++
	s.pass(time.Hour)
	s.work()
	s.confirmation = s.post.to(t, anna)
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// An order that a later one overtook must not kill the later one's code.
func TestAnOvertakenOrderIsDropped(t *testing.T) {
	s := fresh(t)
	s.post.answers = []courier.Result{temporary()}
	s.work()
	s.step(s.id, workflow.Event{Type: workflow.AskAgain})
	s.work()
	s.confirmation = s.post.to(t, anna)
	s.pass(2 * time.Hour)
	s.work()
	if n := len(s.post.sent); n != 2 {
		t.Errorf("%d mails, want the first attempt and the second order", n)
	}
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// The bytes of the package are lost: it is compiled again, and nothing is sent.
func TestALostPackageIsCompiledAgain(t *testing.T) {
	s := released(t)
	s.post.before = func() { // before the passphrase leaves
		s.must(s.store.Delete(s.ctx(), s.id, s.load(s.id).Package.Blob))
	}
	s.work()
	if r := s.load(s.id); r.State != workflow.Confirmed || s.post.count(anna) != 1 {
		t.Errorf("state %s, anna has %d mails", r.State, s.post.count(anna))
	}
}

func TestARoleThatMayHaveNothingIsRefused(t *testing.T) {
	s := newScene(t)
	s.postman.Catalog = func(workflow.Tenant) []mailer.Offer {
		return []mailer.Offer{{Category: workflow.Alerts, Name: "alerts"}}
	}
	s.people.change("acme", func(t *workflow.Tenant) { t.Admins[0].Role = workflow.Owner })
	s.step(s.id, workflow.Event{Type: workflow.AskAgain})
	s.work()
	if r := s.load(s.id); r.State != workflow.RefusedState || r.Reason != workflow.RoleForbids {
		t.Errorf("state %s for %s", r.State, r.Reason)
	}
	if _, text := readMail(t, s.post.to(t, anna)); codeLine.MatchString(text) || !strings.Contains(text, "cannot be sent") {
		t.Errorf("anna was told:\n%s", text)
	}
}

// A stranger's words do not get into a confirmation by way of the From field.
func TestNoWordOfAStrangerStandsInAConfirmation(t *testing.T) {
	for name, from := range map[string]string{
		"words for a domain":  "<a@please answer CONFIRM at once>",
		"a link for a domain": "<a@https://evil.example/CONFIRM>",
		"a display name":      `"Anna, please CONFIRM" <a@elsewhere.example>`,
		"no address":          "please CONFIRM",
		"odd letters":         "<a@еlsewhere.example>",
	} {
		w := newWorld(t)
		rec := w.take(w.write(letter{from: from, to: desk, subject: "please CONFIRM at once",
			body: "Please export the data of " + jane + ". At once!\n"}))
		if rec.Outcome != workflow.MailStarted {
			t.Fatalf("%s: came to %+v", name, rec)
		}
		w.work()
		_, text := readMail(t, w.post.to(t, anna))
		for _, word := range []string{"at once", "evil.example", "please CONFIRM", "еlsewhere"} {
			if strings.Contains(text, word) {
				t.Errorf("%s: %q stands in the confirmation", name, word)
			}
		}
		if !strings.Contains(text, "NOT VERIFIED") {
			t.Errorf("%s: it does not say that nobody is verified", name)
		}
	}
}

// A registry that is out of order puts a letter off and drops none.
func TestALetterWaitsForTheRegistry(t *testing.T) {
	s := fresh(t)
	s.people.fails = errDown
	s.work()
	s.people.fails = nil
	if len(s.post.sent) != 0 {
		t.Fatal("it was sent")
	}
	s.pass(time.Hour)
	s.work()
	if s.post.count(anna) != 1 {
		t.Error("it was lost")
	}
}
