package workflow

import (
	"fmt"
	"time"
)

// stopped are the events that do not happen to a request on hold: nobody is
// reminded and nothing is compiled. Whatever has happened outside is still written
// down, an acknowledgement still counts, and deadlines are still reported.
func (t EventType) stopped() bool {
	switch t {
	case ReminderDue, CodeExpired, Escalated, SlotOpened:
		return true
	}
	return false
}

func putOnHold(r *Request, _ Event, _ time.Time) error {
	if r.OnHold {
		return fmt.Errorf("hold %s: it is on hold already: %w", r.ID, Refused)
	}
	r.OnHold = true
	return nil
}

// takeOffHold lets a request go on. What fell due meanwhile is due now, for the legal
// clock did not stand still either: one reminder, or the end of the round.
func takeOffHold(r *Request, _ Event, _ time.Time) error {
	if !r.OnHold {
		return fmt.Errorf("take %s off hold: it is not on hold: %w", r.ID, Refused)
	}
	r.OnHold = false
	return nil
}
