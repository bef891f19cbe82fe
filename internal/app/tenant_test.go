package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/app"
)

func book(t *testing.T, dir string) *app.TenantBook {
	t.Helper()
	b, err := app.OpenTenants(filepath.Join(dir, "dsrd.yaml"), nil)
	must(t, err)
	return b
}

func TestTenantsAreListedWithoutTheirPeople(t *testing.T) {
	b := book(t, newPlace(t, extra(sourceSettings)).Dir)
	all := b.List()
	if len(all) != 2 || all[0].ID != "acme" || all[1].ID != "globex" {
		t.Fatalf("got %+v", all)
	}
	if got := all[0].Admins[0].Address; got != "a***@acme.example" || all[0].SecondContact != "r***@acme.example" {
		t.Errorf("a listing names people: %s, %s", got, all[0].SecondContact)
	}
	if all[0].Capacity != "processor" || strings.Join(all[0].Admins[0].Exports, " ") != "security_contacts jit_policies alerts" ||
		strings.Join(all[1].Admins[0].Exports, " ") != "security_contacts" {
		t.Errorf("got %+v", all)
	}
	v, err := b.Show("acme")
	if err != nil || v.Admins[0].Address != "anna.admin@acme.example" || !v.Admins[0].Key {
		t.Errorf("got %+v, %v", v, err)
	}
	if _, err := b.Show("amce"); err == nil || err.Error() != `no tenant is called "amce" (there are acme, globex)` {
		t.Errorf("got %v", err)
	}
	if got := b.Lookup("Jane.Roe@customer.example") + b.Lookup("stranger@elsewhere.example"); got != "acme" {
		t.Errorf("got %q", got)
	}
}

func TestCandidateForTheTenants(t *testing.T) {
	for name, k := range map[string]struct {
		from, to string
		want     []string
	}{
		"the same":        {"", "", []string{"ok change : changes nothing ()"}},
		"another admin":   {"anna.admin@acme.example", "eve@acme.example", []string{"ok change acme: "}},
		"a tenant is new": {"tenants:\n", "tenants:\n  - id: initech\n    admins: [{address: bill@initech.example, role: owner}]\n    domains: [initech.example]\n    second_contact: b@initech.example\n    encryption: passphrase\n    parameters: {defender: {subscriptions: x}}\n", []string{"ok change initech: "}},
		"a broken role":   {"role: reader", "role: king", []string{`fail tenants : `, `candidate.yaml:`, `"king" is no role`}},
		"broken YAML":     {"tenants:\n", "tenants: [\n", []string{"fail tenants : ", "candidate.yaml"}},
		"an unknown source": {"      defender: {subscriptions: 2", "      defnder: {subscriptions: 2", []string{
			`fail tenants : `, `tenant globex has parameters for "defnder", which is none of them`}},
		"everybody's domain":    {"domains: [buyer.example]", "domains: [gmail.com]", []string{"warn tenants globex: claims all of gmail.com"}},
		"no customers":          {"    domains: [buyer.example]\n", "", []string{"warn tenants globex: has no customers"}},
		"no second contact":     {"    second_contact: records@acme.example\n", "", []string{"warn tenants acme: has no second contact"}},
		"our own people":        {"anna.admin@acme.example", "anna@provider.example", []string{"warn tenants acme: admins[0] is in our own domain provider.example"}},
		"an admin at a webmail": {"anna.admin@acme.example", "anna@gmx.de", []string{"warn tenants acme: admins[0] is at gmx.de"}},
		"readable packages":     {"encryption: passphrase", "encryption: none", []string{"warn tenants globex: gets its packages readable"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, extra(sourceSettings))
			raw, err := os.ReadFile(filepath.Join(p.Dir, "tenants.yaml"))
			must(t, err)
			if !strings.Contains(string(raw), k.from) {
				t.Fatalf("the tenants do not hold %q", k.from)
			}
			file := filepath.Join(t.TempDir(), "candidate.yaml")
			must(t, os.WriteFile(file, []byte(strings.Replace(string(raw), k.from, k.to, 1)), 0o600))
			found, err := app.CheckTenants(filepath.Join(p.Dir, "dsrd.yaml"), nil, file)
			must(t, err)
			for _, want := range k.want {
				if !strings.Contains(lines(found), want) {
					t.Errorf("it does not say %q:\n%s", want, lines(found))
				}
			}
			if strings.Contains(lines(found), "dsrd-tenants-") {
				t.Errorf("it names a temporary file:\n%s", lines(found))
			}
			now, err := os.ReadFile(filepath.Join(p.Dir, "tenants.yaml"))
			if err != nil || string(now) != string(raw) {
				t.Errorf("the configured file was touched: %v", err)
			}
		})
	}
}

func TestCandidateTakesThePlaceOfItsName(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	raw, err := os.ReadFile(filepath.Join(p.Dir, "tenants.yaml"))
	must(t, err)
	at := strings.Index(string(raw), "  - id: globex")
	must(t, os.WriteFile(filepath.Join(p.Dir, "tenants.yaml"), raw[:at], 0o600))
	must(t, os.WriteFile(filepath.Join(p.Dir, "more.yaml"), append([]byte("tenants:\n"), raw[at:]...), 0o600))
	p.edit(t, "dsrd.yaml", "files: [tenants.yaml]", "files: [tenants.yaml, more.yaml]")
	config := filepath.Join(p.Dir, "dsrd.yaml")
	dir := t.TempDir()
	for name, want := range map[string]string{
		"more.yaml":  "ok change globex: ",
		"other.yaml": "has the name of none of tenants.files (give it the name of the file that it replaces: ",
	} {
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, []byte(strings.Replace("tenants:\n"+string(raw[at:]), "name: Globex", "name: Globex II", 1)), 0o600))
		found, err := app.CheckTenants(config, nil, file)
		got := lines(found)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if _, err := app.CheckTenants(config, nil, filepath.Join(dir, "nowhere.yaml")); err == nil || !strings.Contains(err.Error(), "name the file that is to come into force") {
		t.Errorf("got %v", err)
	}
}

func TestConfiguredTenants(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	config := filepath.Join(p.Dir, "dsrd.yaml")
	found, err := app.CheckTenants(config, nil, "")
	if err != nil || !strings.HasPrefix(lines(found), "ok tenants : 2 tenants, nothing odd") {
		t.Errorf("got %v\n%s", err, lines(found))
	}
	p.edit(t, "tenants.yaml", "role: reader", "role: king")
	found, err = app.CheckTenants(config, nil, "")
	if err != nil || !strings.Contains(lines(found), `"king" is no role`) || worst(found) != app.GradeFail {
		t.Errorf("got %v\n%s", err, lines(found))
	}
	if _, err := app.OpenTenants(config, nil); err == nil || !strings.Contains(err.Error(), "tenants.yaml:") {
		t.Errorf("got %v", err)
	}
}
