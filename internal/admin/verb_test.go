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
	none := workflow.EventType("")
	cases := []struct {
		state                          workflow.State
		decline, cancel, retry, resend workflow.EventType
	}{
		{workflow.NeedsReview, workflow.OperatorDeclined, workflow.OperatorCancelled, workflow.AskAgain, none},
		{workflow.AwaitingConfirmation, workflow.OperatorDeclined, workflow.OperatorCancelled, none, workflow.AskAgain},
		{workflow.Confirmed, workflow.OperatorDeclined, workflow.OperatorCancelled, none, none},
		{workflow.Compiling, workflow.OperatorDeclined, workflow.OperatorCancelled, none, none},
		{workflow.Delivering, workflow.OperatorDeclined, workflow.OperatorCancelled, none, none},
		{workflow.Completed, none, none, none, workflow.DeliverAgain},
		{workflow.Declined, none, none, none, none},
		{workflow.Expired, none, none, none, none},
		{workflow.RefusedState, none, none, none, none},
		{workflow.Cancelled, none, none, none, none},
		{workflow.Stuck, workflow.OperatorDeclined, workflow.OperatorCancelled, workflow.DeliverAgain, workflow.DeliverAgain},
	}
	if len(cases) != len(workflow.States()) {
		t.Fatal("a state is missing from this table")
	}
	for _, k := range cases {
		for verb, want := range map[string]workflow.EventType{
			"decline": k.decline, "cancel": k.cancel, "retry": k.retry, "resend": k.resend,
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
				v, err := c.Do(t.Context(), string(jane), verb, admin.Order{Note: "because"})
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
	} {
		t.Run(verb, func(t *testing.T) {
			l := newLedger()
			l.put(t, jane, state, workflow.Delivering)
			c := serve(t, l)
			first, err := c.Do(t.Context(), string(jane), verb, admin.Order{Op: "7"})
			if err != nil {
				t.Fatal(err)
			}
			second, err := c.Do(t.Context(), string(jane), verb, admin.Order{Op: "7"})
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
