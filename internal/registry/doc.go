// Package registry names tenants, their customers and their admins, from YAML and CSV
// files that are read again on demand.
//
// It must never guess: a customer whom two tenants claim, or an admin without a
// known role, is an error, and a broken file leaves the old registry in force.
package registry
