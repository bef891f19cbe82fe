package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

// third is a tenant more, and nothing else.
const third = "  - id: third\n    admins: [{address: t@third.example, role: owner}]\n    domains: [third.example]\n"

const key = "age1yysuwrl8vrdq2z8h97fem9fgvkssh5z6jllf2440x3ha7t958ccqrnvx7f"

func TestDifferences(t *testing.T) {
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(good) }
	for name, c := range map[string]struct{ text, want string }{
		"none":         {good, "no difference"},
		"other words":  {"# a comment\n" + good, "no difference"},
		"other case":   {replace("bob@", "BOB@"), "no difference"},
		"a tenant":     {good + third, "third: new, 1 customer or domain added"},
		"no tenant":    {good[:strings.Index(good, "  - id: other")], "other: removed, 1 customer or domain removed"},
		"renamed":      {replace("id: other", "id: another"), "another: new, 1 customer or domain taken over from other; other: removed, 1 customer or domain gone to another"},
		"another":      {replace("bob@", "eve@"), "other: 1 admin added, 1 admin removed, another admin is asked"},
		"one more":     {replace("role: reader}", "role: reader}\n      - {address: eve@other.example, role: reader}"), "other: 1 admin added"},
		"one in front": {replace("- {address: bob", "- {address: eve@other.example, role: reader}\n      - {address: bob"), "other: 1 admin added, another admin is asked"},
		"a role":       {replace("role: reader", "role: owner"), "other: 1 role changed"},
		"a key":        {replace("role: reader", "role: reader, public_key: "+key), "other: 1 key changed"},
		"role and key": {replace("role: reader", "role: owner, public_key: "+key), "other: 1 role changed, 1 key changed"},
		"a language":   {replace("language: de", "language: fr"), "acme: changed: language"},
		"settings":     {replace("name: Acme GmbH", "name: Acme AG\n    role: controller\n    regime: ccpa"), "acme: changed: name, regime, role"},
		"a contact":    {replace("id: other", "id: other\n    second_contact: s@other.example"), "other: second contact changed"},
		"encryption":   {replace("id: other", "id: other\n    encryption: passphrase\n    second_contact: s@other.example"), "other: second contact changed, changed: encryption"},
		"to be typed":  {replace("id: other", "id: other\n    confirm: typed-code"), "other: changed: confirm"},
		"strict":       {replace("id: other", "id: other\n    alignment: strict"), "other: changed: alignment"},
		"as it was":    {replace("id: other", "id: other\n    confirm: reply\n    alignment: relaxed"), "no difference"},
		"a parameter":  {replace("id: other", "id: other\n    parameters: {files: {path: x}}"), "other: changed: parameters"},
		"a customer": {replace("[jane@", "[joe@elsewhere.example, jane@"),
			"acme: 1 customer or domain taken over from other; other: 1 customer or domain gone to acme"},
		"nobody's customer": {replace("[jane@", "[x@nowhere.example, y@nowhere.example, jane@"), "acme: 2 customers or domains added"},
		"no customer": {replace("customers: [jane@elsewhere.example]", "customers: []"),
			"acme: 1 customer or domain gone to other; other: 1 customer or domain taken over from acme"},
		"domains swapped": {replace("Customer.example", "elsewhere.example", "[elsewhere.example]", "[customer.example]"),
			"acme: 1 customer or domain taken over from other, 1 customer or domain gone to other; " +
				"other: 1 customer or domain taken over from acme, 1 customer or domain gone to acme"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r, err := registry.Open([]string{write(t, dir, good)}, defaults)
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, c.text)
			got, err := r.Reload()
			if err != nil || got.String() != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
			for _, private := range []string{"@", "jane", "bob", "eve", "Acme", "customer.example"} {
				if strings.Contains(got.String(), private) {
					t.Errorf("%q stands in the audit: %s", private, got)
				}
			}
			if again, err := r.Reload(); err != nil || len(again) != 0 {
				t.Errorf("read again, it differs by %s, %v", again, err)
			}
		})
	}
}

// A file that is broken in between hides nothing of what changed meanwhile.
func TestDifferencesAreToTheLastGoodState(t *testing.T) {
	dir := t.TempDir()
	r, err := registry.Open([]string{write(t, dir, good)}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, strings.Replace(good, "role: reader", "role: king", 1))
	if got, err := r.Reload(); err == nil || got != nil {
		t.Fatalf("got %s, %v", got, err)
	}
	write(t, dir, strings.Replace(good, "role: reader", "role: owner", 1))
	if got, err := r.Reload(); err != nil || got.String() != "other: 1 role changed" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAnAuditLineStaysShort(t *testing.T) {
	dir := t.TempDir()
	r, err := registry.Open([]string{write(t, dir, good)}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	text := good
	for i := range 25 {
		text += strings.NewReplacer("third", fmt.Sprintf("t%02d", i)).Replace(third)
	}
	write(t, dir, text)
	got, err := r.Reload()
	if err != nil || len(got) != 25 {
		t.Fatalf("got %d differences, %v", len(got), err)
	}
	if s := got.String(); strings.Count(s, ";") != 20 || !strings.HasSuffix(s, "; and 5 tenants more") {
		t.Errorf("got %s", s)
	}
}

// Whoever changes address, role or key is somebody else; the language is no matter.
func TestEntry(t *testing.T) {
	a := workflow.Admin{Address: "Anna@acme.example", Role: workflow.Owner, PublicKey: key, Language: "de"}
	same := a
	same.Address, same.Language = "anna@ACME.example", "fr"
	if registry.Entry(a) != registry.Entry(same) {
		t.Error("another spelling is another admin")
	}
	for name, change := range map[string]func(*workflow.Admin){
		"address": func(a *workflow.Admin) { a.Address = "ann@acme.example" },
		"role":    func(a *workflow.Admin) { a.Role = workflow.Reader },
		"key":     func(a *workflow.Admin) { a.PublicKey = "" },
		"shifted": func(a *workflow.Admin) { a.Role, a.PublicKey = "", string(a.Role)+a.PublicKey },
	} {
		other := a
		change(&other)
		if registry.Entry(a) == registry.Entry(other) {
			t.Errorf("%s: it is the same entry", name)
		}
	}
	all := registry.Entries(workflow.Tenant{Admins: []workflow.Admin{a, {Address: "b@acme.example"}}})
	if len(all) != 2 || all[0] != registry.Entry(a) {
		t.Errorf("got %q", all)
	}
}
