package oracle

import (
	"slices"
)

// mails judges who has got what about a request.
func (c *court) mails(a Asked, r request) {
	packages := 0
	for _, l := range c.byTag[r.Tag] {
		switch {
		case a.Admin != "" && l.owner == a.Admin:
			if l.data {
				packages++
			}
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
}

// copies counts the mails of a request that are there more often than they had to be, and holds
// that against what the history admits and says was sent.
func (c *court) copies(r request, entries []entry) {
	sent, admitted := 0, 0
	for _, e := range entries {
		if e.Event.Type == "letter_sent" || e.Event.Type == "package_sent" {
			sent++
			admitted += max(0, e.Event.Copies-1)
		}
	}
	copies, sums := c.handOvers(r.Tag)
	duplicates := 0
	for id, n := range copies {
		duplicates += n - 1
		if len(sums[id]) > 1 {
			c.Unlike++
			c.because("unlike", "%s: %d mails are called %s, and are not the same", r.Tag, len(sums[id]), id)
		}
	}
	if duplicates > 0 {
		c.because("duplicate", "%s: %d more than had to be, %d admitted", r.Tag, duplicates, admitted)
	}
	c.Duplicates += duplicates
	c.Unnoticed += max(0, duplicates-admitted)
	if missing := sent - len(copies); missing > 0 {
		c.lost("%s: %d letters were sent, and %d are there", r.Tag, sent, len(copies))
	}
	if len(copies) > sent && len(r.Waiting) == 0 {
		c.wrong("%s: %d letters are there, and the history knows of %d", r.Tag, len(copies), sent)
	}
}

// handOvers are, by Message-ID, how often a mail of a request was taken from the daemon, and the
// different forms in which it lies in mailboxes.
func (c *court) handOvers(tag string) (map[string]int, map[string]map[string]bool) {
	stamps, sums := map[string]map[string]bool{}, map[string]map[string]bool{}
	add := func(to map[string]map[string]bool, id, what string) {
		if to[id] == nil {
			to[id] = map[string]bool{}
		}
		to[id][what] = true
	}
	for _, l := range c.byTag[tag] {
		add(stamps, l.id, l.copy)
		add(sums, l.id, l.sum)
	}
	n := map[string]int{}
	for id, s := range stamps {
		n[id] = len(s)
	}
	for _, d := range c.e.Received {
		if _, ok := n[d.MessageID]; ok && d.Accepted() {
			add(sums, d.MessageID, d.Sum)
		}
	}
	for id := range n {
		if taken := c.taken(id); taken > 0 {
			n[id] = taken
		}
	}
	return n, sums
}

// taken is how many dialogues of the Receiver ended in its taking a mail.
func (c *court) taken(id string) (n int) {
	for _, d := range c.e.Received {
		if d.MessageID == id && d.Accepted() {
			n++
		}
	}
	return n
}

// strangers looks for letters about requests that nobody has.
func (c *court) strangers() {
	known := map[string]bool{}
	for _, raw := range c.e.Requests {
		if r, err := readRequest(raw); err == nil {
			known[r.Tag] = true
		}
	}
	for _, l := range c.letters {
		if !known[l.tag] {
			c.wrong("%s: %s has a letter about it, and there is no such request", l.tag, l.owner)
			known[l.tag] = true // once
		}
	}
}
