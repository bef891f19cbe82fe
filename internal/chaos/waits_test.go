package chaos_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/dsrd/dsrd/internal/oracle"
)

// waits tells how long it took from Postfix's word that it has a mail to the request, and from there
// to its end: who takes over late shows in the longest.
func (w *world) waits(e oracle.Evidence) {
	asked := map[string]time.Time{}
	for _, a := range e.Asked {
		asked[a.Customer] = a.At
	}
	var births, lives []time.Duration
	for _, raw := range e.Requests {
		var r struct {
			Customer string
			History  []struct{ At time.Time }
		}
		if json.Unmarshal(raw, &r) != nil || len(r.History) == 0 || asked[r.Customer].IsZero() {
			continue
		}
		births = append(births, r.History[0].At.Sub(asked[r.Customer]))
		lives = append(lives, r.History[len(r.History)-1].At.Sub(asked[r.Customer]))
	}
	for what, all := range map[string][]time.Duration{"request": births, "end": lives} {
		slices.Sort(all)
		if n := len(all); n > 0 {
			w.t.Logf("from mail to %s: half within %s, all but one in a hundred within %s, the longest %s", what,
				all[n/2].Round(time.Millisecond), all[n*99/100].Round(time.Millisecond), all[n-1].Round(time.Millisecond))
		}
	}
}
