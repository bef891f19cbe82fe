package real_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// asked is an office whose anna has just got the confirmation.
func asked(t *testing.T, name string, choices ...office.Choice) (*office.Office, *office.Daemon) {
	t.Helper()
	t.Parallel()
	o := office.New(t, office.Common(t), name, choices...)
	d := o.Serve()
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	return o, d
}

func TestAForgedAnswerMovesNothing(t *testing.T) {
	o, _ := asked(t, "forged")
	confirmation := o.Inbox(o.Anna())[0]
	for i, domain := range []string{"-", "elsewhere.example"} {
		l := office.Reply(confirmation, o.Anna(), "CONFIRM")
		l.SignAs = domain
		o.Send(l)
		r := o.AwaitEvents("held", i+1)
		if r.State != "awaiting_confirmation" || !slices.Contains(r.Rules(), "ack/authentic") {
			t.Errorf("signed by %q: the request is %s, held by %v", domain, r.State, r.Rules())
		}
	}
	l := office.Reply(confirmation, "stranger@elsewhere.example", "CONFIRM")
	o.Send(l)
	r := o.AwaitEvents("held", 3)
	if r.State != "awaiting_confirmation" || !slices.Contains(r.Rules(), "ack/from") {
		t.Errorf("from somebody else: the request is %s, held by %v", r.State, r.Rules())
	}
	mails := o.AwaitMail(o.Anna(), 2)
	if len(mails) != 2 || office.CodeIn(mails[1]) != "" || strings.Contains(mails[1], "elsewhere.example") {
		t.Errorf("anna has %d mails, and needs one word about it, without a code or a name", len(mails))
	}
	o.Answer("CONFIRM") // all that was missing was hers
	o.AwaitState("completed")
	if n := len(o.Packages(o.Anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
}

func TestAMachineThatAnswersConfirmsNothing(t *testing.T) {
	o, _ := asked(t, "away")
	l := office.Reply(o.Inbox(o.Anna())[0], o.Anna(), "CONFIRM")
	l.SubjectLine = "Out of office"
	l.Headers = append(l.Headers, "Auto-Submitted: auto-replied")
	o.Send(l)
	if r := o.AwaitEvents("away", 1); r.State != "awaiting_confirmation" {
		t.Errorf("the request is %s", r.State)
	}
	if n := len(o.Inbox(o.Anna())); n != 1 {
		t.Errorf("the machine was answered: anna has %d mails", n)
	}
}

func TestAnnaDeclinesAndNothingLeaves(t *testing.T) {
	o, _ := asked(t, "declined")
	o.Answer("REJECT")
	o.AwaitState("declined")
	mails := o.AwaitMail(o.Anna(), 2)
	if _, ok := office.Attachment(mails[1]); ok || len(mails) != 2 {
		t.Errorf("anna has %d mails, the last:\n%s", len(mails), mails[len(mails)-1])
	}
	if n := len(o.Inbox(o.Jane())); n != 0 {
		t.Errorf("jane has %d mails", n)
	}
	o.Send(office.Reply(mails[0], o.Anna(), "CONFIRM")) // too late
	if r := o.AwaitEvents("held", 1); r.State != "declined" {
		t.Errorf("the request is %s", r.State)
	}
}

// TestNobodyAnswers lets the weeks of the ladder pass: reminders on the first, third and fifth day,
// each with another code, the second contact on the seventh, and a person in the end.
func TestNobodyAnswers(t *testing.T) {
	o, _ := asked(t, "silence")
	o.AwaitEvents("letter_sent", 1)
	const day = 24 * time.Hour
	for i, wait := range []time.Duration{day, 2 * day, 2 * day} {
		o.Pass(wait)
		o.Passing(5*time.Minute, "a reminder", func() bool { return len(o.Inbox(o.Anna())) == i+2 })
		o.AwaitEvents("letter_sent", i+2)
	}
	mails := o.Inbox(o.Anna())
	codes := map[string]bool{}
	for _, m := range mails {
		codes[office.CodeIn(m)] = true
	}
	if len(mails) != 4 || len(codes) != 4 {
		t.Errorf("anna has %d mails with %d codes", len(mails), len(codes))
	}
	o.Pass(2 * day)
	o.Passing(5*time.Minute, "another round", func() bool { return len(o.Inbox(o.Anna())) == 5 })
	told := o.AwaitMail(o.Records(), 1)
	if strings.Contains(told[0], office.Jane) || office.CodeIn(told[0]) != "" {
		t.Errorf("the second contact is told too much:\n%s", told[0])
	}
	o.Send(office.Reply(mails[3], o.Anna(), "CONFIRM")) // with a code that is dead
	if r := o.AwaitEvents("held", 1); r.State != "awaiting_confirmation" {
		t.Errorf("the request is %s", r.State)
	}
	o.Passing(day, "an operator is to look", func() bool { return o.Only().State == "needs_review" })
	if r := o.Only(); r.Reason != "nobody_answered" || r.Proof != "ok" {
		t.Errorf("it is for %q, its history %s", r.Reason, r.Proof)
	}
	if n := len(o.Packages(o.Anna())) + len(o.Packages(o.Records())); n != 0 {
		t.Errorf("%d packages left", n)
	}
}
