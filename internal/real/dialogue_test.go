package real_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// asked is an office whose anna has just got the confirmation.
func asked(t *testing.T, name string, choose ...func(*settings)) (*office, *daemon) {
	t.Helper()
	t.Parallel()
	o := newOffice(t, common(t), name, choose...)
	d := o.serve()
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	return o, d
}

// awaitEvents waits until the only request's history has so many of an event.
func (o *office) awaitEvents(event string, n int) request {
	o.t.Helper()
	var r request
	until(o.t, event+" in the history", func() bool {
		all := o.requests()
		if len(all) != 1 {
			return false
		}
		r = o.show(all[0].ID)
		return count(r.events(), event) >= n
	})
	return r
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

func TestAForgedAnswerMovesNothing(t *testing.T) {
	o, _ := asked(t, "forged")
	confirmation := o.inbox(o.anna())[0]
	for i, domain := range []string{"-", "elsewhere.example"} {
		l := reply(confirmation, o.anna(), "CONFIRM")
		l.signAs = domain
		o.send(l)
		r := o.awaitEvents("held", i+1)
		if r.State != "awaiting_confirmation" || !slices.Contains(r.rules(), "ack/authentic") {
			t.Errorf("signed by %q: the request is %s, held by %v", domain, r.State, r.rules())
		}
	}
	l := reply(confirmation, "stranger@elsewhere.example", "CONFIRM")
	o.send(l)
	r := o.awaitEvents("held", 3)
	if r.State != "awaiting_confirmation" || !slices.Contains(r.rules(), "ack/from") {
		t.Errorf("from somebody else: the request is %s, held by %v", r.State, r.rules())
	}
	mails := o.awaitMail(o.anna(), 2)
	if len(mails) != 2 || codeIn(mails[1]) != "" || strings.Contains(mails[1], "elsewhere.example") {
		t.Errorf("anna has %d mails, and needs one word about it, without a code or a name", len(mails))
	}
	o.answer("CONFIRM") // all that was missing was hers
	o.awaitState("completed")
	if n := len(o.packages(o.anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
}

func TestAMachineThatAnswersConfirmsNothing(t *testing.T) {
	o, _ := asked(t, "away")
	l := reply(o.inbox(o.anna())[0], o.anna(), "CONFIRM")
	l.subjectLine = "Out of office"
	l.headers = append(l.headers, "Auto-Submitted: auto-replied")
	o.send(l)
	if r := o.awaitEvents("away", 1); r.State != "awaiting_confirmation" {
		t.Errorf("the request is %s", r.State)
	}
	if n := len(o.inbox(o.anna())); n != 1 {
		t.Errorf("the machine was answered: anna has %d mails", n)
	}
}

func TestAnnaDeclinesAndNothingLeaves(t *testing.T) {
	o, _ := asked(t, "declined")
	o.answer("REJECT")
	o.awaitState("declined")
	mails := o.awaitMail(o.anna(), 2)
	if _, ok := attachment(mails[1]); ok || len(mails) != 2 {
		t.Errorf("anna has %d mails, the last:\n%s", len(mails), mails[len(mails)-1])
	}
	if n := len(o.inbox(o.jane())); n != 0 {
		t.Errorf("jane has %d mails", n)
	}
	o.send(reply(mails[0], o.anna(), "CONFIRM")) // too late
	if r := o.awaitEvents("held", 1); r.State != "declined" {
		t.Errorf("the request is %s", r.State)
	}
}

// TestNobodyAnswers lets the weeks of the ladder pass: reminders on the first, third and fifth day,
// each with another code, the second contact on the seventh, and a person in the end.
func TestNobodyAnswers(t *testing.T) {
	o, _ := asked(t, "silence")
	o.awaitEvents("letter_sent", 1)
	const day = 24 * time.Hour
	for i, wait := range []time.Duration{day, 2 * day, 2 * day} {
		o.pass(wait)
		o.passing(5*time.Minute, "a reminder", func() bool { return len(o.inbox(o.anna())) == i+2 })
		o.awaitEvents("letter_sent", i+2)
	}
	mails := o.inbox(o.anna())
	codes := map[string]bool{}
	for _, m := range mails {
		codes[codeIn(m)] = true
	}
	if len(mails) != 4 || len(codes) != 4 {
		t.Errorf("anna has %d mails with %d codes", len(mails), len(codes))
	}
	o.pass(2 * day)
	o.passing(5*time.Minute, "another round", func() bool { return len(o.inbox(o.anna())) == 5 })
	told := o.awaitMail(o.records(), 1)
	if strings.Contains(told[0], jane) || codeIn(told[0]) != "" {
		t.Errorf("the second contact is told too much:\n%s", told[0])
	}
	o.send(reply(mails[3], o.anna(), "CONFIRM")) // with a code that is dead
	if r := o.awaitEvents("held", 1); r.State != "awaiting_confirmation" {
		t.Errorf("the request is %s", r.State)
	}
	o.passing(day, "an operator is to look", func() bool { return o.only().State == "needs_review" })
	if r := o.only(); r.Reason != "nobody_answered" || r.Proof != "ok" {
		t.Errorf("it is for %q, its history %s", r.Reason, r.Proof)
	}
	if n := len(o.packages(o.anna())) + len(o.packages(o.records())); n != 0 {
		t.Errorf("%d packages left", n)
	}
}

// codeIn is the code in a letter, "" where there is none.
func codeIn(mail string) string {
	_, rest, _ := strings.Cut(body(mail), "\nCode: ")
	code, _, _ := strings.Cut(rest, "\n")
	return code
}
