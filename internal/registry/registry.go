package registry

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/workflow"
)

// Registry answers from the files as they were last read without error.
type Registry struct {
	files    []string
	defaults Defaults
	now      atomic.Pointer[snapshot]
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
	return r, r.Reload()
}

// Reload reads the files again; if anything is wrong the old state stays.
func (r *Registry) Reload() error {
	s := &snapshot{
		tenants: map[string]workflow.Tenant{}, customers: map[workflow.Address]string{},
		domains: map[string]string{},
	}
	var found config.Problems
	for _, file := range r.files {
		tenants, problems := readFile(file, r.defaults)
		found = append(found, problems...)
		for _, t := range tenants {
			found = append(found, s.add(file, t)...)
		}
	}
	if len(found) > 0 {
		return found
	}
	r.now.Store(s)
	return nil
}

// add enters a tenant; nobody may be claimed twice.
func (s *snapshot) add(file string, t workflow.Tenant) config.Problems {
	var found config.Problems
	claim := func(what, owner string) {
		if owner != "" {
			found = append(found, config.Problem{File: file, Key: "tenants",
				What:   fmt.Sprintf("%s of tenant %s is claimed by tenant %s too", what, t.ID, owner),
				Remedy: "let one tenant have it: its admin decides about the data"})
		}
	}
	if _, there := s.tenants[t.ID]; there {
		claim("the id", t.ID)
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
	folded := workflow.FoldAddress(string(customer))
	byAddress, byDomain := s.customers[folded], s.domains[folded.Domain()]
	id := byAddress
	if id == "" {
		id = byDomain
	}
	t, ok := s.tenants[id]
	if !ok {
		return t, fmt.Errorf("look up customer %s: %w", customer.Redacted(), workflow.NotFound)
	}
	return t, nil
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
