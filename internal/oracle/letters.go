package oracle

import (
	"slices"
	"time"
)

// mails judges who has got what about a request.
func (c *court) mails(a Asked, r request) {
	packages := 0
	for _, l := range c.byTag[r.Tag] {
		if l.data && !l.at.IsZero() && l.at.Before(a.Answered.Truncate(time.Second)) {
			c.wrong("%s: data have left before the admin has said anything", r.Tag)
		}
		switch {
		case a.Admin != "" && l.owner == a.Admin:
			if l.data {
				packages++
			}
		case !l.data && slices.Contains(a.Before, l.owner):
		case l.data || l.code:
			c.wrong("%s: %s has got what was for %q", r.Tag, l.owner, a.Admin)
		case !slices.Contains(a.Told, l.owner) && l.owner != a.Requester:
			c.wrong("%s: %s was told of it", r.Tag, l.owner)
		}
	}
	if packages > 0 && a.Answer != Confirmed {
		c.wrong("%s: data have left, and the admin has %q", r.Tag, a.Answer)
	}
	if packages == 0 && r.State == "completed" {
		c.lost("%s: it is completed, and the admin has no package", r.Tag)
	}
	if r.State == "awaiting_confirmation" && !slices.ContainsFunc(c.byTag[r.Tag], func(l letter) bool {
		return l.code && l.owner == a.Admin
	}) {
		c.stuck("%s: it waits for %q, who was not asked", r.Tag, a.Admin)
	}
	c.envelopes(a, r)
}

// envelopes judges for whom a Receiver has taken letters about a request: nobody need look into
// the mailbox of everybody whom a daemon may think of.
func (c *court) envelopes(a Asked, r request) {
	for _, d := range c.e.Received {
		if d.Tag != r.Tag || !d.Accepted() {
			continue
		}
		for _, to := range d.To {
			switch {
			case to == a.Admin, !d.Data && slices.Contains(a.Before, to):
			case d.Data || d.Code:
				c.wrong("%s: for %s has left what was for %q", r.Tag, to, a.Admin)
			case !slices.Contains(a.Told, to) && to != a.Requester:
				c.wrong("%s: %s was written to about it", r.Tag, to)
			}
		}
		if d.Data && d.At.Before(a.Answered) {
			c.wrong("%s: the relay has got data before the admin has said anything", r.Tag)
		}
	}
}

// copies counts the mails of a request that are there more often than they had to be, and holds
// that against what the history admits and says was sent.
func (c *court) copies(r request, entries []entry) {
	sent, perhaps, admitted := told(entries)
	handed := c.handOvers(r.Tag)
	duplicates := 0
	for _, h := range handed {
		duplicates += h.times - 1
		if len(h.sums) > 1 {
			c.Unlike++
			c.because("unlike", "%s: %d mails are called %s, and are not the same", r.Tag, len(h.sums), h.id)
		}
	}
	for _, h := range handed {
		if h.times > 1 {
			c.Doubled = append(c.Doubled, Doubled{r.Tag, h.id, h.at, duplicates <= admitted})
		}
	}
	if duplicates > 0 {
		c.because("duplicate", "%s: %d more than had to be, %d admitted", r.Tag, duplicates, admitted)
	}
	c.Duplicates += duplicates
	c.Unnoticed += max(0, duplicates-admitted)
	if missing := sent - len(handed); missing > 0 {
		c.lost("%s: %d letters were sent, and %d are there", r.Tag, sent, len(handed))
	}
	if more := len(handed) - sent - perhaps; more > 0 && len(r.Waiting) == 0 {
		c.Forgotten += more
		c.because("forgotten", "%s: %d letters are there, and the history knows of %d", r.Tag, len(handed), sent+perhaps)
	}
}

// told is how many letters a history says were sent, how many were given up that may have left
// before, and how many copies of all of them it admits. Whoever adds later that one more may have
// left names no effect.
func told(entries []entry) (sent, perhaps, admitted int) {
	effects := map[string]bool{}
	for _, e := range entries {
		switch {
		case e.Event.Type == "letter_sent", e.Event.Type == "package_sent":
			admitted += max(0, e.Event.Copies-1)
			if e.Event.Effect != "" && !effects[e.Event.Effect] {
				effects[e.Event.Effect] = true
				sent++
			}
		case (e.Event.Type == "effect_dropped" || e.Event.Type == "letter_failed") && e.Event.Copies > 0:
			perhaps++
			admitted += e.Event.Copies - 1
		}
	}
	return sent, perhaps, admitted
}

// handOver is what is known of a Message-ID: how often a mail of that name was taken from the
// daemon, when, and in which forms.
type handOver struct {
	id    string
	times int
	at    []time.Time
	sums  map[string]bool
}

// handOvers are those of a request, by Message-ID.
func (c *court) handOvers(tag string) (all []handOver) {
	stamps := map[string]map[string]bool{}
	for _, l := range c.byTag[tag] {
		if stamps[l.id] == nil {
			stamps[l.id] = map[string]bool{}
			all = append(all, handOver{id: l.id, sums: map[string]bool{}})
		}
		h := &all[slices.IndexFunc(all, func(h handOver) bool { return h.id == l.id })]
		h.sums[l.sum] = true
		if !stamps[l.id][l.copy] {
			stamps[l.id][l.copy] = true
			h.times, h.at = h.times+1, append(h.at, l.at)
		}
	}
	for i := range all {
		c.received(&all[i])
		slices.SortFunc(all[i].at, time.Time.Compare)
	}
	return all
}

// received lets the dialogues of a Receiver speak, where there was one: it alone knows how often it
// has taken a mail.
func (c *court) received(h *handOver) {
	taken := 0
	var at []time.Time
	for _, d := range c.e.Received {
		if d.MessageID == h.id && d.Accepted() {
			taken, at = taken+1, append(at, d.At)
			h.sums[d.Sum] = true
		}
	}
	if taken > 0 {
		h.times, h.at = taken, at
	}
}
