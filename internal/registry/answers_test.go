package registry_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

func TestWhatATenantWantsOfAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		line    string
		confirm workflow.Confirm
		strict  bool
		problem string
	}{
		"nothing said":          {"", workflow.Reply, false, ""},
		"a quoted code will do": {"confirm: reply", workflow.Reply, false, ""},
		"typed":                 {"confirm: typed-code", workflow.TypedCode, false, ""},
		"relaxed":               {"alignment: relaxed", workflow.Reply, false, ""},
		"strict":                {"alignment: strict", workflow.Reply, true, ""},
		"a console that is not there": {"confirm: console", "", false,
			"tenants[0].confirm: console: there is no confirming in a console yet"},
		"a word that is none": {"confirm: Typed-Code", "", false, `"Typed-Code" is no way to confirm`},
		"another alignment":   {"alignment: tight", "", false, `"tight" is no alignment`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, "    name: Acme GmbH\n", "    name: Acme GmbH\n    "+c.line+"\n", 1)
			r, err := registry.Open([]string{write(t, t.TempDir(), text)}, defaults)
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Errorf("got %v, want %s", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			acme, err := r.Tenant(t.Context(), "acme")
			if err != nil || acme.Confirm != c.confirm || acme.StrictSigner != c.strict {
				t.Errorf("got %q, strict %v, %v", acme.Confirm, acme.StrictSigner, err)
			}
		})
	}
}

func TestATableSaysWhatATenantWantsOfAnswers(t *testing.T) {
	acme, other := openTable(t, "id,admin,role,confirm,alignment\n"+
		"acme,anna@acme.example,owner,typed-code,strict\nacme,berta@acme.example,reader,,\nother,bob@other.example,owner,,\n")
	if acme.Confirm != workflow.TypedCode || !acme.StrictSigner {
		t.Errorf("acme has %q, strict %v", acme.Confirm, acme.StrictSigner)
	}
	if other.Confirm != workflow.Reply || other.StrictSigner {
		t.Errorf("other has %q, strict %v", other.Confirm, other.StrictSigner)
	}
}
