package real_test

import (
	"encoding/json"
)

// A request is one as operators see it.
type request struct {
	ID, Tag, State, Reason string
	Package                *struct{ Size int64 }
	History                []struct{ Event, Actor, From, To, Rule, Reason, Note string }
	Waiting                []waiting
	Proof                  string `json:"history_check"`
}

// waiting is what is to be done about a request.
type waiting struct{ Effect, Note string }

// events are the names of what happened, oldest first.
func (r request) events() (all []string) {
	for _, h := range r.History {
		all = append(all, h.Event)
	}
	return all
}

func (r request) rules() (all []string) {
	for _, h := range r.History {
		if h.Rule != "" {
			all = append(all, h.Rule)
		}
	}
	return all
}

// requests asks the daemon for all there are, as an operator does.
func (o *office) requests() []request {
	o.t.Helper()
	return o.requestsBy("dsrd.sock")
}

func (o *office) requestsBy(socket string) []request {
	o.t.Helper()
	got := dsrd(o.t, nil, "queue", "--state", "all", "--json", "--limit", "1000", "--socket", o.path(socket))
	if got.code != 0 {
		return nil
	}
	var page struct{ Requests []request }
	if err := json.Unmarshal([]byte(got.out), &page); err != nil {
		o.t.Fatalf("read the queue %q: %v", got.out, err)
	}
	return page.Requests
}

// show gives one request with its history.
func (o *office) show(id string) (r request) {
	o.t.Helper()
	got := dsrd(o.t, nil, "show", id, "--json", "--socket", o.path("dsrd.sock"))
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		o.t.Fatalf("read %+v: %v", got, err)
	}
	return r
}

// only gives the one request that there must be.
func (o *office) only() request {
	o.t.Helper()
	all := o.requests()
	if len(all) != 1 {
		o.t.Fatalf("there are %d requests, not 1: %+v", len(all), all)
	}
	return o.show(all[0].ID)
}

// awaitState waits until the only request is in that state.
func (o *office) awaitState(state string) request {
	o.t.Helper()
	var last []request
	if !within(deadline, func() bool {
		last = o.requests()
		return len(last) == 1 && last[0].State == state
	}) {
		o.t.Fatalf("in vain: the request is %s; there are %+v", state, last)
	}
	o.delivered()
	return o.only()
}
