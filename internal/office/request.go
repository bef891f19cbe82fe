package office

import (
	"encoding/json"
)

// A Request is one as operators see it.
type Request struct {
	ID, Tag, State, Reason string
	Package                *struct{ Size int64 }
	History                []struct{ Event, Actor, From, To, Rule, Reason, Note string }
	Waiting                []Waiting
	Proof                  string `json:"history_check"`
}

// Waiting is what is to be done about a request.
type Waiting struct{ Effect, Note string }

// Events are the names of what happened, oldest first.
func (r Request) Events() (all []string) {
	for _, h := range r.History {
		all = append(all, h.Event)
	}
	return all
}

// Rules are the names of the rules that held an answer, oldest first.
func (r Request) Rules() (all []string) {
	for _, h := range r.History {
		if h.Rule != "" {
			all = append(all, h.Rule)
		}
	}
	return all
}

// Requests asks the daemon for all there are, as an operator does.
func (o *Office) Requests() []Request {
	o.T.Helper()
	return o.RequestsBy("dsrd.sock")
}

// RequestsBy is Requests, asked of the daemon that listens at a socket of the office; none when it
// does not answer.
func (o *Office) RequestsBy(socket string) []Request {
	o.T.Helper()
	got := Dsrd(o.T, nil, "queue", "--state", "all", "--json", "--limit", "1000", "--socket", o.Path(socket))
	if got.Code != 0 {
		return nil
	}
	var page struct{ Requests []Request }
	if err := json.Unmarshal([]byte(got.Out), &page); err != nil {
		o.T.Fatalf("read the queue %q: %v", got.Out, err)
	}
	return page.Requests
}

// Show gives one request with its history.
func (o *Office) Show(id string) (r Request) {
	o.T.Helper()
	got := Dsrd(o.T, nil, "show", id, "--json", "--socket", o.Path("dsrd.sock"))
	if err := json.Unmarshal([]byte(got.Out), &r); err != nil {
		o.T.Fatalf("read %+v: %v", got, err)
	}
	return r
}

// Only gives the one request that there must be.
func (o *Office) Only() Request {
	o.T.Helper()
	all := o.Requests()
	if len(all) != 1 {
		o.T.Fatalf("there are %d requests, not 1: %+v", len(all), all)
	}
	return o.Show(all[0].ID)
}

// AwaitState waits until the only request is in that state.
func (o *Office) AwaitState(state string) Request {
	o.T.Helper()
	var last []Request
	if !Within(Deadline, func() bool {
		last = o.Requests()
		return len(last) == 1 && last[0].State == state
	}) {
		o.T.Fatalf("in vain: the request is %s; there are %+v", state, last)
	}
	o.Delivered()
	return o.Only()
}

// Count is how many requests are in a state.
func (o *Office) Count(state string) (n int) {
	for _, r := range o.Requests() {
		if r.State == state {
			n++
		}
	}
	return n
}

// AwaitEvents waits until the only request's history has so many of an event.
func (o *Office) AwaitEvents(event string, n int) Request {
	o.T.Helper()
	var r Request
	Until(o.T, event+" in the history", func() bool {
		all := o.Requests()
		if len(all) != 1 {
			return false
		}
		r = o.Show(all[0].ID)
		return Count(r.Events(), event) >= n
	})
	return r
}

// Count is how often one is among all.
func Count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}
