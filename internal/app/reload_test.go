package app_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"
	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/workflow"
)

// carla comes after Anna.
const carla = "carla.new@acme.example"

// asking is a place with one request about which Anna was asked.
func asking(t *testing.T, adapt ...func(*demo.Options)) *place {
	t.Helper()
	p := newPlace(t, adapt...)
	must(t, p.Post.AddUser(carla, "secret of "+carla))
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	return p
}

// count is how many mails somebody got.
func (p *place) count(t *testing.T, who string) int {
	t.Helper()
	mails, err := p.Inbox(who)
	must(t, err)
	return len(mails)
}

func TestReplacedAdminIsForgottenAtOnceAndTheNewOneWaits(t *testing.T) {
	p := asking(t)
	p.edit(t, "tenants.yaml", demo.Anna, carla)
	must(t, p.App.Reload())
	if r := p.only(t); r.State != workflow.AwaitingConfirmation || r.Challenge != nil {
		t.Fatalf("the old code lives: %s %+v", r.State, r.Challenge)
	}
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.State != workflow.AwaitingConfirmation || p.count(t, carla) != 0 {
		t.Errorf("%s, %d mails to the new admin", r.State, p.count(t, carla))
	}
	must(t, p.Pass(t.Context(), 23*time.Hour))
	if n := p.count(t, carla); n != 0 {
		t.Errorf("asked %d times before the cooling-off was over", n)
	}
	must(t, p.Pass(t.Context(), time.Hour+time.Minute))
	if n := p.count(t, carla); n != 1 {
		t.Fatalf("asked %d times when it was over", n)
	}
	if n := p.log.count(`msg="tenant changed" tenant=acme`); n != 1 {
		t.Errorf("%d lines about it:\n%s", n, p.log)
	}
	for _, name := range []string{"carla", "anna"} {
		if strings.Contains(p.log.String(), name) {
			t.Errorf("%s is in the log", name)
		}
	}
	must(t, p.App.Reload())
	if r := p.only(t); r.Challenge == nil {
		t.Error("a reload that changes nothing took the new admin's code")
	}
}

func TestAcknowledgementOfAReplacedAdminIsVoidAtOnce(t *testing.T) {
	for name, edit := range map[string]func(*place){
		"another person": func(p *place) { p.edit(t, "tenants.yaml", demo.Anna, carla) },
		"another role": func(p *place) {
			p.edit(t, "tenants.yaml", "role: account_administrator", "role: reader")
		},
		"another key": func(p *place) {
			p.edit(t, "tenants.yaml", p.Identity.Recipient().String(), "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := asking(t)
			must(t, p.Answer(demo.Anna, "CONFIRM"))
			must(t, p.Settle(t.Context()))
			if r := p.only(t); r.State != workflow.Confirmed {
				t.Fatalf("it is %s", r.State)
			}
			p.Clock.Advance(time.Minute)
			edit(p)
			must(t, p.App.Reload())
			if r := p.only(t); r.State != workflow.AwaitingConfirmation || r.Ack != nil {
				t.Errorf("it is %s, acknowledged %v", r.State, r.Ack != nil)
			}
		})
	}
}

func TestTenantOrCustomerThatGoesEndsItsRequests(t *testing.T) {
	for name, edit := range map[string]func(*place){
		"the customer": func(p *place) { p.edit(t, "tenants.yaml", "[customer.example]", "[somewhere.example]") },
		"the tenant":   func(p *place) { p.edit(t, "tenants.yaml", "id: acme", "id: acme2") },
	} {
		t.Run(name, func(t *testing.T) {
			p := asking(t)
			edit(p)
			must(t, p.App.Reload())
			if r := p.only(t); r.State != workflow.RefusedState || r.Reason != workflow.TenantGone {
				t.Errorf("it is %s %s", r.State, r.Reason)
			}
		})
	}
}

// TestTenantThatComesBackIsNamedAnew takes a tenant out and puts it in again: its
// admins have to wait.
func TestTenantThatComesBackIsNamedAnew(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.edit(t, "tenants.yaml", "id: acme", "id: other")
	must(t, p.App.Reload())
	p.Clock.Advance(time.Hour)
	p.edit(t, "tenants.yaml", "id: other", "id: acme")
	must(t, p.App.Reload())
	p.ask(t)
	must(t, p.Settle(t.Context()))
	if n := p.count(t, demo.Anna); n != 0 {
		t.Errorf("asked %d times before the cooling-off was over", n)
	}
}

// TestWhatBecameOfTheRegistryWhileNobodyRan counts too.
func TestWhatBecameOfTheRegistryWhileNobodyRan(t *testing.T) {
	p := asking(t)
	must(t, p.App.Checkpoint(t.Context()))
	p.edit(t, "tenants.yaml", demo.Anna, carla)
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "the old code is dead", func() bool { return p.only(t).Challenge == nil })
	r.finish(t)
}

