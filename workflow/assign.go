package workflow

import (
	"fmt"
	"time"
)

// Assignment is what an operator says that a mail left open: whose data, and which
// tenant's admin is to be asked. It releases nothing.
type Assignment struct {
	Customer Address
	TenantID string
	Policy   Policy // as agreed with that tenant
	Language string `json:",omitempty"` // ISO 639-1; "" keeps the mail's
}

// assign puts an operator's knowledge in the place of the mail's, and asks the
// tenant's admin. The legal clock began with the mail, under whichever law.
func assign(r *Request, e Event, now time.Time) error {
	a := e.Assign
	if a == nil || a.Policy.CodeLife <= 0 {
		return fmt.Errorf("assign %s: no policy: %w", r.ID, Refused)
	}
	if local, domain, ok := a.Customer.cut(); !ok || local == "" || domain == "" {
		return fmt.Errorf("assign %s: the customer is no e-mail address: %w", r.ID, Refused)
	}
	r.Customer, r.TenantID, r.Assigned = FoldAddress(string(a.Customer)), a.TenantID, true
	if a.Language != "" {
		r.Language = a.Language
	}
	if a.Policy.Regime != r.Policy.Regime {
		r.Deadline = Deadline(a.Policy.Regime, r.ReceivedAt)
	}
	r.Policy = a.Policy
	realarm(r, now)
	return newRound(r, e, now)
}

// realarm counts the warnings of a new policy that are past, so that none of them is
// given late, and takes a missed deadline back that is not over after all.
func realarm(r *Request, now time.Time) {
	if now.After(r.Deadline) {
		return // it is reported missed, or was
	}
	r.MissedAt = time.Time{}
	r.Alarms = alarmsPassed(*r, 0, now)
}
