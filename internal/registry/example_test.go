package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

// TestTheExamplesAreTheSameRegistry: what deploy/ shows as YAML and as a table is one
// tenant, and nothing is wrong with either.
func TestTheExamplesAreTheSameRegistry(t *testing.T) {
	var read [][]workflow.Tenant
	for _, file := range []string{"../../deploy/tenants.example.yaml", "../../deploy/tenants.example.csv"} {
		r, err := registry.Open([]string{file}, registry.Defaults{Encryption: workflow.EncryptNone, Regime: workflow.CCPA})
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, r.Tenants())
	}
	if diff := cmp.Diff(read[0], read[1]); diff != "" || len(read[0]) != 1 {
		t.Errorf("-yaml +csv:\n%s", diff)
	}
}
