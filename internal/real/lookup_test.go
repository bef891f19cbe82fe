package real_test

import (
	"slices"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/real"
)

// ownNames gives an office name servers of its own, which know all keys.
func ownNames(t *testing.T, s *site) *real.DNS {
	t.Helper()
	d, err := real.StartDNS()
	noError(t, err)
	t.Cleanup(func() { d.Close() })
	noError(t, s.signers.publish(d))
	return d
}

// annasKey is what proves anna's mails.
const annasKey = "mail._domainkey.acme.example"

// afterLookup lets time pass between two look-ups for anna's key, which each scan makes.
func (o *office) afterLookup(names *real.DNS, d time.Duration) {
	o.t.Helper()
	before := names.Asked(annasKey)
	until(o.t, "the key is looked for again", func() bool { return names.Asked(annasKey) > before })
	o.pass(d)
}

// TestWhileNoNameIsFoundAnnasAnswerWaits: the name servers fail when her answer comes. It is neither
// believed nor forgotten, and judged when they work again.
func TestWhileNoNameIsFoundAnnasAnswerWaits(t *testing.T) {
	t.Parallel()
	s := common(t)
	names := ownNames(t, s)
	o := newOffice(t, s, "names", func(s *settings) { s.dns = names.Addr() })
	d := o.serve()
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	o.awaitEvents("letter_sent", 1)
	names.Fail(true)
	o.answer("CONFIRM")
	d.await("a look-up failed for now")
	for asked := range 3 { // by far not all that are made in 36 minutes
		o.afterLookup(names, 2*time.Minute)
		if r := o.only(); r.State != "awaiting_confirmation" || slices.Contains(r.events(), "held") {
			t.Errorf("after look-up %d the request is %s: %v", asked, r.State, r.events())
		}
	}
	if n := len(o.packages(o.anna())); n != 0 {
		t.Errorf("anna has %d packages", n)
	}
	names.Fail(false)
	o.awaitState("completed")
	if n := len(o.inbox(o.anna())); n != 2 || len(o.packages(o.anna())) != 1 {
		t.Errorf("anna has %d mails, %d of them packages", n, len(o.packages(o.anna())))
	}
}

// TestAnAnswerThatNobodyCanProveIsHeld when the name servers fail for longer than 36 minutes.
func TestAnAnswerThatNobodyCanProveIsHeld(t *testing.T) {
	t.Parallel()
	s := common(t)
	names := ownNames(t, s)
	o := newOffice(t, s, "unproven", func(s *settings) { s.dns = names.Addr() })
	d := o.serve()
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	o.awaitEvents("letter_sent", 1)
	names.Fail(true)
	o.answer("CONFIRM")
	d.await("a look-up failed for now")
	o.afterLookup(names, 37*time.Minute)
	r := o.awaitEvents("held", 1)
	if r.State != "awaiting_confirmation" || !slices.Contains(r.rules(), "ack/authentic") {
		t.Errorf("the request is %s, held by %v", r.State, r.rules())
	}
	names.Fail(false)
	o.answer("CONFIRM") // she sends it again
	o.awaitState("completed")
	if n := len(o.packages(o.anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
}
