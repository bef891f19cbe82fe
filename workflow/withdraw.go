package workflow

import (
	"fmt"
	"time"
)

// OthersJoined reports whether somebody else than the first requester asked for the same
// since: what they asked for is not the first one's to take back.
func (r Request) OthersJoined() bool {
	if r.JoinedCount > len(r.Joined) {
		return true // nobody knows any more who they were
	}
	for _, j := range r.Joined {
		if j.Requester.Address != r.Requester.Address {
			return true
		}
	}
	return false
}

// left reports whether the package may be on its way to the admin's mailbox, or there.
func left(r Request) bool {
	return r.StuckFrom == Delivering || r.Package != nil && r.Package.SentBy != ""
}

// withdraw ends a request for the requester, as long as no data has left.
func withdraw(r *Request, e Event, now time.Time) error {
	switch {
	case r.OthersJoined():
		return fmt.Errorf("withdraw %s: others asked for the same: %w", r.ID, Refused)
	case left(*r):
		return fmt.Errorf("withdraw %s: its package may have left: %w", r.ID, Refused)
	}
	e.Reason = ByRequester
	return end(r, e, now)
}

// withdrawEffects is the word to the admin, if one was asked: whoever never heard of the
// request hears nothing of its end.
func withdrawEffects(was Request) []EffectType {
	if was.Codes == 0 || was.TenantID == "" {
		return nil
	}
	return do(SendDeclined)
}
