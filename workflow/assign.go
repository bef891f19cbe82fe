package workflow

// Assignment is what an operator says that a mail left open: whose data, and which
// tenant's admin is to be asked. It releases nothing.
type Assignment struct {
	Customer Address
	TenantID string
	Policy   Policy // as agreed with that tenant
	Language string `json:",omitempty"` // ISO 639-1; "" keeps the mail's
}
