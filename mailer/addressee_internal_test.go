package mailer

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/workflow"
)

// book is a registry that is drawn.
type book []workflow.Tenant

func (b book) Lookup(_ context.Context, customer workflow.Address) (workflow.Tenant, error) {
	for _, t := range b {
		for _, c := range t.Customers {
			if c == customer {
				return t, nil
			}
		}
	}
	return workflow.Tenant{}, workflow.NotFound
}

func (b book) Tenant(_ context.Context, id string) (workflow.Tenant, error) {
	for _, t := range b {
		if t.ID == id {
			return t, nil
		}
	}
	return workflow.Tenant{}, workflow.NotFound
}

// The people of these registries are few, so that one is often two things at once:
// admin here and second contact there, requester and customer.
var crowd = rapid.SampledFrom([]workflow.Address{
	"a@x.example", "A@x.example", "b@x.example", "c@y.example", "d@y.example", "e@z.example", "f@z.example",
})

var everyLetter = []workflow.EffectType{
	workflow.SendConfirmation, workflow.SendReminder, workflow.SendQuestion, workflow.SendWhich,
	workflow.SendDeclined, workflow.SendRefusal, workflow.SendReceipt, workflow.SendPackage,
	workflow.SendPassphrase, workflow.SendEscalation,
}

func drawTenant(t *rapid.T, id string, customers []workflow.Address) workflow.Tenant {
	tenant := workflow.Tenant{ID: id, Customers: customers}
	for range rapid.IntRange(0, 3).Draw(t, "admins") {
		tenant.Admins = append(tenant.Admins, workflow.Admin{
			Address: crowd.Draw(t, "admin"), Role: rapid.SampledFrom(workflow.Roles()).Draw(t, "role"),
		})
	}
	tenant.SecondContact = rapid.OneOf(crowd, rapid.SampledFrom([]workflow.Address{
		"s@x.example", "s@y.example", "",
	})).Draw(t, "second contact")
	return tenant
}

// drawRequest makes a request that often, but not always, fits the registry.
func drawRequest(t *rapid.T, b book) workflow.Request {
	r := workflow.Request{
		ID: requestID, TenantID: rapid.SampledFrom([]string{"t1", "t2", "t3"}).Draw(t, "tenant"),
		Customer: rapid.SampledFrom([]workflow.Address{"c1", "c2", "c3", "c4"}).Draw(t, "customer"),
		State:    rapid.SampledFrom(workflow.States()).Draw(t, "state"),
		Requester: workflow.Requester{
			Address: crowd.Draw(t, "requester"), Verified: rapid.Bool().Draw(t, "verified"),
		},
	}
	r.Assigned = rapid.IntRange(0, 4).Draw(t, "assigned") == 0
	for n := range rapid.IntRange(0, 2).Draw(t, "joined") {
		r.Joined = append(r.Joined, workflow.Joining{Number: n + 1, Requester: workflow.Requester{
			Address: crowd.Draw(t, "who joined"), Verified: rapid.Bool().Draw(t, "proven"),
		}})
	}
	if rapid.Bool().Draw(t, "asked") {
		r.Challenge = &workflow.Challenge{Admin: workflow.FoldAddress(string(crowd.Draw(t, "asked admin")))}
	}
	if rapid.Bool().Draw(t, "acknowledged") {
		r.Ack = &workflow.Ack{
			Admin: workflow.FoldAddress(string(crowd.Draw(t, "who"))),
			Role:  rapid.SampledFrom(workflow.Roles()).Draw(t, "as"),
		}
	}
	if tenant, err := b.Lookup(context.Background(), r.Customer); err == nil && rapid.Bool().Draw(t, "fits") {
		r.TenantID = tenant.ID
		if len(tenant.Admins) > 0 && rapid.Bool().Draw(t, "by an admin") {
			a := rapid.SampledFrom(tenant.Admins).Draw(t, "that admin")
			who := workflow.FoldAddress(string(a.Address))
			r.Ack, r.Challenge = &workflow.Ack{Admin: who, Role: a.Role}, &workflow.Challenge{Admin: who}
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "packed") > 0 {
		r.Package = &workflow.Package{Passphrase: "p", Removed: rapid.Bool().Draw(t, "removed")}
	}
	return r
}

// Whatever registry and request there are: data goes to the admin who released it,
// as named for the customer at this moment, what opens it to nobody who may have it,
// and no address gets anything because a stranger wrote from it, but for letters
// without data to a proven one.
func TestWhoGetsALetter(t *testing.T) {
	reached := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 100 {
			b := book{
				drawTenant(t, "t1", []workflow.Address{"c1", "c2"}),
				drawTenant(t, "t2", []workflow.Address{"c3"}), drawTenant(t, "t3", nil),
			}
			r := drawRequest(t, b)
			letter := rapid.SampledFrom(everyLetter).Draw(t, "letter")
			p := &Postman{Registry: b}
			e := workflow.Effect{Type: letter}
			if letter == workflow.SendReceipt {
				e.Number = rapid.IntRange(-1, 3).Draw(t, "number")
			}
			to, err := p.addressee(context.Background(), r, e)
			reached[fmt.Sprintf("%s %v", letter, err == nil)]++
			if err != nil {
				if _, ok := endedBy(err); !ok {
					t.Fatalf("%s: %v", letter, err)
				}
				continue
			}
			if why := wrong(b, r, e, to); why != "" {
				t.Fatalf("%s to %s: %s\n%+v\n%+v", letter, to.address, why, r, b)
			}
		}
	})
	for _, l := range everyLetter {
		for _, ok := range []bool{true, false} {
			if n := reached[fmt.Sprintf("%s %v", l, ok)]; n < 3 {
				t.Errorf("%s, sent %v: drawn %d times only", l, ok, n)
			}
		}
	}
}

