package registry_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

const table = `id,name,admin,role,language,domains,customers,second_contact,encryption,capacity,defender.subscriptions
acme,"Acme, GmbH",Anna.Admin@acme.example,account_administrator,de,Customer.example,jane@elsewhere.example,records@acme.example,passphrase,controller,1111
acme,,berta@acme.example,reader,,"second.example; third.example",joe@elsewhere.example,,,,
other,,bob@other.example,owner,,elsewhere.example,,,,,
,,,,,,,,,,
`

func writeTable(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Tenants.CSV")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openTable(t *testing.T, text string) (acme, other workflow.Tenant) {
	t.Helper()
	r, err := registry.Open([]string{writeTable(t, text)}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	acme, err = r.Tenant(context.Background(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	other, err = r.Tenant(context.Background(), "other")
	if err != nil {
		t.Fatal(err)
	}
	return acme, other
}

// A spreadsheet may separate cells by semicolons, write a byte order mark and CRLF,
// and fill columns down: it says the same.
func TestTables(t *testing.T) {
	want := workflow.Tenant{
		ID: "acme", Name: "Acme, GmbH", Regime: workflow.GDPR, Capacity: workflow.Controller,
		Encryption: workflow.EncryptPassphrase, SecondContact: "records@acme.example",
		Admins: []workflow.Admin{
			{Address: "anna.admin@acme.example", Role: workflow.AccountAdministrator, Language: "de"},
			{Address: "berta@acme.example", Role: workflow.Reader},
		},
		Domains:    []string{"customer.example", "second.example", "third.example"},
		Customers:  []workflow.Address{"jane@elsewhere.example", "joe@elsewhere.example"},
		Parameters: map[string]map[string]string{"defender": {"subscriptions": "1111"}},
	}
	filled := strings.Replace(table, "acme,,berta@acme.example,reader,,\"", "acme,\"Acme, GmbH\",berta@acme.example,reader,,\"customer.example ", 1)
	filled += "acme,,berta@acme.example,reader,,,,,,,1111\n"
	semicolons := strings.NewReplacer(`"Acme, GmbH"`, "Acme, GmbH", `"second.example; third.example"`, "second.example, third.example").Replace(table)
	semicolons = strings.ReplaceAll(semicolons, ",", ";")
	semicolons = strings.NewReplacer("Acme; GmbH", "Acme, GmbH", "second.example; ", "second.example, ").Replace(semicolons)
	for name, text := range map[string]string{
		"as written":          table,
		"filled down":         filled,
		"with semicolons":     semicolons,
		"of a spreadsheet":    "\ufeff" + strings.ReplaceAll(table, "\n", "\r\n"),
		"in capitals":         strings.Replace(table, "id,name,admin", "ID, Name ,Admin", 1),
		"with blanks":         strings.ReplaceAll(table, "reader,", " reader ,"),
		"without a last line": strings.TrimSpace(table),
	} {
		t.Run(name, func(t *testing.T) {
			acme, other := openTable(t, text)
			if diff := cmp.Diff(want, acme); diff != "" {
				t.Errorf("acme (-want +got):\n%s", diff)
			}
			if other.Name != "other" || other.Encryption != workflow.EncryptNone || other.Capacity != workflow.Processor {
				t.Errorf("other is %+v", other)
			}
		})
	}
}

func TestProblemsOfTables(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"an unknown column":    {"second_contact", "second", `Tenants.CSV:1: columns: there is no column "second" (the columns are id, name, admin, role,`},
		"a column twice":       {"id,name", "id,id", `Tenants.CSV:1: columns: there are two columns "id"`},
		"no column of admins":  {"admin,role", "regime,role", `the column "admin" is missing`},
		"half a parameter":     {"defender.subscriptions", "defender.", `there is no column "defender."`},
		"too few cells":        {"other,,bob@other.example,owner,,", "other,,bob@other.example,owner,", "Tenants.CSV:4: columns: has 10 cells, and the header 11"},
		"an open quote":        {`"Acme, GmbH"`, `"Acme, GmbH`, "has a quote that stands alone"},
		"a quote in a cell":    {"bob@other", `b"ob@other`, "Tenants.CSV:4: columns: has a quote that stands alone"},
		"an unknown role":      {"reader", "king", `Tenants.CSV:3: role: "king" is no role (one of: reader`},
		"no address":           {"bob@other.example", "bob", `Tenants.CSV:4: admin: is no plain e-mail address`},
		"a role of nobody":     {"bob@other.example", "", "Tenants.CSV:4: admin: is missing (say whose role"},
		"nobody at all":        {"bob@other.example,owner", ",", "Tenants.CSV:4: admin: names nobody"},
		"a line of nobody's":   {"other,,bob", ",,bob", "Tenants.CSV:4: id: is missing"},
		"two names":            {"acme,,berta", "acme,Acme AG,berta", "Tenants.CSV:3: name: differs from an earlier line"},
		"two roles for one":    {"berta@acme.example", "Anna.Admin@acme.example", "Tenants.CSV:3: admin: is named twice"},
		"two parameters":       {"joe@elsewhere.example,,,,", "joe@elsewhere.example,,,,2222", "Tenants.CSV:3: defender.subscriptions: differs"},
		"a domain in an admin": {"third.example", "@third.example", `Tenants.CSV:3: domains: is no domain`},
		"no such capacity":     {"controller", "both", `Tenants.CSV:2: capacity: "both" is no role of the provider`},
		"claimed twice":        {"third.example", "elsewhere.example", "is claimed by tenant acme too"},
		"another encoding":     {"Acme, GmbH", "B\xfccher", "is not UTF-8"},
		"nothing":              {table, "", "names no tenant"},
		"a header alone":       {table[strings.IndexByte(table, '\n'):], "\n", "names no tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(table, c.from) {
				t.Fatal("the table has no " + c.from)
			}
			_, err := registry.Open([]string{writeTable(t, strings.Replace(table, c.from, c.to, 1))}, defaults)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to contain %q", err, c.want)
			}
		})
	}
}

// FuzzTable: whatever stands in a file, what is taken can be asked for, and no two
// tenants have one customer.
func FuzzTable(f *testing.F) {
	f.Add(table)
	f.Add("id,admin,role\na,a@b.example,owner\n")
	f.Add("id;admin;role\n\"a\";\"a@b.example\";owner\n")
	f.Add("\ufeffid,admin,role,x.y\r\na,a@b.example,owner,\"z\n\"\r\n")
	dir := f.TempDir()
	path := filepath.Join(dir, "t.csv")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := registry.Open([]string{path}, defaults)
		if err != nil {
			return
		}
		for _, tenant := range r.Tenants() {
			if len(tenant.Admins) == 0 || tenant.ID == "" || !tenant.Admins[0].Role.Known() {
				t.Fatalf("taken: %+v", tenant)
			}
			for _, c := range tenant.Customers {
				if owner, err := r.Lookup(t.Context(), c); err != nil || owner.ID != tenant.ID {
					t.Fatalf("%q is %q's, and %q lists it (%v)", c, owner.ID, tenant.ID, err)
				}
			}
		}
	})
}
