package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// court gathers what is found.
type court struct {
	Verdict
	e       Evidence
	table   table
	letters []letter
	byTag   map[string][]letter
}

// Judge holds the evidence against the promises: every mail that asked has its request and its
// end, every move is one of the table's, data went to nobody but the admin who confirmed, a mail
// that is there twice is the same and was told, and nothing is left lying about.
func Judge(e Evidence) Verdict {
	c := &court{e: e, byTag: map[string][]letter{}}
	c.Asked = len(e.Asked)
	var err error
	if c.table, err = readTable(e.Table); err != nil {
		c.wrong("%v", err)
		return c.Verdict
	}
	for _, m := range e.Mailbox {
		if l, ok := readLetter(m); ok {
			c.letters = append(c.letters, l)
			c.byTag[l.tag] = append(c.byTag[l.tag], l)
		}
	}
	c.Mails = len(c.letters)
	c.requests()
	c.strangers()
	c.namesakes()
	c.leftovers()
	c.secrets()
	return c.Verdict
}

// requests judges what was asked, customer by customer.
func (c *court) requests() {
	asked, of := map[string][]Asked{}, map[string][]request{}
	var customers []string
	for _, a := range c.e.Asked {
		if asked[a.Customer] == nil {
			customers = append(customers, a.Customer)
		}
		asked[a.Customer] = append(asked[a.Customer], a)
	}
	for _, raw := range c.e.Requests {
		r, err := readRequest(raw)
		if err != nil {
			c.wrong("a request cannot be read: %v", err)
			continue
		}
		if asked[r.Customer] == nil {
			c.wrong("%s: nobody has asked for it", r.Tag)
			continue
		}
		of[r.Customer] = append(of[r.Customer], r)
	}
	for _, customer := range customers {
		c.customer(asked[customer], of[customer])
	}
}

// joined is how many mails became part of a request that was there already.
func (c *court) joined(found []request) (n int) {
	for _, r := range found {
		for _, h := range r.History {
			if h.Event == "joined" {
				n++
			}
		}
	}
	return n
}

// customer judges the requests of one customer against the mails that asked for them.
func (c *court) customer(asked []Asked, found []request) {
	last := asked[len(asked)-1]
	if len(found) == 0 {
		c.lost("the mail for %s of %s has no request", last.Customer, last.At.Format("15:04:05.000"))
		return
	}
	if len(found) > len(asked) {
		c.wrong("%s has %d requests, and was asked for %d times", last.Customer, len(found), len(asked))
	}
	if missing := len(asked) - len(found) - c.joined(found); missing > 0 {
		c.lost("%d of %d mails for %s have no request", missing, len(asked), last.Customer)
	}
	for _, r := range found {
		c.request(last, r)
	}
}

// request judges one.
func (c *court) request(a Asked, r request) {
	entries, wrong := walk(c.e.Entries[r.ID], c.table)
	for _, why := range wrong {
		c.wrong("%s: %s", r.Tag, why)
	}
	if len(entries) == 0 {
		c.wrong("%s: it has no history", r.Tag)
		return
	}
	if to := entries[len(entries)-1].To; to != r.State {
		c.wrong("%s: it is %s, and its history ends in %s", r.Tag, r.State, to)
	}
	c.shown(r, entries)
	c.end(a, r, entries)
	c.mails(a, r)
	c.copies(r, entries)
}

// shown holds what people are shown against what is stored.
func (c *court) shown(r request, entries []entry) {
	if len(r.History) != len(entries) {
		c.wrong("%s: %d entries are shown, and %d stored", r.Tag, len(r.History), len(entries))
		return
	}
	for i, h := range r.History {
		if e := entries[i]; h.Event != e.Event.Type || h.To != e.To || h.Hash != e.Hash {
			c.wrong("%s: entry %d is shown as another one than is stored", r.Tag, i+1)
		}
	}
}

// open are the states out of which a request comes without a person.
var open = []string{"awaiting_confirmation", "confirmed", "compiling", "delivering"}

// end judges where the request is now that all is quiet.
func (c *court) end(a Asked, r request, entries []entry) {
	last := entries[len(entries)-1]
	switch {
	case slices.Contains(a.ends(), r.State):
	case slices.Contains(open, r.State):
		c.stuck("%s: it is still %s (since %s); waiting: %v", r.Tag, r.State, last.Event.Type, r.Waiting)
	default:
		c.wrong("%s: it is %s after %s, and should be %s", r.Tag, r.State, last.Event.Type,
			strings.Join(a.ends(), " or "))
	}
	switch undone := ordered(entries) - len(r.Waiting); {
	case len(r.Waiting) > 0:
		c.stuck("%s: it is %s, and there is still to do: %v", r.Tag, r.State, r.Waiting)
	case undone > 0:
		c.stuck("%s: %d effects were ordered, and nobody has carried them out or dropped them", r.Tag, undone)
	}
}

func (c *court) lost(format string, args ...any)  { c.Lost++; c.because("lost", format, args...) }
func (c *court) stuck(format string, args ...any) { c.Stuck++; c.because("stuck", format, args...) }
func (c *court) wrong(format string, args ...any) { c.Wrong++; c.because("wrong", format, args...) }

func (c *court) because(what, format string, args ...any) {
	c.Why = append(c.Why, what+": "+fmt.Sprintf(format, args...))
}
