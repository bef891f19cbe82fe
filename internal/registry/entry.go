package registry

import (
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// Entry is what makes an admin the same admin as before: address, role and public
// key. Whoever changes one of them names somebody anew, who has to wait out the
// cooling-off. It holds the address: keep it as a keyed digest alone.
func Entry(a workflow.Admin) string {
	return strings.Join([]string{
		string(workflow.FoldAddress(string(a.Address))), string(a.Role), a.PublicKey,
	}, "\n") // none of them can hold a line break
}

// Entries are those of all admins of a tenant, in their order.
func Entries(t workflow.Tenant) []string {
	entries := make([]string, len(t.Admins))
	for i, a := range t.Admins {
		entries[i] = Entry(a)
	}
	return entries
}
