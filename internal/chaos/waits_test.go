package chaos_test

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// slow is a life that somebody should look at.
const slow = 30 * time.Second

// lay is when the mails of customers lay in the mailbox, as Dovecot has stamped them: to the second.
// What is still in Postfix's hands is nothing that a daemon could be late with.
func (w *world) lay() map[string]time.Time {
	mails, err := w.office.Site.Look(w.office.Desk(), "DSRD.Processed")
	office.NoError(w.t, err)
	lay := map[string]time.Time{}
	for _, m := range mails {
		h := office.Header(m)
		from, err := h.AddressList("From")
		received := h["Received"]
		if err != nil || len(received) == 0 {
			continue
		}
		at, err := mail.ParseDate(strings.TrimSpace(received[0][strings.LastIndexByte(received[0], ';')+1:]))
		if err == nil && !at.After(orNow(lay[from[0].Address])) {
			lay[from[0].Address] = at
		}
	}
	return lay
}

// orNow is a time, or now where there is none.
func orNow(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now()
	}
	return t
}

// waits tells how long it took from Dovecot's having a mail to the request, and from there to its
// end: who takes over late shows in the longest.
func (w *world) waits(e oracle.Evidence) {
	asked := w.lay()
	var births, lives []time.Duration
	for _, raw := range e.Requests {
		var r struct {
			Tag, Customer string
			History       []struct {
				At    time.Time
				Event string
			}
		}
		if json.Unmarshal(raw, &r) != nil || len(r.History) == 0 || asked[r.Customer].IsZero() {
			continue
		}
		births = append(births, r.History[0].At.Sub(asked[r.Customer]))
		life := r.History[len(r.History)-1].At.Sub(asked[r.Customer])
		lives = append(lives, life)
		if life < slow {
			continue
		}
		w.t.Logf("slow: %s, in the mailbox at %s: %s", r.Tag, asked[r.Customer].UTC().Format("15:04:05.000"), life)
		for _, h := range r.History {
			w.t.Logf("slow: %s %s", h.At.Format("15:04:05.000"), h.Event)
		}
	}
	for what, all := range map[string][]time.Duration{"request": births, "end": lives} {
		slices.Sort(all)
		if n := len(all); n > 0 {
			w.t.Logf("from mail to %s: half within %s, all but one in a hundred within %s, the longest %s", what,
				all[n/2].Round(time.Millisecond), all[n*99/100].Round(time.Millisecond), all[n-1].Round(time.Millisecond))
		}
	}
}
