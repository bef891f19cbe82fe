package registry

import (
	"encoding/json"
	"fmt"
	"slices"
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

// Claim is by what the tenant has the customer: the address itself or its domain; "" if
// by nothing. Whoever moves a customer to another tenant makes a new claim.
func Claim(t workflow.Tenant, customer workflow.Address) string {
	folded := workflow.FoldAddress(string(customer))
	switch {
	case slices.Contains(t.Customers, folded):
		return "customer\n" + string(folded)
	case slices.Contains(t.Domains, folded.Domain()):
		return "domain\n" + folded.Domain()
	}
	return ""
}

// Settings are what decides whose data a release would reach, how they are sealed, who gets
// what opens them, and what an answer must bring: the sources' parameters, encryption, the
// second contact, the way to confirm, who may sign.
func Settings(t workflow.Tenant) string {
	parameters, err := json.Marshal(t.Parameters) // the keys of maps come sorted
	if err != nil {
		panic(fmt.Sprintf("write a map of strings: %v", err)) // cannot be
	}
	settings := []string{
		"settings", string(t.Encryption), string(workflow.FoldAddress(string(t.SecondContact))),
		string(parameters),
	}
	// What is not asked for is not written: the entry of a tenant that never heard of it
	// stays what it was, and is not new.
	if t.Confirm != workflow.Reply {
		settings = append(settings, "confirm "+string(t.Confirm))
	}
	if t.StrictSigner {
		settings = append(settings, "strict")
	}
	return strings.Join(settings, "\n")
}

// Everything that is noted of a tenant: its admins, what it claims, its settings.
func Everything(t workflow.Tenant) []string {
	all := append(Entries(t), Settings(t))
	for _, c := range t.Customers {
		all = append(all, Claim(t, c))
	}
	for _, d := range t.Domains {
		all = append(all, "domain\n"+d)
	}
	return all
}
