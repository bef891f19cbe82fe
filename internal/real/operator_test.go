package real_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// TestAPauseStopsLettersAndNoReading: what comes in meanwhile is read, and leaves afterwards.
func TestAPauseStopsLettersAndNoReading(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "paused")
	o.Serve()
	o.Order("pause", "--why", "the relay moves")
	o.Ask(office.Jane)
	o.AwaitPause()
	if n := len(o.Inbox(o.Anna())); n != 0 {
		t.Errorf("anna has %d mails", n)
	}
	o.Order("resume")
	o.Pass(time.Minute)
	o.AwaitMail(o.Anna(), 1)
	o.AwaitEvents("letter_sent", 1)
	o.Order("pause", "--why", "the relay moves again")
	o.Answer("CONFIRM")
	o.AwaitEvents("acknowledged", 1)
	o.AwaitPause()
	if n := len(o.Inbox(o.Anna())); n != 1 {
		t.Errorf("anna has %d mails", n)
	}
	o.Order("resume")
	o.Pass(time.Minute)
	o.AwaitState("completed")
	if n := len(o.Packages(o.Anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
}

// TestARequestOnHoldWaits: anna's answer counts, but the package leaves when the hold ends; others
// do not wait for it.
func TestARequestOnHoldWaits(t *testing.T) {
	o, _ := asked(t, "onhold")
	r := o.AwaitEvents("letter_sent", 1)
	o.Order("hold", r.ID, "--note", "legal looks at it")
	o.Answer("CONFIRM")
	o.AwaitEvents("acknowledged", 1)
	o.Ask("other@customer.example")
	o.AwaitMail(o.Anna(), 2)
	o.Answer("CONFIRM")
	office.Until(t, "the other request is completed", func() bool { return o.Count("completed") == 1 })
	if now := o.Show(r.ID); now.State != "confirmed" {
		t.Errorf("the request is %s", now.State)
	}
	o.Order("hold", r.ID, "--end")
	office.Until(t, "the package", func() bool { return o.Show(r.ID).State == "completed" })
	if n := len(o.Packages(o.Anna())); n != 2 {
		t.Errorf("anna has %d packages", n)
	}
}

// TestAnOperatorSaysWhoseDataAreMeant, and anna is asked as always.
func TestAnOperatorSaysWhoseDataAreMeant(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "assigned")
	o.Serve()
	o.Send(office.Letter{From: "stranger@elsewhere.example", To: o.Desk(), SubjectLine: "My data",
		Body: "Please send me a copy of all the data you hold about me.\n"})
	r := o.AwaitState("needs_review")
	if n := len(o.Inbox(o.Anna())); n != 0 {
		t.Errorf("anna has %d mails", n)
	}
	o.Order("assign", r.ID, "--customer", office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.Answer("CONFIRM")
	o.AwaitState("completed")
	o.Opens(o.AwaitMail(o.Anna(), 2)[1])
}
