package admin_test

import (
	"fmt"
	"net/http"
	"os/user"
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow"
)

// TestMeaningOfEachVerbInEachState is the operator's part of the law: the event
// that is posted, or "" where the verb is refused.
func TestMeaningOfEachVerbInEachState(t *testing.T) {
	const (
		none    = workflow.EventType("")
		decline = workflow.OperatorDeclined
		cancel  = workflow.OperatorCancelled
		hold    = workflow.PutOnHold
	)
	cases := []struct {
		state                                        workflow.State
		decline, cancel, retry, resend, hold, assign workflow.EventType
	}{
		{workflow.NeedsReview, decline, cancel, workflow.AskAgain, none, hold, workflow.Assigned},
		{workflow.AwaitingConfirmation, decline, cancel, none, workflow.AskAgain, hold, none},
		{workflow.Confirmed, decline, cancel, none, none, hold, none},
		{workflow.Compiling, decline, cancel, none, none, hold, none},
		{workflow.Delivering, decline, cancel, none, none, hold, none},
		{workflow.Completed, none, none, none, workflow.DeliverAgain, none, none},
		{workflow.Declined, none, none, none, none, none, none},
		{workflow.Expired, none, none, none, none, none, none},
		{workflow.RefusedState, none, none, none, none, none, none},
		{workflow.Cancelled, none, none, none, none, none, none},
		{workflow.Stuck, decline, cancel, workflow.DeliverAgain, workflow.DeliverAgain, hold, none},
	}
	if len(cases) != len(workflow.States()) {
		t.Fatal("a state is missing from this table")
	}
	for _, k := range cases {
		for verb, want := range map[string]workflow.EventType{
			"decline": k.decline, "cancel": k.cancel, "retry": k.retry, "resend": k.resend, "hold": k.hold,
			"assign": k.assign, "note": workflow.Noted,
		} {
			t.Run(fmt.Sprintf("%s when %s", verb, k.state), func(t *testing.T) {
				l := newLedger()
				l.put(t, jane, k.state, workflow.Delivering)
				before := l.requests[jane].Version
				c := serve(t, l)
				shown, err := c.Show(t.Context(), string(jane))
				if err != nil || slices.Contains(shown.Verbs, verb) != (want != none) {
					t.Errorf("shown as possible: %v, %v", shown.Verbs, err)
				}
				order := admin.Order{Note: "because", Customer: "joe@buyer.example", Tenant: "globex"}
				v, err := c.Do(t.Context(), string(jane), verb, order)
				if want == none {
					refused(t, err, verb, k.state)
					if l.requests[jane].Version != before {
						t.Error("it changed the request all the same")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				e := l.steps[len(l.steps)-1]
				if e.Type != want || e.Note != "because" || e.Reason != workflow.ByOperator {
					t.Errorf("got %+v, want %s", e, want)
				}
				if v.State != l.requests[jane].State {
					t.Errorf("it says %s, the request is %s", v.State, l.requests[jane].State)
				}
			})
		}
	}
}

// TestNoOrderReleases takes every event that an order can become, in every state, and
// lets the law decide: a request that nobody has acknowledged comes no nearer to its
// data, whatever an operator says.
func TestNoOrderReleases(t *testing.T) {
	releasing := []workflow.State{workflow.Confirmed, workflow.Compiling, workflow.Delivering, workflow.Completed}
	taken := 0
	for _, state := range workflow.States() {
		for _, from := range workflow.States() {
			for _, verb := range admin.Verbs() {
				l := newLedger()
				l.put(t, jane, state, from)
				r := l.requests[jane]
				r.Ack, r.Package = nil, nil
				l.requests[jane] = r
				c := serve(t, l)
				v, err := c.Do(t.Context(), string(jane), verb,
					admin.Order{Note: "release it", Customer: "joe@buyer.example", Tenant: "globex"})
				if err != nil {
					continue
				}
				taken++
				if slices.Contains(releasing, v.State) && v.State != state {
					t.Errorf("%s in %s (stuck from %s) leads to %s", verb, state, from, v.State)
				}
				if l.requests[jane].Ack != nil {
					t.Errorf("%s in %s acknowledges", verb, state)
				}
			}
		}
	}
	if taken < 50 {
		t.Errorf("only %d orders were taken: this looks at nothing", taken)
	}
}

// TestNoRouteReleases says everything to every route, and looks whether anything but
// an operator's event came of it.
func TestNoRouteReleases(t *testing.T) {
	allowed := []workflow.EventType{workflow.OperatorDeclined, workflow.OperatorCancelled, workflow.AskAgain,
		workflow.CompileAgain, workflow.DeliverAgain, workflow.PutOnHold, workflow.TakenOffHold, workflow.Assigned,
		workflow.Noted}
	words := append(append(admin.Verbs(), admin.MailVerbs()...), "approve", "confirm", "release", "acknowledged")
	for _, e := range workflow.EventTypes() {
		words = append(words, string(e))
	}
	l := newLedger()
	for _, s := range workflow.States() {
		l.put(t, jane, s, workflow.Delivering)
		c := serve(t, l)
		for _, route := range admin.Routes() {
			for _, word := range words {
				call := strings.NewReplacer("{id}", string(jane), "{digest}", digest, "{verb}", word).Replace(route)
				for _, body := range []string{"", `{"note":"yes","end":true,"customer":"joe@buyer.example","tenant":"globex",` +
					`"type":"acknowledged","event":"acknowledged","state":"confirmed"}`} {
					raw(t, c.Socket, call, body)
				}
				if !strings.Contains(route, "{verb}") {
					break
				}
			}
		}
	}
	if len(l.steps) == 0 || len(l.judged) == 0 || len(l.probed) == 0 {
		t.Error("nothing was posted: this looks at nothing")
	}
	for _, e := range l.steps {
		if !slices.Contains(allowed, e.Type) {
			t.Errorf("%s was posted", e.Type)
		}
	}
	if len(admin.Routes()) != 12 {
		t.Errorf("there are %d routes: does a new one release anything?", len(admin.Routes()))
	}
}

func TestHoldEnds(t *testing.T) {
	l := newLedger()
	l.receive(t, jane, 0)
	c := serve(t, l)
	for _, k := range []struct {
		end  bool
		want string
	}{
		{true, "not on hold"}, {false, ""}, {false, "on hold (hold --end lets it go on)"}, {true, ""}, {true, "not on hold"},
	} {
		v, err := c.Do(t.Context(), string(jane), "hold", admin.Order{End: k.end})
		switch {
		case k.want == "" && (err != nil || v.OnHold == k.end):
			t.Errorf("end %v: got %v, %v", k.end, v.OnHold, err)
		case k.want != "" && (err == nil || !strings.Contains(err.Error(), k.want)):
			t.Errorf("end %v: got %v, want %q", k.end, err, k.want)
		}
	}
	v, err := c.Show(t.Context(), string(jane))
	if err != nil || v.OnHold || !slices.Contains(v.Verbs, "hold") {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestAssignmentIsTheDaemonsToCheck(t *testing.T) {
	for name, k := range map[string]struct {
		order admin.Order
		err   string
	}{
		"customer and tenant":    {admin.Order{Customer: "Joe@Buyer.example ", Tenant: "globex"}, ""},
		"an unknown tenant":      {admin.Order{Customer: "joe@buyer.example", Tenant: "nobody"}, "no such tenant"},
		"no customer":            {admin.Order{Tenant: "globex"}, "is no e-mail address (say whose data"},
		"a customer that is not": {admin.Order{Customer: "joe", Tenant: "globex"}, `"joe" is no e-mail address`},
		"half an address":        {admin.Order{Customer: "@buyer.example", Tenant: "globex"}, "is no e-mail address"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger()
			l.put(t, jane, workflow.NeedsReview, "")
			v, err := serve(t, l).Do(t.Context(), string(jane), "assign", k.order)
			if k.err != "" {
				if err == nil || !strings.Contains(err.Error(), k.err) || len(l.steps) != 0 {
					t.Errorf("got %v, %d events", err, len(l.steps))
				}
				return
			}
			r := l.requests[jane]
			if err != nil || v.Tenant != "globex" || !v.Assigned || r.Customer != "joe@buyer.example" {
				t.Errorf("got %+v, %v", v, err)
			}
		})
	}
}

func TestNoteThatSaysNothingIsRefused(t *testing.T) {
	l := newLedger()
	l.receive(t, jane, 0)
	if _, err := serve(t, l).Do(t.Context(), string(jane), "note", admin.Order{Note: " \n"}); err == nil ||
		!strings.Contains(err.Error(), "it says nothing") || len(l.steps) != 0 {
		t.Errorf("got %v", err)
	}
}

// refused wants the verb, the request and its state in the message: what a person
// needs to see why.
func refused(t *testing.T, err error, verb string, s workflow.State) {
	t.Helper()
	if err == nil {
		t.Fatal("it was not refused")
	}
	for _, want := range []string{verb, "it is " + string(s), "refused by the workflow"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to say %q", err, want)
		}
	}
}

// TestThereIsNoApproval tries every event by which data would be released, and
// every other one, as a verb.
func TestThereIsNoApproval(t *testing.T) {
	l := newLedger()
	l.receive(t, jane, 0)
	c := serve(t, l)
	verbs := []string{"approve", "confirm", "acknowledge", "release", "Decline", "decline "}
	for _, e := range workflow.EventTypes() {
		verbs = append(verbs, string(e))
	}
	for _, verb := range verbs {
		if _, err := c.Do(t.Context(), string(jane), verb, admin.Order{}); err == nil ||
			!strings.Contains(err.Error(), "no verb is called") {
			t.Errorf("%s: got %v", verb, err)
		}
		code, _ := raw(t, c.Socket, "POST /api/v1/requests/"+string(jane)+"/"+strings.TrimSpace(verb)+"x", "{}")
		if code != http.StatusNotFound {
			t.Errorf("%s: status %d", verb, code)
		}
	}
	if len(l.steps) != 0 {
		t.Errorf("it posted %v", l.steps)
	}
	if slices.Contains(admin.Verbs(), "approve") {
		t.Error("there is a verb by which an operator releases data")
	}
}

func TestHistoryNamesWhoTheKernelSaysItIs(t *testing.T) {
	l := newLedger()
	l.receive(t, jane, 0)
	c := serve(t, l)
	if _, err := c.Do(t.Context(), string(jane), "decline", admin.Order{Note: "I am root"}); err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got := l.steps[0].Actor; got != "operator:"+me.Username {
		t.Errorf("got %q, want the name behind SO_PEERCRED, %q", got, me.Username)
	}
}

func TestRepeatedOrderIsCarriedOutOnce(t *testing.T) {
	for verb, state := range map[string]workflow.State{
		"decline": workflow.Confirmed, "cancel": workflow.Stuck, "retry": workflow.Stuck, "resend": workflow.Completed,
		"hold": workflow.Confirmed, "assign": workflow.NeedsReview, "note": workflow.Declined,
	} {
		t.Run(verb, func(t *testing.T) {
			l := newLedger()
			l.put(t, jane, state, workflow.Delivering)
			c := serve(t, l)
			order := admin.Order{Op: "7", Note: "x", Customer: "joe@buyer.example", Tenant: "globex"}
			first, err := c.Do(t.Context(), string(jane), verb, order)
			if err != nil {
				t.Fatal(err)
			}
			second, err := c.Do(t.Context(), string(jane), verb, order)
			if err != nil {
				t.Fatalf("the repetition: %v", err)
			}
			if len(l.steps) != 1 || second.State != first.State || second.Version != first.Version {
				t.Errorf("posted %d times; first %s v%d, then %s v%d", len(l.steps), first.State, first.Version,
					second.State, second.Version)
			}
		})
	}
}

func TestOrdersWithoutAnOpAreOrdersOfTheirOwn(t *testing.T) {
	l := newLedger()
	l.receive(t, jane, 0)
	c := serve(t, l)
	for range 2 {
		if _, err := c.Do(t.Context(), string(jane), "resend", admin.Order{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.steps) != 2 || l.steps[0].Op == l.steps[1].Op {
		t.Errorf("got %v", l.steps)
	}
}

func TestBodyOfAnOrder(t *testing.T) {
	for _, k := range []struct {
		name, body string
		want       int
	}{
		{"none at all", "", http.StatusOK},
		{"empty", "{}", http.StatusOK},
		{"with what a later version may say", `{"note":"x","more":1}`, http.StatusOK},
		{"no JSON", "decline it", http.StatusUnprocessableEntity},
		{"cut off", `{"note":"x`, http.StatusUnprocessableEntity},
		{"another type", `{"note":7}`, http.StatusUnprocessableEntity},
		{"huge", `{"note":"` + strings.Repeat("x", 1<<20) + `"}`, http.StatusUnprocessableEntity},
	} {
		t.Run(k.name, func(t *testing.T) {
			l := newLedger()
			l.receive(t, jane, 0)
			c := serve(t, l)
			code, body := raw(t, c.Socket, "POST /api/v1/requests/"+string(jane)+"/decline", k.body)
			if code != k.want {
				t.Errorf("got %d %s, want %d", code, body, k.want)
			}
			if (len(l.steps) == 1) != (k.want == http.StatusOK) {
				t.Errorf("posted %d events", len(l.steps))
			}
		})
	}
}
