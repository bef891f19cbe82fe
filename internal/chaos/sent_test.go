package chaos_test

import (
	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// sent holds the mails that anna has got against the copies that are kept of what was sent, out of
// which a lost store is rebuilt. It gives how many have none; a copy may be there twice.
func (w *world) sent(e oracle.Evidence) (missing int) {
	kept := map[string]int{}
	for _, c := range e.Sent {
		kept[office.Header(string(c.Raw)).Get("Message-Id")]++
	}
	got := map[string]bool{}
	for _, m := range e.Mailbox {
		h := office.Header(string(m.Raw))
		if id := h.Get("Message-Id"); h.Get("Auto-Submitted") != "" && !got[id] {
			got[id] = true
			if kept[id] == 0 {
				missing++
				w.t.Logf("no copy is kept of %s", h.Get("Subject"))
			}
		}
	}
	w.t.Logf("%d copies of %d letters are kept, %d of them twice, %d are missing",
		len(e.Sent), len(got), len(e.Sent)-len(kept), missing)
	return missing
}