// wrong is the law about recipients, written a second time and without the code.
func wrong(b book, r workflow.Request, e workflow.Effect, to addressee) string {
	letter := e.Type
	if letter == workflow.SendReceipt || letter == workflow.SendWhich {
		who := r.Requester
		if letter == workflow.SendReceipt && e.Number > 0 {
			joined, _ := r.JoinedAs(e.Number)
			who = joined.Requester
		}
		switch {
		case !who.Verified || to.address != who.Address:
			return "not a proven requester"
		case !to.stranger || to.tenant.ID != "" || to.admin.Address != "":
			return "a stranger is told of a tenant"
		}
		return ""
	}
	tenant, err := b.Lookup(context.Background(), r.Customer)
	if r.Assigned {
		tenant, err = b.Tenant(context.Background(), r.TenantID)
	}
	if err != nil || tenant.ID != r.TenantID || to.stranger {
		return "the customer is not this tenant's"
	}
	isAdmin := func(a workflow.Address) bool {
		for _, admin := range tenant.Admins {
			if workflow.FoldAddress(string(admin.Address)) == workflow.FoldAddress(string(a)) {
				return true
			}
		}
		return false
	}
	if letter == workflow.SendPassphrase {
		switch {
		case to.address != workflow.FoldAddress(string(tenant.SecondContact)):
			return "not the second contact"
		case isAdmin(to.address) || to.address == r.Ack.Admin:
			return "an admin gets what opens the package"
		case !isAdmin(r.Ack.Admin):
			return "nobody gets the package"
		case r.Package == nil || r.Package.Removed:
			return "there is nothing to open"
		}
		return ""
	}
	if letter == workflow.SendEscalation {
		switch {
		case to.address != workflow.FoldAddress(string(tenant.SecondContact)):
			return "not the second contact"
		case to.address == workflow.FoldAddress(string(tenant.Admins[0].Address)):
			return "who is asked is told of himself"
		case r.State != workflow.AwaitingConfirmation:
			return "nobody is asked"
		}
		return ""
	}
	if !isAdmin(to.address) {
		return "not an admin of the tenant"
	}
	switch letter {
	case workflow.SendPackage:
		switch {
		case r.Ack == nil || to.address != r.Ack.Admin:
			return "not who acknowledged"
		case to.admin.Role != r.Ack.Role:
			return "another role than acknowledged"
		}
	case workflow.SendReminder, workflow.SendQuestion:
		if r.Challenge == nil || to.address != r.Challenge.Admin {
			return "not who was asked"
		}
	case workflow.SendConfirmation:
		if to.address != workflow.FoldAddress(string(tenant.Admins[0].Address)) {
			return "not who is to be asked"
		}
	}
	return ""
}

