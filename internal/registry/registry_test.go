package registry_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

const good = `tenants:
  - id: acme
    name: Acme GmbH
    admins:
      - {address: Anna.Admin@acme.example, role: account_administrator, language: de}
    domains: [Customer.example]
    customers: [jane@elsewhere.example]
  - id: other
    admins:
      - {address: bob@other.example, role: reader}
    domains: [elsewhere.example]
`

var defaults = registry.Defaults{Encryption: workflow.EncryptNone, Regime: workflow.GDPR}

func write(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "tenants.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLookup(t *testing.T) {
	r, err := registry.Open([]string{write(t, t.TempDir(), good)}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[workflow.Address]string{
		"joe@customer.example":     "acme",
		"JOE@CUSTOMER.EXAMPLE":     "acme",
		"jane@elsewhere.example":   "acme", // the address goes before the domain
		"joe@elsewhere.example":    "other",
		"joe@sub.customer.example": "",
		"joe@nowhere.example":      "",
		"":                         "",
	}
	for customer, want := range cases {
		got, err := r.Lookup(context.Background(), customer)
		if got.ID != want || (want == "") != errors.Is(err, workflow.NotFound) {
			t.Errorf("%s: got tenant %q, %v; want %q", customer, got.ID, err, want)
		}
	}
}

func TestBrokenFileLeavesTheOldRegistry(t *testing.T) {
	dir := t.TempDir()
	r, err := registry.Open([]string{write(t, dir, good)}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, strings.Replace(good, "reader", "reeder", 1))
	if _, err := r.Reload(); err == nil {
		t.Fatal("a role that does not exist was taken")
	}
	if _, err := r.Tenant(context.Background(), "other"); err != nil {
		t.Errorf("the old registry is gone: %v", err)
	}
}

func TestProblemsNameLineKeyAndRemedy(t *testing.T) {
	cases := map[string]struct{ from, to, want string }{
		"unknown role":       {"role: reader", "role: king", `tenants.yaml:10: tenants[1].admins[0].role: "king" is no role (one of: reader`},
		"unknown key":        {"domains: [elsewhere", "domain: [elsewhere", `did you mean "domains"?`},
		"claimed twice":      {"[elsewhere.example]", "[customer.example]", "is claimed by tenant acme too"},
		"no address":         {"bob@other.example", "bob", "no plain e-mail address"},
		"display name":       {"bob@other.example", "Bob <bob@other.example>", "no plain e-mail address"},
		"age without key":    {"id: other", "id: other\n    encryption: age", "put the admin's age recipient here"},
		"no such role":       {"name: Acme GmbH", "role: both", `tenants[0].role: "both" is no role of the provider (processor: the tenant`},
		"an admin twice":     {"{address: bob@other.example, role: reader}", "{address: bob@other.example, role: reader}\n      - {address: BOB@other.example, role: owner}", "tenants[1].admins[1].address: is named twice"},
		"a name in lines":    {"Acme GmbH", "\"Acme\\nGmbH\"", "tenants[0].name: has a line break"},
		"an id with a blank": {"id: other", "id: \"oth\\u00a0er\"", "is no id"},
		"passphrase to self": {"id: other", "id: other\n    second_contact: bob@other.example\n    encryption: passphrase", "never goes to the package's own address"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.from, c.to, 1)
			_, err := registry.Open([]string{write(t, t.TempDir(), text)}, defaults)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to contain %q", err, c.want)
			}
		})
	}
}

// Who says nothing is a processor: the tenant answers the person.
func TestTheProvidersRole(t *testing.T) {
	text := strings.Replace(good, "name: Acme GmbH", "role: controller", 1)
	r, err := registry.Open([]string{write(t, t.TempDir(), text)}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]workflow.Capacity{"acme": workflow.Controller, "other": workflow.Processor} {
		if got, _ := r.Tenant(context.Background(), id); got.Capacity != want {
			t.Errorf("%s: got %q, want %q", id, got.Capacity, want)
		}
	}
}

func TestExampleLoads(t *testing.T) {
	r, err := registry.Open([]string{"../../deploy/tenants.example.yaml"}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := r.Lookup(context.Background(), "anybody@customer.example")
	if err != nil || tenant.Parameters["defender"]["subscriptions"] == "" {
		t.Errorf("got %+v, %v", tenant, err)
	}
}