func TestReloadThatTheStoreMissedIsMadeUpFor(t *testing.T) {
	p := asking(t)
	must(t, p.App.Checkpoint(t.Context()))
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it runs", func() bool { return p.log.count("dsrd runs") == 1 })
	p.edit(t, "tenants.yaml", demo.Anna, carla)
	p.Redis.SetError("LOADING Redis is loading the dataset in memory")
	must(t, p.App.Reload()) // the files are good
	if !p.App.ReloadOK() || p.log.count("msg=failing what=registry") == 0 {
		t.Errorf("got:\n%s", p.log)
	}
	p.Redis.SetError("")
	within(t, 20*time.Second, "the old code is dead", func() bool { return p.only(t).Challenge == nil })
	r.finish(t)
}

func TestBrokenFilesLeaveTheOldOnesInForce(t *testing.T) {
	level := new(slog.LevelVar)
	p := newPlace(t)
	must(t, p.App.Close())
	o, err := p.Assembly()
	must(t, err)
	o.Level = level
	o.Reread = func() (*config.Config, error) { fresh, err := p.Assembly(); return fresh.Config, err }
	p.App, err = app.New(t.Context(), o)
	must(t, err)
	must(t, p.App.Trust(t.Context(), false))
	if !p.App.ReloadOK() {
		t.Error("not good before any reload")
	}
	steps := []struct {
		name, file, from, to string
		good                 bool
		say                  string
	}{
		{"a broken configuration", "dsrd.yaml", "telemetry:\n", "telemetri:\n", false, "telemetry"},
		{"mended", "dsrd.yaml", "telemetri:\n", "telemetry:\n", true, "tenants reloaded"},
		{"broken tenants", "tenants.yaml", "domains: [customer.example]", "domain: [customer.example]", false, "domains"},
		{"mended again", "tenants.yaml", "domain: [customer.example]", "domains: [customer.example]", true, ""},
		{"a level", "dsrd.yaml", "telemetry:\n", "telemetry:\n  level: warn\n", true, "changed=telemetry"},
		{"what needs a restart", "dsrd.yaml", "  from_name: ", "  from_name: New ", true, "sections=smtp"},
	}
	for _, s := range steps {
		before := p.log.String()
		level.Set(slog.LevelInfo)
		p.edit(t, s.file, s.from, s.to)
		err := p.App.Reload()
		if (err == nil) != s.good || p.App.ReloadOK() != s.good {
			t.Errorf("%s: got %v, ok %v", s.name, err, p.App.ReloadOK())
		}
		if said := strings.TrimPrefix(p.log.String(), before); !strings.Contains(said, s.say) {
			t.Errorf("%s: it does not say %q:\n%s", s.name, s.say, said)
		}
	}
	if level.Level() != slog.LevelWarn {
		t.Errorf("the level is %s", level.Level())
	}
}

// TestPolicyIsReloadedForRequestsToCome changes how long a new admin waits.
func TestPolicyIsReloadedForRequestsToCome(t *testing.T) {
	p := newPlace(t)
	must(t, p.App.Close())
	o, err := p.Assembly()
	must(t, err)
	o.Reread = func() (*config.Config, error) { fresh, err := p.Assembly(); return fresh.Config, err }
	p.App, err = app.New(t.Context(), o)
	must(t, err)
	must(t, p.App.Trust(t.Context(), false))
	must(t, p.Post.AddUser(carla, "secret of "+carla))
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	p.edit(t, "dsrd.yaml", "schedules:\n", "policy:\n  cooling_off: 1h\n  questions: 5\nschedules:\n")
	p.edit(t, "tenants.yaml", demo.Anna, carla)
	must(t, p.App.Reload())
	must(t, p.Pass(t.Context(), time.Hour+time.Minute))
	if n := p.count(t, carla); n != 1 {
		t.Errorf("the new admin was asked %d times", n)
	}
	p.askAbout(t, colleague)
	must(t, p.Settle(t.Context()))
	all, err := p.Requests(t.Context())
	must(t, err)
	for _, r := range all {
		if want := map[string]int{demo.Jane: 2, colleague: 5}[string(r.Customer)]; r.Policy.Questions != want {
			t.Errorf("born with %d questions, want %d", r.Policy.Questions, want)
		}
	}
}

func TestPolicyOfATenant(t *testing.T) {
	p := asking(t)
	r := p.only(t)
	if r.Policy.Escalations != 1 || r.Policy.Capacity != workflow.Processor {
		t.Errorf("got %d escalations as %q", r.Policy.Escalations, r.Policy.Capacity)
	}
	p = newPlace(t)
	p.edit(t, "tenants.yaml", "    second_contact: "+demo.Records+"\n", "    role: controller\n")
	p.restart(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.Policy.Escalations != 0 || r.Policy.Capacity != workflow.Controller {
		t.Errorf("without a second contact: got %d escalations as %q", r.Policy.Escalations, r.Policy.Capacity)
	}
}

// TestPauseHoldsLettersNotMail pauses by an operator's word.
func TestPauseHoldsLettersNotMail(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Operators(ctx) }()
	defer func() { stop(); <-ended }()
	client := p.operator()
	within(t, 20*time.Second, "it pauses", func() bool {
		_, err := client.Pause(ctx, "the relay moves", 0)
		return err == nil
	})
	p.ask(t)
	for range 3 {
		must(t, p.Settle(t.Context()))
		p.Clock.Advance(2 * time.Minute)
	}
	if p.only(t); p.count(t, demo.Anna) != 0 {
		t.Error("a letter left while all was paused")
	}
	_, err := client.Resume(ctx)
	must(t, err)
	must(t, p.Settle(t.Context()))
	if p.count(t, demo.Anna) != 1 {
		t.Error("no letter left after the pause")
	}
}

