package registry

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/workflow"
)

// Registry answers from the files as they were last read without error.
type Registry struct {
	files    []string
	defaults Defaults
	now      atomic.Pointer[snapshot]
	reload   sync.Mutex // so that differences follow each other
}

// snapshot is one state of the registry; it never changes.
type snapshot struct {
	tenants   map[string]workflow.Tenant
	customers map[workflow.Address]string // address -> tenant id
	domains   map[string]string           // domain -> tenant id
}

// Open reads the files. The error is config.Problems: all of them at once.
func Open(files []string, defaults Defaults) (*Registry, error) {
	r := &Registry{files: files, defaults: defaults}
	r.now.Store(newSnapshot())
	_, err := r.Reload()
	return r, err
}

func newSnapshot() *snapshot {
	return &snapshot{
		tenants: map[string]workflow.Tenant{}, customers: map[workflow.Address]string{},
		domains: map[string]string{},
	}
}

// Reload reads the files again, and says what differs from before; if anything is
// wrong the old state stays, and the error is config.Problems.
func (r *Registry) Reload() (Differences, error) {
	r.reload.Lock()
	defer r.reload.Unlock()
	s := newSnapshot()
	var found config.Problems
	for _, file := range r.files {
		tenants, problems := readFile(file, r.defaults)
		found = append(found, problems...)
		for _, t := range tenants {
			found = append(found, s.add(file, t)...)
		}
	}
	if len(found) > 0 {
		return nil, found
	}
	return compare(r.now.Swap(s), s), nil
}

// add enters a tenant; nobody may be claimed twice.
func (s *snapshot) add(file string, t workflow.Tenant) config.Problems {
	var found config.Problems
	claim := func(what, owner string) {
		if owner != "" && owner != t.ID {
			found = append(found, config.Problem{File: file, Key: "tenants",
				What:   fmt.Sprintf("%s of tenant %s is claimed by tenant %s too", what, t.ID, owner),
				Remedy: "let one tenant have it: its admin decides about the data"})
		}
	}
	if _, there := s.tenants[t.ID]; there {
		found = append(found, config.Problem{File: file, Key: "tenants",
			What:   fmt.Sprintf("tenant %s stands there twice", t.ID),
			Remedy: "write all of a tenant in one place, or give the other another id"})
	}
	s.tenants[t.ID] = t
	for _, c := range t.Customers {
		claim(fmt.Sprintf("a customer (%s)", c.Masked()), s.customers[c])
		s.customers[c] = t.ID
	}
	for _, d := range t.Domains {
		claim("the domain "+d, s.domains[d])
		s.domains[d] = t.ID
	}
	return found
}

// Lookup gives the tenant of a customer: by the address itself, else by its
// domain; NotFound. Both look-ups are always done, so that a known and an
// unknown customer cost the same.
func (r *Registry) Lookup(_ context.Context, customer workflow.Address) (workflow.Tenant, error) {
	s := r.now.Load()
	t, ok := s.tenants[s.owner(customer)]
	if !ok {
		return t, fmt.Errorf("look up customer %s: %w", customer.Redacted(), workflow.NotFound)
	}
	return t, nil
}

// owner is the id of the tenant whose customer that is, "" if nobody's.
func (s *snapshot) owner(customer workflow.Address) string {
	folded := workflow.FoldAddress(string(customer))
	byAddress, byDomain := s.customers[folded], s.domains[folded.Domain()]
	return cmp.Or(byAddress, byDomain)
}

// Tenant gives a tenant by its id; NotFound.
func (r *Registry) Tenant(_ context.Context, id string) (workflow.Tenant, error) {
	t, ok := r.now.Load().tenants[id]
	if !ok {
		return t, fmt.Errorf("look up tenant %q: %w", id, workflow.NotFound)
	}
	return t, nil
}

// Tenants gives all tenants, in no order.
func (r *Registry) Tenants() []workflow.Tenant {
	var all []workflow.Tenant
	for _, t := range r.now.Load().tenants {
		all = append(all, t)
	}
	return all
}
