package real_test

import (
	"slices"
	"testing"
	"time"
)

// order lets an operator say something to the daemon, which must obey.
func (o *office) order(args ...string) {
	o.t.Helper()
	if got := dsrd(o.t, nil, append(args, "--socket", o.path("dsrd.sock"))...); got.code != 0 {
		o.t.Fatalf("dsrd %v: %+v", args, got)
	}
}

// TestAPauseStopsLettersAndNoReading: what comes in meanwhile is read, and leaves afterwards.
func TestAPauseStopsLettersAndNoReading(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "paused")
	o.serve()
	o.order("pause", "--why", "the relay moves")
	o.ask(jane)
	o.awaitPause()
	if n := len(o.inbox(o.anna())); n != 0 {
		t.Errorf("anna has %d mails", n)
	}
	o.order("resume")
	o.pass(time.Minute)
	o.awaitMail(o.anna(), 1)
	o.awaitEvents("letter_sent", 1)
	o.order("pause", "--why", "the relay moves again")
	o.answer("CONFIRM")
	o.awaitEvents("acknowledged", 1)
	o.awaitPause()
	if n := len(o.inbox(o.anna())); n != 1 {
		t.Errorf("anna has %d mails", n)
	}
	o.order("resume")
	o.pass(time.Minute)
	o.awaitState("completed")
	if n := len(o.packages(o.anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
}

// TestARequestOnHoldWaits: anna's answer counts, but the package leaves when the hold ends; others
// do not wait for it.
func TestARequestOnHoldWaits(t *testing.T) {
	o, _ := asked(t, "onhold")
	r := o.awaitEvents("letter_sent", 1)
	o.order("hold", r.ID, "--note", "legal looks at it")
	o.answer("CONFIRM")
	o.awaitEvents("acknowledged", 1)
	o.ask("other@customer.example")
	o.awaitMail(o.anna(), 2)
	o.answer("CONFIRM")
	until(t, "the other request is completed", func() bool { return o.count("completed") == 1 })
	if now := o.show(r.ID); now.State != "confirmed" {
		t.Errorf("the request is %s", now.State)
	}
	o.order("hold", r.ID, "--end")
	until(t, "the package", func() bool { return o.show(r.ID).State == "completed" })
	if n := len(o.packages(o.anna())); n != 2 {
		t.Errorf("anna has %d packages", n)
	}
}

// TestAnOperatorSaysWhoseDataAreMeant, and anna is asked as always.
func TestAnOperatorSaysWhoseDataAreMeant(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "assigned")
	o.serve()
	o.send(letter{from: "stranger@elsewhere.example", to: o.desk(), subjectLine: "My data",
		body: "Please send me a copy of all the data you hold about me.\n"})
	r := o.awaitState("needs_review")
	if n := len(o.inbox(o.anna())); n != 0 {
		t.Errorf("anna has %d mails", n)
	}
	o.order("assign", r.ID, "--customer", jane)
	o.awaitMail(o.anna(), 1)
	o.answer("CONFIRM")
	o.awaitState("completed")
	o.opens(o.awaitMail(o.anna(), 2)[1])
}

// awaitPause waits until the daemon wanted to do what is next about the only request, and was not
// allowed to.
func (o *office) awaitPause() {
	o.t.Helper()
	until(o.t, "something waits for the end of the pause", func() bool {
		all := o.requests()
		return len(all) == 1 && slices.ContainsFunc(o.show(all[0].ID).Waiting, func(w waiting) bool { return w.Note == "paused" })
	})
}
