package registry

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// Differences are what a reload changed, a line a tenant, in the order of their
// ids; none when it changed nothing. They count, and name nobody.
type Differences []Difference

// A Difference is what became of one tenant.
type Difference struct {
	Tenant         string // its id
	Added, Removed bool
	AdminsAdded    int
	AdminsRemoved  int
	RolesChanged   int  // of admins who stayed
	KeysChanged    int  // public keys of admins who stayed
	AskedFirst     bool // another admin is asked
	SecondContact  bool // it is somebody else, or nobody any more
	// CustomersAdded were nobody's before, CustomersRemoved are nobody's now: listed
	// addresses and whole domains alike.
	CustomersAdded, CustomersRemoved int
	// CustomersFrom and CustomersTo count those that went from one tenant to another,
	// by its id: from now on another admin decides about them.
	CustomersFrom, CustomersTo map[string]int
	// Settings are the keys of what else differs: "name", "encryption", ...
	Settings []string
}

// maxTold bounds how many tenants a line of the audit tells of.
const maxTold = 20

// String is a line for the audit: tenants' ids and counts, no personal data.
func (ds Differences) String() string {
	if len(ds) == 0 {
		return "no difference"
	}
	var told []string
	for _, d := range ds[:min(len(ds), maxTold)] {
		told = append(told, d.String())
	}
	if more := len(ds) - len(told); more > 0 {
		told = append(told, fmt.Sprintf("and %s more", count(more, "tenant")))
	}
	return strings.Join(told, "; ")
}

// String tells of one tenant.
func (d Difference) String() string {
	var told []string
	say := func(n int, noun, what string) {
		if n > 0 {
			told = append(told, count(n, noun)+" "+what)
		}
	}
	flag := func(is bool, what string) {
		if is {
			told = append(told, what)
		}
	}
	flag(d.Added, "new")
	flag(d.Removed, "removed")
	say(d.AdminsAdded, "admin", "added")
	say(d.AdminsRemoved, "admin", "removed")
	say(d.RolesChanged, "role", "changed")
	say(d.KeysChanged, "key", "changed")
	flag(d.AskedFirst, "another admin is asked")
	flag(d.SecondContact, "second contact changed")
	say(d.CustomersAdded, "customer or domain", "added")
	say(d.CustomersRemoved, "customer or domain", "removed")
	for _, id := range slices.Sorted(maps.Keys(d.CustomersFrom)) {
		say(d.CustomersFrom[id], "customer or domain", "taken over from "+id)
	}
	for _, id := range slices.Sorted(maps.Keys(d.CustomersTo)) {
		say(d.CustomersTo[id], "customer or domain", "gone to "+id)
	}
	flag(len(d.Settings) > 0, "changed: "+strings.Join(d.Settings, ", "))
	return d.Tenant + ": " + strings.Join(told, ", ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "customer or domain" {
		return fmt.Sprintf("%d customers or domains", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// compare says what became of each tenant from one state to the next.
func compare(old, new *snapshot) Differences {
	c := comparison{}
	for id, was := range old.tenants {
		if is, there := new.tenants[id]; there {
			c.tenant(was, is)
		} else {
			c.of(id).Removed = true
		}
	}
	for id := range new.tenants {
		if _, there := old.tenants[id]; !there {
			c.of(id).Added = true
		}
	}
	c.customers(old, new)
	var all Differences
	for _, id := range slices.Sorted(maps.Keys(c)) {
		all = append(all, *c[id])
	}
	return all
}

// comparison collects what differs, by tenant.
type comparison map[string]*Difference

func (c comparison) of(id string) *Difference {
	if c[id] == nil {
		c[id] = &Difference{Tenant: id}
	}
	return c[id]
}

func (c comparison) tenant(was, is workflow.Tenant) {
	d := Difference{Tenant: is.ID, SecondContact: was.SecondContact != is.SecondContact}
	d.AskedFirst = was.Admins[0].Address != is.Admins[0].Address
	for _, a := range is.Admins {
		before, named := was.Admin(a.Address)
		switch {
		case !named:
			d.AdminsAdded++
			continue
		case before.Role != a.Role:
			d.RolesChanged++
		}
		if before.PublicKey != a.PublicKey {
			d.KeysChanged++
		}
		if before.Language != a.Language {
			d.setting("language")
		}
	}
	for _, a := range was.Admins {
		if _, named := is.Admin(a.Address); !named {
			d.AdminsRemoved++
		}
	}
	for key, same := range map[string]bool{
		"name": was.Name == is.Name, "regime": was.Regime == is.Regime,
		"encryption": was.Encryption == is.Encryption, "role": was.Capacity == is.Capacity,
		"confirm": was.Confirm == is.Confirm, "alignment": was.StrictSigner == is.StrictSigner,
		"parameters": reflect.DeepEqual(was.Parameters, is.Parameters),
	} {
		if !same {
			d.setting(key)
		}
	}
	slices.Sort(d.Settings)
	if !reflect.DeepEqual(d, Difference{Tenant: is.ID}) {
		c[is.ID] = &d
	}
}

func (d *Difference) setting(key string) {
	if !slices.Contains(d.Settings, key) {
		d.Settings = append(d.Settings, key)
	}
}

// customers follows every listed address and every domain to whose it is now. An
// address that is not listed any more may still be somebody's, by its domain.
func (c comparison) customers(old, new *snapshot) {
	seen := map[workflow.Address]bool{}
	for _, listed := range []map[workflow.Address]string{old.customers, new.customers} {
		for a := range listed {
			if !seen[a] {
				seen[a] = true
				c.customer(old.owner(a), new.owner(a))
			}
		}
	}
	for d, was := range old.domains {
		c.customer(was, new.domains[d])
	}
	for d, is := range new.domains {
		if _, there := old.domains[d]; !there {
			c.customer("", is)
		}
	}
}

func (c comparison) customer(was, is string) {
	switch {
	case was == is:
	case was == "":
		c.of(is).CustomersAdded++
	case is == "":
		c.of(was).CustomersRemoved++
	default:
		c.of(was).CustomersTo = plusOne(c.of(was).CustomersTo, is)
		c.of(is).CustomersFrom = plusOne(c.of(is).CustomersFrom, was)
	}
}

func plusOne(m map[string]int, key string) map[string]int {
	if m == nil {
		m = map[string]int{}
	}
	m[key]++
	return m
}
