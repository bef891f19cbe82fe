package chaos_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/dsrd/dsrd/internal/oracle"
)

// slow is a life that somebody should look at.
const slow = 30 * time.Second

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
		w.t.Logf("slow: %s, asked at %s: %s", r.Tag, asked[r.Customer].UTC().Format("15:04:05.000"), life)
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
