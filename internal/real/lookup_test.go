package real_test

import (
	"slices"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// TestWhileNoNameIsFoundAnnasAnswerWaits: the name servers fail when her answer comes. It is neither
// believed nor forgotten, and judged when they work again.
func TestWhileNoNameIsFoundAnnasAnswerWaits(t *testing.T) {
	t.Parallel()
	s := office.Common(t)
	names := office.OwnNames(t, s)
	o := office.New(t, s, "names", func(s *office.Settings) { s.Dns = names.Addr() })
	d := o.Serve()
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.AwaitEvents("letter_sent", 1)
	names.Fail(true)
	o.Answer("CONFIRM")
	d.Await("a look-up failed for now")
	for asked := range 3 { // by far not all that are made in 36 minutes
		o.AfterLookup(names, 2*time.Minute)
		if r := o.Only(); r.State != "awaiting_confirmation" || slices.Contains(r.Events(), "held") {
			t.Errorf("after look-up %d the request is %s: %v", asked, r.State, r.Events())
		}
	}
	if n := len(o.Packages(o.Anna())); n != 0 {
		t.Errorf("anna has %d packages", n)
	}
	names.Fail(false)
	o.AwaitState("completed")
	if n := len(o.Inbox(o.Anna())); n != 2 || len(o.Packages(o.Anna())) != 1 {
		t.Errorf("anna has %d mails, %d of them packages", n, len(o.Packages(o.Anna())))
	}
}

// TestAnAnswerThatNobodyCanProveIsHeld when the name servers fail for longer than 36 minutes.
func TestAnAnswerThatNobodyCanProveIsHeld(t *testing.T) {
	t.Parallel()
	s := office.Common(t)
	names := office.OwnNames(t, s)
	o := office.New(t, s, "unproven", func(s *office.Settings) { s.Dns = names.Addr() })
	d := o.Serve()
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.AwaitEvents("letter_sent", 1)
	names.Fail(true)
	o.Answer("CONFIRM")
	d.Await("a look-up failed for now")
	o.AfterLookup(names, 37*time.Minute)
	r := o.AwaitEvents("held", 1)
	if r.State != "awaiting_confirmation" || !slices.Contains(r.Rules(), "ack/authentic") {
		t.Errorf("the request is %s, held by %v", r.State, r.Rules())
	}
	names.Fail(false)
	o.Answer("CONFIRM") // she sends it again
	o.AwaitState("completed")
	if n := len(o.Packages(o.Anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
}
