package app_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/workflow"
)

// Whoever can write the tenants file for an hour can do more than replace an admin.
var takeovers = map[string]func(*testing.T, *place){
	"the tenant under another name": func(t *testing.T, p *place) {
		p.edit(t, "tenants.yaml", "id: acme", "id: acme2")
		p.edit(t, "tenants.yaml", demo.Anna, carla)
	},
	"the customers moved to another tenant": func(t *testing.T, p *place) {
		p.edit(t, "tenants.yaml", "domains: [customer.example]", "domains: []")
		p.edit(t, "tenants.yaml", "domains: [buyer.example]", "domains: [buyer.example, customer.example]")
	},
	"one customer moved to another tenant": func(t *testing.T, p *place) {
		p.edit(t, "tenants.yaml", "domains: [buyer.example]",
			"domains: [buyer.example]\n    customers: [jane.roe@customer.example]")
	},
	"other data behind the same admin": func(t *testing.T, p *place) {
		p.edit(t, "tenants.yaml", "subscriptions: ", "subscriptions: 99999999-9999-9999-9999-999999999999, ")
	},
	"another second contact": func(t *testing.T, p *place) {
		p.edit(t, "tenants.yaml", "records@acme.example", "eve@evil.example")
	},
}

func TestWhateverChangesInTheRegistryCoolsOff(t *testing.T) {
	for name, edit := range takeovers {
		for how, take := range map[string]func(*testing.T, *place){
			"reloaded":  func(t *testing.T, p *place) { must(t, p.App.Reload()) },
			"restarted": func(t *testing.T, p *place) { p.restart(t) },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				p := newPlace(t)
				must(t, p.Post.AddUser(carla, "secret of "+carla))
				must(t, p.Settle(t.Context()))
				edit(t, p)
				take(t, p)
				p.ask(t)
				must(t, p.Settle(t.Context()))
				asked := func() int {
					return p.count(t, demo.Anna) + p.count(t, demo.Bob) + p.count(t, carla)
				}
				must(t, p.Pass(t.Context(), 23*time.Hour))
				if n := asked(); n != 0 {
					t.Fatalf("%d mails before the cooling-off was over", n)
				}
				must(t, p.Pass(t.Context(), time.Hour+time.Minute))
				if n := asked(); n != 1 {
					t.Errorf("%d mails when it was over", n)
				}
			})
		}
	}
}

// TestAnAcknowledgementIsForTheDataOfItsDay: what the admin released is not what the
// sources would read now.
func TestAnAcknowledgementIsForTheDataOfItsDay(t *testing.T) {
	p := asking(t)
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.State != workflow.Confirmed {
		t.Fatalf("it is %s", r.State)
	}
	p.Clock.Advance(time.Minute)
	takeovers["other data behind the same admin"](t, p)
	must(t, p.App.Reload())
	if r := p.only(t); r.State != workflow.AwaitingConfirmation || r.Ack != nil {
		t.Errorf("it is %s, acknowledged %v", r.State, r.Ack != nil)
	}
}

// TestAnotherTenantsChangeIsNobodyElses: a registry that grows must not stop the rest.
func TestAnotherTenantsChangeIsNobodyElses(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.edit(t, "tenants.yaml", "domains: [buyer.example]", "domains: [buyer.example, new.example]")
	p.edit(t, "tenants.yaml", "domains: [customer.example]", "domains: [customer.example, more.example]")
	must(t, p.App.Reload())
	p.ask(t)
	must(t, p.Settle(t.Context()))
	if n := p.count(t, demo.Anna); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