func TestOpenBreakerIsToldAndItsEndToo(t *testing.T) {
	p := newPlace(t, extra("policy:\n  breaker_limit: 1\n"))
	must(t, p.Settle(t.Context()))
	p.ask(t)
	p.askAbout(t, colleague)
	must(t, p.Settle(t.Context()))
	if p.count(t, demo.Anna) != 1 || p.log.count("msg=failing what=breaker") != 1 {
		t.Errorf("%d letters left, log:\n%s", p.count(t, demo.Anna), p.log)
	}
	p.Clock.Advance(time.Hour)
	must(t, p.Settle(t.Context()))
	if p.count(t, demo.Anna) != 2 {
		t.Errorf("%d letters left when it was over", p.count(t, demo.Anna))
	}
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "its end is told", func() bool { return p.log.count(`msg="works again" what=breaker`) == 1 })
	r.finish(t)
}

// TestAdminWhoNeverAnsweredIsReplaced lets the code of one die before another comes.
func TestAdminWhoNeverAnsweredIsReplaced(t *testing.T) {
	p := asking(t)
	for range 40 {
		must(t, p.Pass(t.Context(), 24*time.Hour))
		if p.only(t).State == workflow.NeedsReview {
			break
		}
	}
	must(t, p.App.Reload())
	if r := p.only(t); r.State != workflow.NeedsReview || r.Reason != workflow.NobodyAnswered {
		t.Fatalf("it is %s %s", r.State, r.Reason)
	}
	p.edit(t, "tenants.yaml", demo.Anna, carla)
	must(t, p.App.Reload())
	must(t, p.Pass(t.Context(), 24*time.Hour+time.Minute))
	if r := p.only(t); r.State != workflow.AwaitingConfirmation || p.count(t, carla) != 1 {
		t.Errorf("it is %s %s, the new admin was asked %d times", r.State, r.Reason, p.count(t, carla))
	}
}

// TestAssignedRequestNeedsNoListedCustomer lets an operator assign a stranger's
// request to acme, which does not list the stranger.
func TestAssignedRequestNeedsNoListedCustomer(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.askAbout(t, "someone@nowhere.example")
	must(t, p.Settle(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Operators(ctx) }()
	defer func() { stop(); <-ended }()
	within(t, 20*time.Second, "it is assigned", func() bool {
		_, err := p.operator().Do(ctx, string(p.only(t).ID), "assign",
			admin.Order{Customer: "someone@nowhere.example", Tenant: "acme", Op: "once"})
		return err == nil
	})
	must(t, p.Settle(t.Context()))
	p.edit(t, "tenants.yaml", "name: Acme GmbH", "name: Acme AG")
	must(t, p.App.Reload())
	if r := p.only(t); r.State != workflow.AwaitingConfirmation || r.Challenge == nil {
		t.Errorf("it is %s %s", r.State, r.Reason)
	}
	p.edit(t, "tenants.yaml", "id: acme", "id: acme2")
	must(t, p.App.Reload())
	if r := p.only(t); r.State != workflow.RefusedState {
		t.Errorf("its tenant is gone, and it is %s", r.State)
	}
}

// TestTenantThatCameBackWaitsNoLongerThanItMust has a store that notes who left and who
// came back, and cannot be asked about requests for most of a day.
func TestTenantThatCameBackWaitsNoLongerThanItMust(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	var broken atomic.Bool
	p.Redis.Server().SetPreHook(func(c *server.Peer, _ string, args ...string) bool {
		of := func(a string) bool { return strings.Contains(a, ":state:") }
		if !broken.Load() || !slices.ContainsFunc(args, of) {
			return false
		}
		c.WriteError("ERR broken")
		return true
	})
	broken.Store(true)
	p.edit(t, "tenants.yaml", "id: acme", "id: other")
	must(t, p.App.Reload())
	p.edit(t, "tenants.yaml", "id: other", "id: acme")
	must(t, p.App.Reload())
	if p.log.count("msg=failing what=registry") == 0 {
		t.Fatalf("nothing failed:\n%s", p.log)
	}
	p.Clock.Advance(23 * time.Hour)
	must(t, p.App.Reload())
	broken.Store(false)
	must(t, p.App.Reload())
	p.ask(t)
	must(t, p.Settle(t.Context()))
	if n := p.count(t, demo.Anna); n != 0 {
		t.Errorf("asked %d times before the cooling-off was over", n)
	}
	must(t, p.Pass(t.Context(), time.Hour+time.Minute))
	if n := p.count(t, demo.Anna); n != 1 {
		t.Errorf("asked %d times when it was over", n)
	}
}
