package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

// TenantView is a tenant as operators see it. The field names are part of the
// interface: add, never rename.
type TenantView struct {
	ID            string      `json:"id"`
	Name          string      `json:"name"`
	Capacity      string      `json:"role"` // processor | controller
	Regime        string      `json:"regime"`
	Encryption    string      `json:"encryption"`
	Admins        []AdminView `json:"admins"` // the first is asked
	SecondContact string      `json:"second_contact,omitempty"`
	Domains       []string    `json:"domains"`
	Customers     int         `json:"customers"` // listed by address
	Sources       []string    `json:"sources"`   // asked for it
}

// AdminView is who acknowledges for a tenant. In listings the address is masked.
type AdminView struct {
	Address  string `json:"address"`
	Role     string `json:"role"`
	Language string `json:"language,omitempty"`
	Key      bool   `json:"public_key"` // packages can be encrypted to one
	// Exports are the categories of data that the role may have.
	Exports []string `json:"may_export"`
}

// TenantBook is the registry as the files have it, without a daemon.
type TenantBook struct {
	config   *config.Config
	registry *registry.Registry
}

// OpenTenants reads the configuration and the tenants' files that it names.
func OpenTenants(file string, environ []string) (*TenantBook, error) {
	c, err := config.Load(file, environ)
	if err != nil {
		return nil, err
	}
	r, err := registry.Open(c.Tenants.Files, defaultsOf(c))
	if err != nil {
		return nil, err
	}
	return &TenantBook{c, r}, nil
}

// List gives all tenants by their ids, with masked addresses.
func (b *TenantBook) List() []TenantView {
	all := []TenantView{}
	for _, t := range sortedTenants(b.registry.Tenants()) {
		v := viewOf(t)
		v.SecondContact = maskedAddress(t.SecondContact)
		for i, a := range t.Admins {
			v.Admins[i].Address = maskedAddress(a.Address)
		}
		all = append(all, v)
	}
	return all
}

// IDs are the ids of all tenants.
func (b *TenantBook) IDs() []string {
	var ids []string
	for _, t := range sortedTenants(b.registry.Tenants()) {
		ids = append(ids, t.ID)
	}
	return ids
}

// Show gives one tenant; the error names those that there are.
func (b *TenantBook) Show(id string) (TenantView, error) {
	t, err := b.registry.Tenant(context.Background(), id)
	if err != nil {
		return TenantView{}, fmt.Errorf("no tenant is called %q (there are %s)", id, few(b.IDs()))
	}
	return viewOf(t), nil
}

// Lookup gives the id of the tenant whose customer that is; "" when nobody's.
func (b *TenantBook) Lookup(customer string) string {
	t, err := b.registry.Lookup(context.Background(), workflow.FoldAddress(customer))
	if err != nil {
		return ""
	}
	return t.ID
}

func viewOf(t workflow.Tenant) TenantView {
	v := TenantView{
		ID: t.ID, Name: t.Name, Capacity: or(string(t.Capacity), string(workflow.Processor)),
		Regime: string(t.Regime), Encryption: string(t.Encryption), Admins: []AdminView{},
		SecondContact: string(t.SecondContact), Domains: append([]string{}, t.Domains...),
		Customers: len(t.Customers), Sources: append([]string{}, sortedKeys(t.Parameters)...),
	}
	for _, a := range t.Admins {
		v.Admins = append(v.Admins, AdminView{
			Address: string(a.Address), Role: string(a.Role), Language: a.Language, Key: a.PublicKey != "",
			Exports: exportsOf(a.Role),
		})
	}
	return v
}

// exportsOf are the known categories that a role may have.
func exportsOf(r workflow.Role) []string {
	all := []string{}
	for _, c := range []workflow.Category{workflow.SecurityContacts, workflow.JITPolicies, workflow.Alerts} {
		if r.MayExport(c) {
			all = append(all, string(c))
		}
	}
	return all
}

func maskedAddress(a workflow.Address) string {
	if a == "" {
		return ""
	}
	return a.Masked()
}

func sortedTenants(all []workflow.Tenant) []workflow.Tenant {
	slices.SortFunc(all, func(a, b workflow.Tenant) int { return strings.Compare(a.ID, b.ID) })
	return all
}
