package real_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// TestANewAdminIsAskedOnlyAfterADay puts berta into anna's place. Anna's codes are dead at once, and
// berta hears of the request when whoever put her there could have been noticed.
func TestANewAdminIsAskedOnlyAfterADay(t *testing.T) {
	o, d := asked(t, "replaced")
	o.AwaitEvents("letter_sent", 1)
	berta := "berta-" + o.Name + "@acme.example"
	office.NoError(t, o.Site.Dovecot.AddUsers(office.Password, berta))
	o.Replace("tenants.yaml", "address: "+o.Anna(), "address: "+berta)
	d.Tell(syscall.SIGHUP)
	d.Await("tenants reloaded")
	o.AwaitEvents("admin_changed", 1)
	for i, wait := range []time.Duration{0, 23 * time.Hour} {
		o.Pass(wait)
		o.Send(office.Reply(o.Inbox(o.Anna())[0], o.Anna(), "CONFIRM"))
		r := o.AwaitEvents("held", i+1)
		if r.State != "awaiting_confirmation" || len(o.Packages(o.Anna())) != 0 {
			t.Errorf("after %s anna's answer counts: the request is %s", wait, r.State)
		}
		if n := len(o.Inbox(berta)); n != 0 {
			t.Errorf("after %s berta has %d mails", wait, n)
		}
	}
	o.Pass(70 * time.Minute)
	if n := len(o.AwaitMail(berta, 1)); n != 1 {
		t.Errorf("berta has %d mails", n)
	}
	o.Send(office.Reply(o.Inbox(o.Anna())[0], o.Anna(), "CONFIRM"))
	if r := o.AwaitEvents("held", 3); r.State != "awaiting_confirmation" || !slices.Contains(r.Rules(), "ack/from") {
		t.Errorf("the request is %s, held by %v", r.State, r.Rules())
	}
	o.Send(office.Reply(o.Inbox(berta)[0], berta, "CONFIRM"))
	if r := o.AwaitState("completed"); r.Proof != "ok" {
		t.Errorf("the history is %s", r.Proof)
	}
	if a, b := len(o.Packages(o.Anna())), len(o.Packages(berta)); a != 0 || b != 1 {
		t.Errorf("anna has %d packages, berta %d", a, b)
	}
}
