package matrix_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// daemons are those that run.
func (w *world) daemons() (all []*office.Daemon) {
	for _, d := range w.Daemons {
		if d.Running() {
			all = append(all, d)
		}
	}
	return all
}

// ask runs a verb on a daemon that runs.
func (w *world) ask(args ...string) (office.Said, bool) {
	w.t.Helper()
	for _, d := range w.daemons() {
		got := office.Dsrd(w.t, nil, append(args, "--socket", d.Socket)...)
		if got.Code == 0 {
			return got, true
		}
	}
	return office.Said{}, false
}

// shown is what operators see of a request.
type shown struct {
	ID, State, Customer, Reason string
	Proof                       string `json:"history_check"`
	History                     []struct {
		Event  string
		Copies int
	}
	Waiting []struct{ Effect, Note string }
	raw     json.RawMessage
}

func (s shown) events() (all []string) {
	for _, h := range s.History {
		all = append(all, h.Event)
	}
	return all
}

// look is all requests there are, with their histories; false when nobody can say.
func (w *world) look() (all []shown, ok bool) {
	w.t.Helper()
	got, ok := w.ask("queue", "--state", "all", "--json", "--limit", "1000")
	if !ok {
		return nil, false
	}
	var page struct{ Requests []line }
	office.NoError(w.t, json.Unmarshal([]byte(got.Out), &page))
	for _, r := range page.Requests {
		s, known := w.rests[r]
		if !known {
			got, ok := w.ask("show", r.ID, "--json")
			if !ok {
				return nil, false
			}
			s = shown{raw: json.RawMessage(got.Out)}
			office.NoError(w.t, json.Unmarshal(s.raw, &s))
		}
		if len(s.Waiting) == 0 {
			w.rests[r] = s
		}
		all = append(all, s)
	}
	return all, true
}

// line is a request in the queue. Where nothing waits, it changes with each change.
type line struct {
	ID, State string
	Version   int
}

// states are the requests by customer.
func (w *world) states() map[string]shown {
	w.t.Helper()
	by := map[string]shown{}
	all, _ := w.look()
	for _, s := range all {
		by[s.Customer] = s
	}
	return by
}

// awaitEnd waits until somebody's request is in a state.
func (w *world) awaitEnd(customer, state string) shown {
	w.t.Helper()
	var s shown
	if !office.Within(office.Deadline, func() bool { s = w.states()[customer]; return s.State == state }) {
		w.t.Fatalf("in vain: %s; it is %q for %q after %v, and waits for %v", state, s.State, s.Reason, s.events(), s.Waiting)
	}
	return s
}

// quiet waits until each request is where it should be, and nothing is left to do.
func (w *world) quiet() bool {
	w.t.Helper()
	clear(w.rests) // a store that went back may count to the same again
	return office.Within(office.Deadline, w.isQuiet)
}

func (w *world) isQuiet() bool {
	_, ok := w.look()
	return ok && len(w.restless()) == 0
}

// restless says of each request that is not where it should be where it is.
func (w *world) restless() (all []string) {
	by := w.states()
	for _, a := range w.asked {
		s, ok := by[a.Customer]
		if !ok || len(s.Waiting) > 0 || !slices.Contains(endsOf(*a), s.State) {
			all = append(all, fmt.Sprintf("%s is %q after %v, and waits for %v", a.Customer, s.State, s.events(), s.Waiting))
		}
	}
	return all
}

// endsOf are the states in which a request may rest: an opinion of its own, only to know how long
// to wait. The oracle has another one.
func endsOf(a oracle.Asked) []string {
	if len(a.Ends) > 0 {
		return a.Ends
	}
	switch a.Answer {
	case oracle.Confirmed:
		return []string{"completed"}
	case oracle.Rejected:
		return []string{"declined"}
	}
	return []string{"awaiting_confirmation"}
}

// judge ends a row: all is quiet, the oracle finds nothing but what is allowed, nobody is named in
// a log, and the daemons end well.
func (w *world) judge(allowed oracle.Allowed) oracle.Verdict {
	w.t.Helper()
	if !w.quiet() {
		w.t.Error("it does not get quiet") // the oracle says why
		w.stacks()
	}
	return w.verdict(allowed)
}

// stacks lets the daemons tell where they stand, which ends them: what a row that fails is told by.
func (w *world) stacks() {
	if os.Getenv("MATRIX_STACKS") == "" {
		return
	}
	for _, d := range w.daemons() {
		d.Tell(syscall.SIGQUIT)
		office.Within(5*time.Second, func() bool { return !d.Running() })
		w.t.Log(d.Said())
	}
}

// verdict is judge without waiting.
func (w *world) verdict(allowed oracle.Allowed) oracle.Verdict {
	w.t.Helper()
	v := w.verdictOf()
	w.holds(v, allowed)
	return v
}

// holds says what the oracle has found, and ends the daemons.
func (w *world) holds(v oracle.Verdict, allowed oracle.Allowed) {
	w.t.Helper()
	if !v.Holds(allowed) || v.Asked == 0 {
		w.t.Errorf("the oracle finds %+v", v)
	}
	w.t.Logf("asked %d, mails %d: lost %d, stuck %d, wrong %d, duplicates %d", v.Asked, v.Mails, v.Lost, v.Stuck, v.Wrong, v.Duplicates)
	_, w.scraped = w.get("/metrics")
	for _, d := range w.daemons() {
		d.End()
	}
	w.namesNobody()
}

// verdictOf asks the oracle, and says nothing of it.
func (w *world) verdictOf() oracle.Verdict {
	w.t.Helper()
	w.Delivered()
	return oracle.Judge(w.evidence())
}

// namesNobody looks for addresses and codes in what the daemons said.
func (w *world) namesNobody() {
	w.t.Helper()
	var secrets []string
	for _, a := range w.asked {
		secrets = append(secrets, a.Customer)
	}
	for _, m := range w.Site.Mails(w.t, w.Anna(), "INBOX") {
		if c := office.CodeIn(m); c != "" {
			secrets = append(secrets, c)
		}
	}
	for i, d := range w.Daemons {
		said := d.Said()
		for _, s := range secrets {
			if strings.Contains(said, s) {
				w.t.Errorf("daemon %d has written %q into its log", i, s)
			}
		}
		if strings.Contains(said, "goroutine ") || strings.Contains(said, "\npanic:") {
			w.t.Errorf("daemon %d has panicked", i)
		}
	}
}
