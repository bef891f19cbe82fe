package mailer_test

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Nobody answers: the second contact is asked to see to it, and learns neither the code
// nor whose data it is; the admin's new mail says why it comes again, and decides.
func TestTheSecondContactIsAskedToMakeTheAdminAnswer(t *testing.T) {
	s := escalated(t)
	if n := s.post.count(second); n != 1 {
		t.Fatalf("the second contact has %d mails", n)
	}
	h, text := readMail(t, s.post.to(t, second))
	for _, want := range []string{anna, "j***@customer.example", "Acme", "Provider", s.id.Tag()} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter does not say %q", want)
		}
	}
	for _, m := range s.post.sent {
		if m.to == second && (strings.Contains(string(m.raw), jane) || strings.Contains(string(m.raw), "Code: ")) {
			t.Errorf("the letter tells too much:\n%s", m.raw)
		}
	}
	if h.Get("In-Reply-To") != "" {
		t.Error("it answers a mail that the second contact never had")
	}
	_, again := readMail(t, s.confirmation)
	if !strings.Contains(again, "This mail comes again, because nobody answered") {
		t.Errorf("the confirmation does not say why it comes again:\n%.600s", again)
	}
	if rec := s.take(s.answer(s.post.to(t, second), second, "CONFIRM")); rec.Outcome != workflow.MailHeld {
		t.Errorf("the second contact's answer came to %s by %q", rec.Outcome, rec.Rule)
	}
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("anna's answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// The admin answers while the word to the second contact waits: it is not sent.
func TestAWordToTheSecondContactComesNotTooLate(t *testing.T) {
	s := &scene{world: newWorld(t)}
	s.worker.Carriers[workflow.SendEscalation] = s.postman
	s.desk.Policy = func(workflow.Tenant) workflow.Policy {
		p := workflow.DefaultPolicy()
		p.Escalations = 1
		return p
	}
	s.id, _ = s.asked()
	s.pass(8 * 24 * time.Hour)
	s.post.before = func() { s.post.before = func() { s.step(s.id, workflow.Event{Type: workflow.OperatorDeclined}) } }
	s.work()
	if n := s.post.count(second); n != 0 {
		t.Errorf("the second contact has %d mails", n)
	}
}

// A request of which another administrator is asked says so, in both languages.
func TestAConfirmationSaysWhyItComesAgain(t *testing.T) {
	for language, want := range map[string]string{
		"en": "This mail comes again, because the administrator registered",
		"de": "Diese Mail kommt noch einmal, weil sich der eingetragene Administrator",
	} {
		s := newScene(t)
		if _, text := readMail(t, s.confirmation); strings.Contains(text, "comes again") {
			t.Error("the first confirmation says that it comes again")
		}
		s.people.change("acme", func(t *workflow.Tenant) {
			t.Admins = []workflow.Admin{{Address: berta, Role: workflow.Owner, Language: language}}
		})
		s.step(s.id, workflow.Event{Type: workflow.AdminChanged, Reason: workflow.AdminReplaced, Actor: "daemon"})
		s.work()
		_, text := readMail(t, s.post.to(t, berta))
		if !strings.Contains(text, want) || strings.Contains(text, anna) {
			t.Errorf("%s:\n%.900s", language, text)
		}
	}
}

// TestAConfirmationSaysThatRecordsWereLost: an admin who has answered already must know why
// they are asked again, and that the answer is gone.
func TestAConfirmationSaysThatRecordsWereLost(t *testing.T) {
	s := newScene(t)
	s.step(s.id, workflow.Event{Type: workflow.Recovered, Actor: "daemon"})
	s.work()
	_, text := readMail(t, s.post.to(t, anna))
	if want := "please answer once more, even if you have answered already"; !strings.Contains(
		strings.Join(strings.Fields(text), " "), want) {
		t.Errorf("it does not say %q:\n%.900s", want, text)
	}
}

// Who answers the person follows from the capacity that was agreed at birth.
func TestLettersSayWhoAnswersThePerson(t *testing.T) {
	for capacity, want := range map[workflow.Capacity]string{
		"":                  "Provider holds these data on behalf of",
		workflow.Processor:  "Provider holds these data on behalf of",
		workflow.Controller: "Provider is itself responsible for these data",
	} {
		t.Run(string(capacity), func(t *testing.T) {
			s := &scene{world: newWorld(t)}
			s.desk.Policy = func(workflow.Tenant) workflow.Policy {
				p := workflow.DefaultPolicy()
				p.Capacity, p.Receipt = capacity, true
				return p
			}
			s.id, s.confirmation = s.asked()
			_, receipt := readMail(t, s.post.to(t, jane))
			s.pass(time.Hour)
			s.take(s.answer(s.confirmation, anna, "CONFIRM"))
			s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
			s.work()
			deadline := s.load(s.id).Deadline.Format("2 January 2006")
			for name, raw := range map[string][]byte{"confirmation": s.confirmation, "delivery": s.post.to(t, anna)} {
				_, text := readMail(t, raw)
				if !strings.Contains(text, want) || !strings.Contains(text, deadline) {
					t.Errorf("the %s does not say %q and %q:\n%s", name, want, deadline, text)
				}
			}
			if strings.Contains(receipt, want) || strings.Contains(receipt, deadline) {
				t.Error("the receipt tells of the tenant")
			}
		})
	}
}

// What an operator assigned needs no entry in the registry's customers; the tenant's
// admin is the registry's all the same.
func TestAnAssignedRequestNeedsNoCustomerOfTheRegistry(t *testing.T) {
	s := &scene{world: newWorld(t)}
	rec := s.take(s.write(letter{from: mark, to: desk, body: "Please export the data of old@former.example.\n"}))
	s.id = rec.Requests[0]
	if got := s.load(s.id).State; got != workflow.NeedsReview {
		t.Fatalf("state %s", got)
	}
	s.step(s.id, workflow.Event{Type: workflow.Assigned, Actor: "operator:olga", Assign: &workflow.Assignment{
		Customer: "old@former.example", TenantID: "acme", Policy: workflow.DefaultPolicy(), Language: "de",
	}})
	s.work()
	_, text := readMail(t, s.post.to(t, anna))
	if !strings.Contains(text, "old@former.example") || !strings.Contains(text, "Bitte antworten Sie") {
		t.Errorf("anna was asked:\n%.500s", text)
	}
	s.people.change("acme", func(t *workflow.Tenant) { t.Admins = nil })
	s.step(s.id, workflow.Event{Type: workflow.AskAgain, Actor: "operator:olga"})
	s.work()
	if got := s.load(s.id).State; got != workflow.RefusedState {
		t.Errorf("without admins: state %s", got)
	}
}

// joined is a scene in which joe asked for what jane's request asks for already.
func joined(t *testing.T) (*scene, []byte) {
	s := newScene(t)
	s.join(joe, true)
	return s, s.post.to(t, joe)
}

// join lets a later mail of somebody join the request.
func (s *scene) join(who workflow.Address, verified bool) {
	s.t.Helper()
	s.step(s.id, workflow.Event{Type: workflow.Joined, Actor: "requester", Join: &workflow.Joining{
		At: s.now, Mail: workflow.MailRef{Digest: "d" + string(who), MessageID: "m@" + who.Domain()},
		Requester: workflow.Requester{Address: who, Verified: verified}, Receipt: true,
	}})
	s.work()
}

// Whoever asks what somebody asked before gets a receipt of the own mail, which looks
// like one of a request of its own.
func TestAReceiptDoesNotTellThatSomebodyAskedBefore(t *testing.T) {
	s, raw := joined(t)
	h, text := readMail(t, raw)
	first, own := readMail(t, s.post.to(t, jane))
	for _, field := range []string{"Reply-To", "Message-Id"} {
		if h.Get(field) == first.Get(field) || strings.Contains(h.Get(field), s.id.Locator()) {
			t.Errorf("%s is %q, the first receipt's %q", field, h.Get(field), first.Get(field))
		}
		if len(h.Get(field)) != len(first.Get(field)) {
			t.Errorf("%s has another form: %q, %q", field, h.Get(field), first.Get(field))
		}
	}
	if !strings.Contains(h.Get("In-Reply-To"), domainOf(joe)) || strings.Contains(string(raw), jane) ||
		h.Get("Subject") != first.Get("Subject") {
		t.Errorf("it answers %q:\n%s", h.Get("In-Reply-To"), raw)
	}
	if strings.Contains(text, "09:00 UTC") || !strings.Contains(text, "10:00 UTC") || !strings.Contains(own, "09:00 UTC") {
		t.Errorf("it tells another time of arrival:\n%s", text)
	}
	if a, err := mail.ParseAddress(h.Get("Reply-To")); err != nil {
		t.Errorf("%v: %v", a, err)
	}
}

// A later mail of somebody unproven gets nothing, and one of several gets its own.
func TestWhoGetsAReceipt(t *testing.T) {
	s := newScene(t)
	s.join(joe, false)
	s.join(mark, true)
	if s.post.count(joe) != 0 || s.post.count(mark) != 1 || s.post.count(jane) != 1 {
		t.Errorf("joe has %d, mark %d, jane %d", s.post.count(joe), s.post.count(mark), s.post.count(jane))
	}
	h, _ := readMail(t, s.post.to(t, mark))
	if h.Get("In-Reply-To") != "<m@elsewhere.example>" {
		t.Errorf("it answers %q", h.Get("In-Reply-To"))
	}
}
