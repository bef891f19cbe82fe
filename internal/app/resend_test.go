package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/workflow"
)

// order is an operator's, given as soon as somebody listens.
func (p *place) order(t *testing.T, verb string) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Operators(ctx) }()
	defer func() { stop(); <-ended }()
	within(t, 20*time.Second, "somebody listens", func() bool {
		_, err := p.operator().Status(ctx)
		return err == nil
	})
	_, err := p.operator().Do(ctx, string(p.only(t).ID), verb, admin.Order{Op: "once " + verb})
	return err
}

// completed is a place with one request whose package is with Anna.
func completed(t *testing.T, edits ...func(*place)) *place {
	t.Helper()
	p := newPlace(t)
	for _, edit := range edits {
		edit(p)
	}
	must(t, p.Post.AddUser(carla, "secret of "+carla))
	must(t, p.App.Reload())
	must(t, p.Pass(t.Context(), 25*time.Hour))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Pass(t.Context(), 26*time.Hour))
	if r := p.only(t); r.State != workflow.Completed {
		t.Fatalf("it is %s", r.State)
	}
	return p
}

// TestNoPackageIsResentBehindItsAcknowledgement changes the registry after the package
// has left, and waits until the change has cooled off.
func TestNoPackageIsResentBehindItsAcknowledgement(t *testing.T) {
	passphrase := func(p *place) {
		p.edit(t, "tenants.yaml", "second_contact: "+demo.Records, "second_contact: "+demo.Records+
			"\n    encryption: passphrase")
	}
	for _, k := range []struct {
		name  string
		begin []func(*place)
		edits [][2]string
	}{
		{"the admin went, and the address came back", nil, [][2]string{{demo.Anna, carla}, {carla, demo.Anna}}},
		{"another admin", nil, [][2]string{{demo.Anna, carla}}},
		{"the tenant is another", nil, [][2]string{{"id: acme", "id: acme2"}}},
		{"the customer is another tenant's", nil, [][2]string{{"domains: [customer.example]", "domains: []"},
			{"domains: [buyer.example]", "domains: [buyer.example, customer.example]"}}},
		{"the passphrase would go to somebody else", []func(*place){passphrase}, [][2]string{{demo.Records, carla}}},
	} {
		t.Run(k.name, func(t *testing.T) {
			p := completed(t, k.begin...)
			anna, other := p.count(t, demo.Anna), p.count(t, carla)
			for _, e := range k.edits {
				p.edit(t, "tenants.yaml", e[0], e[1])
				must(t, p.App.Reload())
				must(t, p.Pass(t.Context(), 48*time.Hour))
			}
			err := p.order(t, "resend")
			if err == nil || !strings.Contains(err.Error(), "the customer has to ask anew") {
				t.Errorf("got %v", err)
			}
			must(t, p.Settle(t.Context()))
			if p.only(t).State != workflow.Completed || p.count(t, demo.Anna) != anna || p.count(t, carla) != other {
				t.Errorf("%s, anna has %d mails, the other %d", p.only(t).State, p.count(t, demo.Anna), p.count(t, carla))
			}
		})
	}
}

func TestPackageIsResentToWhoAcknowledged(t *testing.T) {
	p := completed(t)
	before := p.count(t, demo.Anna)
	p.edit(t, "tenants.yaml", "domains: [buyer.example]", "domains: [buyer.example, new.example]")
	must(t, p.App.Reload())
	must(t, p.order(t, "resend"))
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.State != workflow.Completed || p.count(t, demo.Anna) != before+1 {
		t.Errorf("%s, anna has %d mails, had %d", r.State, p.count(t, demo.Anna), before)
	}
}
