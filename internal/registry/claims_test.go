package registry_test

import (
	"slices"
	"testing"

	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

func TestClaimsAndSettingsChangeWithWhatTheyStandFor(t *testing.T) {
	acme := workflow.Tenant{
		ID: "acme", Admins: []workflow.Admin{{Address: "anna@acme.example", Role: workflow.Owner}},
		Domains: []string{"customer.example"}, Customers: []workflow.Address{"jane@elsewhere.example"},
		SecondContact: "records@acme.example",
		Parameters:    map[string]map[string]string{"defender": {"subscriptions": "1", "region": "2"}},
	}
	for customer, want := range map[workflow.Address]string{
		"Jane@Elsewhere.example": "customer\njane@elsewhere.example",
		"joe@Customer.example":   "domain\ncustomer.example",
		"joe@elsewhere.example":  "",
		"":                       "",
	} {
		if got := registry.Claim(acme, customer); got != want {
			t.Errorf("%q is claimed by %q, want %q", customer, got, want)
		}
	}
	other := acme
	other.Parameters = map[string]map[string]string{"defender": {"subscriptions": "2", "region": "2"}}
	second := acme
	second.SecondContact = "eve@evil.example"
	if s := registry.Settings(acme); s == registry.Settings(other) || s == registry.Settings(second) {
		t.Errorf("other settings are told as %q too", s)
	}
	typed, strict := acme, acme
	typed.Confirm, strict.StrictSigner = workflow.TypedCode, true
	seen := map[string]bool{}
	for _, t := range []workflow.Tenant{acme, other, second, typed, strict} {
		seen[registry.Settings(t)] = true
	}
	if len(seen) != 5 {
		t.Errorf("five different settings are told in %d ways", len(seen))
	}
	// What is written down of a tenant that asks for nothing more must stay as it always was.
	if got, want := registry.Settings(acme), "settings\n\nrecords@acme.example\n"+
		`{"defender":{"region":"2","subscriptions":"1"}}`; got != want {
		t.Errorf("the settings are %q, want %q", got, want)
	}
	all := registry.Everything(acme)
	for _, want := range []string{
		registry.Entry(acme.Admins[0]), registry.Settings(acme), "customer\njane@elsewhere.example", "domain\ncustomer.example",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%q is not noted", want)
		}
	}
}