func TestWhyALetterHasNoRecipient(t *testing.T) {
	acme := func() workflow.Tenant {
		return workflow.Tenant{
			ID: "t1", Customers: []workflow.Address{"c1"}, SecondContact: "s@x.example",
			Admins: []workflow.Admin{{Address: "a@x.example", Role: workflow.Owner}, {Address: "b@x.example"}},
		}
	}
	whole := func() workflow.Request {
		return workflow.Request{
			ID: requestID, TenantID: "t1", Customer: "c1",
			Ack:       &workflow.Ack{Admin: "a@x.example", Role: workflow.Owner},
			Challenge: &workflow.Challenge{Admin: "a@x.example"},
			Package:   &workflow.Package{Passphrase: "p"},
			State:     workflow.AwaitingConfirmation,
		}
	}
	proven := func(a workflow.Address) workflow.Requester {
		return workflow.Requester{Address: a, Verified: true}
	}
	for _, c := range []struct {
		name   string
		letter workflow.EffectType
		number int
		change func(*workflow.Tenant, *workflow.Request)
		event  workflow.EventType // "" when it is sent
		to     workflow.Address
	}{
		{"a confirmation", workflow.SendConfirmation, 0, nil, "", "a@x.example"},
		{"a package", workflow.SendPackage, 0, nil, "", "a@x.example"},
		{"a package of the second admin", workflow.SendPackage, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Ack = &workflow.Ack{Admin: "b@x.example"}
		}, "", "b@x.example"},
		{"a passphrase", workflow.SendPassphrase, 0, nil, "", "s@x.example"},
		{"a letter that it is over", workflow.SendDeclined, 0, nil, "", "a@x.example"},
		{"that it is over, to who acknowledged", workflow.SendDeclined, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Ack.Admin = "b@x.example"
		}, "", "b@x.example"},
		{"that it is over, when that admin is gone", workflow.SendRefusal, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Ack.Admin = "gone@x.example"
		}, "", "a@x.example"},
		{"no such customer", workflow.SendPackage, 0, func(t *workflow.Tenant, _ *workflow.Request) { t.Customers = nil },
			workflow.TenantLost, ""},
		{"another tenant's customer", workflow.SendPackage, 0, func(t *workflow.Tenant, _ *workflow.Request) { t.ID = "t2" },
			workflow.TenantLost, ""},
		{"a tenant without admins", workflow.SendConfirmation, 0, func(t *workflow.Tenant, _ *workflow.Request) { t.Admins = nil },
			workflow.TenantLost, ""},
		{"the admin is gone", workflow.SendPackage, 0, func(t *workflow.Tenant, _ *workflow.Request) { t.Admins = t.Admins[1:] },
			workflow.AdminChanged, ""},
		{"the admin is gone, and never had a role", workflow.SendPackage, 0, func(t *workflow.Tenant, r *workflow.Request) {
			t.Admins, r.Ack.Role = t.Admins[1:], ""
		}, workflow.AdminChanged, ""},
		{"the admin's role has changed", workflow.SendPackage, 0, func(t *workflow.Tenant, _ *workflow.Request) {
			t.Admins[0].Role = workflow.Reader
		}, workflow.AdminChanged, ""},
		{"nobody acknowledged", workflow.SendPackage, 0, func(_ *workflow.Tenant, r *workflow.Request) { r.Ack = nil },
			workflow.LetterFailed, ""},
		{"there is no package", workflow.SendPackage, 0, func(_ *workflow.Tenant, r *workflow.Request) { r.Package = nil },
			workflow.LetterFailed, ""},
		{"the asked admin is gone", workflow.SendReminder, 0, func(t *workflow.Tenant, _ *workflow.Request) { t.Admins = t.Admins[1:] },
			workflow.AdminChanged, ""},
		{"no code is live", workflow.SendQuestion, 0, func(_ *workflow.Tenant, r *workflow.Request) { r.Challenge = nil },
			workflow.EffectDropped, ""},
		{"no second contact", workflow.SendPassphrase, 0, func(t *workflow.Tenant, _ *workflow.Request) { t.SecondContact = "" },
			workflow.LetterFailed, ""},
		{"the second contact is an admin", workflow.SendPassphrase, 0, func(t *workflow.Tenant, _ *workflow.Request) {
			t.SecondContact = "B@X.example"
		}, workflow.LetterFailed, ""},
		{"a passphrase when the admin is gone", workflow.SendPassphrase, 0, func(t *workflow.Tenant, _ *workflow.Request) {
			t.Admins = t.Admins[1:]
		}, workflow.EffectDropped, ""},
		{"a passphrase when the role has changed", workflow.SendPassphrase, 0, func(t *workflow.Tenant, _ *workflow.Request) {
			t.Admins[0].Role = workflow.Reader
		}, workflow.EffectDropped, ""},
		{"a passphrase for nothing", workflow.SendPassphrase, 0, func(_ *workflow.Tenant, r *workflow.Request) { r.Package = nil },
			workflow.EffectDropped, ""},
		{"a passphrase for what was removed", workflow.SendPassphrase, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Package.Removed = true
		}, workflow.EffectDropped, ""},
		{"a passphrase of a round that is void", workflow.SendPassphrase, 0, func(_ *workflow.Tenant, r *workflow.Request) { r.Ack = nil },
			workflow.EffectDropped, ""},
		{"a receipt for nobody proven", workflow.SendReceipt, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Requester.Address = "w@x.example"
		}, workflow.EffectDropped, ""},
		{"a receipt for nobody", workflow.SendReceipt, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Requester.Verified = true
		}, workflow.EffectDropped, ""},
		{"a receipt", workflow.SendReceipt, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Requester = workflow.Requester{Address: "w@x.example", Verified: true}
		}, "", "w@x.example"},
		{"a receipt of the first mail where others joined", workflow.SendReceipt, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Requester, r.Joined = proven("w@x.example"), []workflow.Joining{{Number: 1, Requester: proven("v@x.example")}}
		}, "", "w@x.example"},
		{"a receipt of one that joined", workflow.SendReceipt, 2, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Requester, r.Joined = proven("w@x.example"), []workflow.Joining{{Number: 1, Requester: proven("v@x.example")},
				{Number: 2, Requester: proven("u@x.example")}}
		}, "", "u@x.example"},
		{"a receipt of one that joined and proved nothing", workflow.SendReceipt, 1, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Requester, r.Joined = proven("w@x.example"), []workflow.Joining{{Number: 1, Requester: workflow.Requester{Address: "v@x.example"}}}
		}, workflow.EffectDropped, ""},
		{"a receipt of one that never joined", workflow.SendReceipt, 1, func(_ *workflow.Tenant, r *workflow.Request) {
			r.Requester = proven("w@x.example")
		}, workflow.EffectDropped, ""},
		{"a customer whom an operator assigned", workflow.SendConfirmation, 0, func(t *workflow.Tenant, r *workflow.Request) {
			t.Customers, r.Assigned = nil, true
		}, "", "a@x.example"},
		{"a customer assigned to a tenant that is gone", workflow.SendConfirmation, 0, func(t *workflow.Tenant, r *workflow.Request) {
			t.ID, r.Assigned = "t2", true
		}, workflow.TenantLost, ""},
		{"a word to the second contact", workflow.SendEscalation, 0, nil, "", "s@x.example"},
		{"a word to a second contact who is another admin", workflow.SendEscalation, 0, func(t *workflow.Tenant, _ *workflow.Request) {
			t.SecondContact = "B@x.example"
		}, "", "b@x.example"},
		{"a word to a second contact who is asked", workflow.SendEscalation, 0, func(t *workflow.Tenant, _ *workflow.Request) {
			t.SecondContact = "A@X.example"
		}, workflow.EffectDropped, ""},
		{"a word to nobody", workflow.SendEscalation, 0, func(t *workflow.Tenant, _ *workflow.Request) {
			t.SecondContact = ""
		}, workflow.EffectDropped, ""},
		{"a word about what was answered", workflow.SendEscalation, 0, func(_ *workflow.Tenant, r *workflow.Request) {
			r.State = workflow.Confirmed
		}, workflow.EffectDropped, ""},
	} {
		tenant, r := acme(), whole()
		if c.change != nil {
			c.change(&tenant, &r)
		}
		p := &Postman{Registry: book{tenant}}
		to, err := p.addressee(context.Background(), r, workflow.Effect{Type: c.letter, Number: c.number})
		out, _ := endedBy(err)
		if to.address != c.to || out.Event.Type != c.event || (err == nil) != (c.event == "") {
			t.Errorf("%s: to %q, %v, want %q or %q", c.name, to.address, err, c.to, c.event)
		}
	}
	p := &Postman{Registry: book{acme()}}
	if _, err := p.addressee(context.Background(), whole(), workflow.Effect{Type: workflow.Compile}); err == nil {
		t.Error("a recipient of what is no letter: no error")
	}
}
