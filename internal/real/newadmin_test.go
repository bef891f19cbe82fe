package real_test

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestANewAdminIsAskedOnlyAfterADay puts berta into anna's place. Anna's codes are dead at once, and
// berta hears of the request when whoever put her there could have been noticed.
func TestANewAdminIsAskedOnlyAfterADay(t *testing.T) {
	o, d := asked(t, "replaced")
	o.awaitEvents("letter_sent", 1)
	berta := "berta-" + o.name + "@acme.example"
	noError(t, o.site.dovecot.AddUsers(password, berta))
	o.replace("tenants.yaml", "address: "+o.anna(), "address: "+berta)
	d.Tell(syscall.SIGHUP)
	d.await("tenants reloaded")
	o.awaitEvents("admin_changed", 1)
	for i, wait := range []time.Duration{0, 23 * time.Hour} {
		o.pass(wait)
		o.send(reply(o.inbox(o.anna())[0], o.anna(), "CONFIRM"))
		r := o.awaitEvents("held", i+1)
		if r.State != "awaiting_confirmation" || len(o.packages(o.anna())) != 0 {
			t.Errorf("after %s anna's answer counts: the request is %s", wait, r.State)
		}
		if n := len(o.inbox(berta)); n != 0 {
			t.Errorf("after %s berta has %d mails", wait, n)
		}
	}
	o.pass(70 * time.Minute)
	if n := len(o.awaitMail(berta, 1)); n != 1 {
		t.Errorf("berta has %d mails", n)
	}
	o.send(reply(o.inbox(o.anna())[0], o.anna(), "CONFIRM"))
	if r := o.awaitEvents("held", 3); r.State != "awaiting_confirmation" || !slices.Contains(r.rules(), "ack/from") {
		t.Errorf("the request is %s, held by %v", r.State, r.rules())
	}
	o.send(reply(o.inbox(berta)[0], berta, "CONFIRM"))
	if r := o.awaitState("completed"); r.Proof != "ok" {
		t.Errorf("the history is %s", r.Proof)
	}
	if a, b := len(o.packages(o.anna())), len(o.packages(berta)); a != 0 || b != 1 {
		t.Errorf("anna has %d packages, berta %d", a, b)
	}
}
