package chaos_test

import (
	"encoding/json"
	"strings"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// sent holds the mails that anna has got against the copies that are kept of what was sent, out of
// which a lost store is rebuilt. It gives how many have none; a copy may be there twice.
// Of a letter that was given up when it might have left already none is kept.
func (w *world) sent(e oracle.Evidence) (missing int) {
	kept := map[string]int{}
	for _, c := range e.Sent {
		kept[office.Header(string(c.Raw)).Get("Message-Id")]++
	}
	got, dropped := map[string]bool{}, droppedBy(e)
	for _, m := range e.Mailbox {
		h := office.Header(string(m.Raw))
		if id := h.Get("Message-Id"); h.Get("Auto-Submitted") != "" && !got[id] {
			got[id] = true
			if kept[id] == 0 && !excused(h.Get("Subject"), dropped) {
				missing++
				w.t.Logf("no copy is kept of %s", h.Get("Subject"))
			}
		}
	}
	w.t.Logf("%d copies of %d letters are kept, %d of them twice, %d are missing",
		len(e.Sent), len(got), len(e.Sent)-len(kept), missing)
	return missing
}

// droppedBy counts, by tag, the letters that were given up and may have left.
func droppedBy(e oracle.Evidence) map[string]int {
	dropped := map[string]int{}
	for _, raw := range e.Requests {
		var r struct{ ID, Tag string }
		_ = json.Unmarshal(raw, &r) // the oracle has complained
		for _, line := range e.Entries[r.ID] {
			var entry struct {
				Event struct {
					Type   string
					Copies int
				}
			}
			_ = json.Unmarshal([]byte(line), &entry)
			if entry.Event.Type == "effect_dropped" && entry.Event.Copies > 0 {
				dropped[r.Tag]++
			}
		}
	}
	return dropped
}

// excused takes one off the letters of its request that were given up.
func excused(subjectLine string, dropped map[string]int) bool {
	for tag, n := range dropped {
		if n > 0 && strings.Contains(subjectLine, tag) {
			dropped[tag]--
			return true
		}
	}
	return false
}
