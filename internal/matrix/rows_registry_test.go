package matrix_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// TestRow52ReloadWithAnError keeps the old registry in force, and says so; another admin in a good
// one voids what the old admin was asked.
func TestRow52ReloadWithAnError(t *testing.T) {
	w := row(t, "r52")
	d := w.Serve()
	done := w.asks(1)
	w.awaitAsked(done...)
	w.Write("tenants.yaml", "tenants: [{id: acme, admins: 7}]\n")
	d.Tell(syscall.SIGHUP)
	d.Await("the old ones stay in force")
	office.Until(t, "the metric tells it", func() bool { return w.metric("dsrd_config_reload_success", "") == 0 })
	if got := office.Dsrd(t, nil, "check", "--offline", "--config", w.Path("dsrd.yaml")); got.Code == 0 {
		t.Errorf("check finds nothing wrong: %s", got.Out)
	}
	w.confirms(done...)
	w.judge(oracle.Allowed{})
}

// TestRow52AnotherAdmin voids what the old one was asked: her code is dead, and so is her voice.
func TestRow52AnotherAdmin(t *testing.T) {
	w := row(t, "r52b")
	d := w.Serve()
	berta := w.person("berta-" + w.Name + "@acme.example")
	good := w.Read("tenants.yaml")
	open := w.asks(1)
	old := w.awaitAsked(open...)[open[0]]
	w.Write("tenants.yaml", strings.Replace(good, w.Anna(), berta, 1))
	d.Tell(syscall.SIGHUP)
	d.Await("tenants reloaded")
	office.Until(t, "it is reloaded", func() bool { return w.metric("dsrd_config_reload_success", "") == 1 })
	w.Send(office.Reply(old, w.Anna(), "CONFIRM")) // her word counts no more
	office.Until(t, "her answer is held", func() bool {
		return strings.Contains(strings.Join(w.states()[open[0]].events(), " "), "held")
	})
	of := w.of(open[0])
	of.Admin, of.Before, of.Told = berta, []string{w.Anna()}, []string{w.Records(), w.Anna()}
	w.Pass(25 * time.Hour) // who is new is asked after a day
	w.Settings.Anna = berta
	w.Passing(10*time.Minute, "the new admin is asked", func() bool { return w.letters()[open[0]] != "" })
	w.send(open[0], "CONFIRM")
	w.judge(oracle.Allowed{})
}

// TestRow53ATenantThatGoes ends what was asked for its customers: nothing leaves.
func TestRow53ATenantThatGoes(t *testing.T) {
	w := row(t, "r53")
	d := w.Serve()
	all := w.asks(2)
	w.awaitAsked(all...)
	w.Replace("dsrd.yaml", `export: "@every 1s"`, `export: "0 3 * * *"`)
	w.Order("pause", "--why", "somebody leaves")
	w.confirms(all[0])
	w.awaitEnd(all[0], "confirmed")
	w.Replace("tenants.yaml", "id: acme", "id: globex")
	w.Replace("tenants.yaml", "domains: [customer.example]", "domains: [buyer.example]")
	d.Tell(syscall.SIGHUP)
	d.Await("tenants reloaded")
	w.Order("resume")
	for _, c := range all {
		w.of(c).Ends = []string{"refused"}
	}
	w.Pass(time.Hour)
	w.judge(oracle.Allowed{})
	if n := len(w.Packages(w.Anna())); n != 0 {
		t.Errorf("%d packages left", n)
	}
}
