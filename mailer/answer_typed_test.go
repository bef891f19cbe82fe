package mailer_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// asksTyped is a scene of a tenant that wants the code typed, from the beginning.
func asksTyped(t testing.TB) *scene {
	w := newWorld(t)
	w.people.change("acme", func(t *workflow.Tenant) { t.Confirm = workflow.TypedCode })
	policy := w.desk.Policy
	w.desk.Policy = func(t workflow.Tenant) workflow.Policy {
		p := policy(t)
		p.Confirm = t.Confirm
		return p
	}
	s := &scene{world: w}
	s.id, s.confirmation = w.asked()
	return s
}

// says is anna's signed answer with these words above the quoted mail.
func (s *scene) says(words string) []byte { return s.answer(s.confirmation, anna, words) }

// Where people put the code, in every tenant.
func codePlaces(code string) map[string]string {
	bare := strings.ReplaceAll(code, "-", "")
	return map[string]string{
		"on the second line":            "CONFIRM\n" + code,
		"below an empty line":           "CONFIRM\n\n" + code,
		"behind the word":               "CONFIRM " + code,
		"behind the word and a colon":   "CONFIRM: " + code,
		"before the word":               code + " CONFIRM",
		"on the line before":            code + "\nCONFIRM",
		"on the line before, and empty": code + "\n\nCONFIRM",
		"without hyphens":               "CONFIRM " + bare,
		"in capitals":                   "CONFIRM\n" + strings.ToUpper(code),
		"in capitals without hyphens":   strings.ToUpper(bare) + "\nCONFIRM",
		"with its label":                "CONFIRM\nCode: " + code,
		"with its label before":         "Code: " + code + "\nCONFIRM",
		"with spaces between":           "CONFIRM\n" + strings.ReplaceAll(code, "-", " "),
		"with thanks and a name":        "CONFIRM " + code + "\n\nThanks\nAnna",
		"in German":                     "Bestätigen\n" + code,
	}
}

func TestATypedCodeDecidesWhereverItStands(t *testing.T) {
	for name := range codePlaces("") {
		for kind, begin := range map[string]func(testing.TB) *scene{"typed": asksTyped, "reply": newScene} {
			t.Run(name+", "+kind, func(t *testing.T) {
				s := begin(t)
				rec := s.take(s.says(codePlaces(codeIn(t, s.confirmation))[name]))
				if rec.Outcome != workflow.MailAnswered || s.load(s.id).State != workflow.Confirmed {
					t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
				}
			})
		}
	}
}

func TestAQuotedCodeDoesNotDoWhereItMustBeTyped(t *testing.T) {
	for name, c := range map[string]struct {
		begin func(testing.TB) *scene
	}{
		"agreed at birth": {asksTyped},
		"agreed at birth, and no longer": {func(t testing.TB) *scene {
			s := asksTyped(t)
			s.people.change("acme", func(t *workflow.Tenant) { t.Confirm = workflow.Reply })
			return s
		}},
		"agreed since": {func(t testing.TB) *scene {
			s := newScene(t)
			s.people.change("acme", func(t *workflow.Tenant) { t.Confirm = workflow.TypedCode })
			return s
		}},
	} {
		for _, word := range []string{"CONFIRM", "REJECT"} {
			t.Run(name+", "+word, func(t *testing.T) {
				s := c.begin(t)
				if rec := s.take(s.says(word)); rec.Outcome != workflow.MailAskedBack || rec.Rule != "ack/decision" {
					t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
				}
				s.work()
				_, text := readMail(t, s.post.to(t, anna))
				if !strings.Contains(strings.Join(strings.Fields(text), " "), "it must be typed") {
					t.Errorf("the question does not say so:\n%s", text)
				}
				if rec := s.take(s.says(word + " ")); rec.Outcome != workflow.MailHeld || rec.Rule != "ack/token" {
					t.Errorf("the second came to %s by %q", rec.Outcome, rec.Rule)
				}
				if r := s.load(s.id); r.State != workflow.AwaitingConfirmation || r.Ack != nil {
					t.Errorf("state %s", r.State)
				}
				rec := s.take(s.says(word + "\n" + codeIn(t, s.confirmation)))
				if rec.Outcome != workflow.MailAnswered {
					t.Errorf("the typed one came to %s by %q", rec.Outcome, rec.Rule)
				}
			})
		}
	}
}

func TestTheConfirmationSaysThatTheCodeIsTyped(t *testing.T) {
	s := asksTyped(t)
	_, text := readMail(t, s.confirmation)
	for says, want := range map[string]bool{
		"type the code on the second line": true, "only quoted does not make an answer valid": true,
		"leave the quoted text below your answer": false,
	} {
		if got := strings.Contains(strings.Join(strings.Fields(text), " "), says); got != want {
			t.Errorf("%q stands there: %v\n%s", says, got, text)
		}
	}
}

// A tenant that wants its admins' own domain to sign does not take the parent's word.
func TestAStrictTenantWantsTheDomainItself(t *testing.T) {
	for domain, want := range map[string]workflow.Outcomes{
		"acme.example": workflow.MailAnswered, "mail.acme.example": workflow.MailHeld,
	} {
		s := newScene(t)
		s.people.change("acme", func(t *workflow.Tenant) { t.StrictSigner = true })
		rec := s.take(s.as(func(_ *letter, sig *signature) { sig.domain = domain }))
		if rec.Outcome != want || (want == workflow.MailHeld) != (rec.Rule == "ack/authentic") {
			t.Errorf("signed by %s it came to %s by %q", domain, rec.Outcome, rec.Rule)
		}
	}
}
