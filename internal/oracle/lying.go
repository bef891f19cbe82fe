package oracle

import (
	"bytes"
	"net/mail"
	"slices"
	"strings"
)

// strangers looks for letters about requests that nobody has, for what was written to people who
// have nothing to do with any, and for histories that nobody is shown.
func (c *court) strangers() {
	tags, ids := map[string]bool{}, map[string]bool{}
	for _, raw := range c.e.Requests {
		if r, err := readRequest(raw); err == nil {
			tags[r.Tag], ids[r.ID] = true, true
		}
	}
	for _, l := range c.letters {
		switch {
		case l.tag == "" && (l.data || l.code):
			c.wrong("%s has got data or a code, and nobody can say of which request", l.owner)
		case l.tag != "" && !tags[l.tag]:
			c.wrong("%s: %s has a letter about it, and there is no such request", l.tag, l.owner)
			tags[l.tag] = true // once
		}
	}
	for id := range c.e.Entries {
		if !ids[id] {
			c.wrong("%s has a history, and nobody is shown it", id)
		}
	}
	for _, who := range c.e.Addressed {
		if !slices.ContainsFunc(c.e.Asked, func(a Asked) bool { return a.concerns(who) }) {
			c.wrong("%s was written to, and has nothing to do with anything", who)
		}
	}
}

// concerns says whether somebody may hear of it at all.
func (a Asked) concerns(who string) bool {
	return who == a.Admin || who == a.Requester || slices.Contains(a.Before, who) || slices.Contains(a.Told, who)
}

// namesakes looks for letters about different requests that have one Message-ID: people's servers
// take the second for a copy of the first, and throw it away.
func (c *court) namesakes() {
	tags := map[string]string{}
	for _, l := range c.letters {
		if before, ok := tags[l.id]; ok && before != l.tag {
			c.wrong("%s: a letter is called %s, as one of %s is", l.tag, l.id, before)
		}
		tags[l.id] = l.tag
	}
}

// leftovers looks for mails that the desk has left lying, and for such as it should have kept.
func (c *court) leftovers() {
	for range c.e.Inbox {
		c.stuck("a mail still lies where the desk reads")
	}
	if c.e.Kept == nil {
		return
	}
	kept, asked := map[string]int{}, map[string]int{}
	for _, m := range c.e.Kept {
		kept[writer(m)]++
	}
	for _, a := range c.e.Asked {
		who := strings.ToLower(a.Requester)
		if asked[who]++; asked[who] > kept[who] {
			c.lost("the mail of %s for %s is not kept", a.Requester, a.Customer)
		}
	}
}

// writer is who a mail says it is from.
func writer(m Mail) string {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return ""
	}
	from, err := mail.ParseAddress(parsed.Header.Get("From"))
	if err != nil {
		return ""
	}
	return strings.ToLower(from.Address)
}

// secrets looks into the copies of what was sent: whoever may read them is not to get a code, or
// data.
func (c *court) secrets() {
	codes, files := map[string]bool{}, map[string]bool{}
	for _, l := range c.letters {
		for _, found := range l.text.codes {
			codes[found] = true
		}
		for _, f := range l.text.files {
			files[f.sum] = true
		}
	}
	for _, m := range c.e.Sent {
		text := contentOf(m.Raw)
		for found := range codes {
			if bytes.Contains(m.Raw, []byte(found)) || bytes.Contains(text.all, []byte(found)) {
				c.wrong("a copy of what was sent holds a code")
			}
		}
		for _, f := range text.files {
			if files[f.sum] || f.kind != "application/json" {
				c.wrong("a copy of what was sent holds a file of %s", f.kind)
			}
		}
	}
}
