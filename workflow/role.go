package workflow

// Role is what a tenant's admin is in the tenant's subscription.
type Role string

// The roles of Defender for Cloud's documentation of user data.
const (
	Reader               Role = "reader"
	Contributor          Role = "contributor"
	Owner                Role = "owner"
	AccountAdministrator Role = "account_administrator"
)

// Roles in the order of what they may do.
func Roles() []Role { return []Role{Reader, Contributor, Owner, AccountAdministrator} }

// Known reports whether r is one of Roles.
func (r Role) Known() bool {
	for _, k := range Roles() {
		if r == k {
			return true
		}
	}
	return false
}

// Category is a kind of data for which the role table has a row.
type Category string

// The categories that Microsoft's page on user data in Defender for Cloud names.
const (
	SecurityContacts Category = "security_contacts"
	JITPolicies      Category = "jit_policies"
	Alerts           Category = "alerts"
)

// exporters says whose acknowledgement releases a category. Any category that is
// not named here belongs to the Account Administrator alone: deny by default.
var exporters = map[Category][]Role{
	SecurityContacts: {Reader, Contributor, Owner, AccountAdministrator},
	JITPolicies:      {AccountAdministrator},
	Alerts:           {AccountAdministrator},
}

// MayExport reports whether an acknowledgement by r releases data of category c.
func (r Role) MayExport(c Category) bool {
	allowed, named := exporters[c]
	if !named {
		return r == AccountAdministrator
	}
	for _, a := range allowed {
		if r == a {
			return true
		}
	}
	return false
}
