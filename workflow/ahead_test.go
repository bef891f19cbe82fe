package workflow_test

import (
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// Whoever is better proven than the one for whom an order to ask still waits has an
// order of his own, once. Joinings of before there was this ordered nothing, and
// replay so.
func TestABetterProvenJoinerDoesNotWaitBehindAnother(t *testing.T) {
	stranger := workflow.Requester{Address: "eve@evil.example"}
	agent := workflow.Requester{Address: "agent@law.example", Verified: true}
	jane := workflow.Requester{Address: "jane@customer.example", Verified: true}
	for _, c := range []struct {
		name  string
		first []workflow.EventType
		ahead bool
		joins []workflow.Requester
		asks  []int // orders to ask, after each joining
	}{
		{"the customer", nil, true, []workflow.Requester{jane}, []int{1}},
		{"somebody proven, and then the customer", nil, true, []workflow.Requester{agent, jane}, []int{1, 2}},
		{"the customer, and again", nil, true, []workflow.Requester{jane, jane, agent}, []int{1, 1, 1}},
		{"another stranger", nil, true, []workflow.Requester{stranger}, []int{0}},
		{"by an older dsrd", nil, false, []workflow.Requester{jane}, []int{0}},
		{"after the admin was asked", []workflow.EventType{workflow.CodeIssued}, true,
			[]workflow.Requester{jane, jane}, []int{1, 1}},
		{"where a person must look", []workflow.EventType{workflow.LetterFailed}, true,
			[]workflow.Requester{jane}, []int{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := birth(workflow.DefaultPolicy())
			r.Requester = stranger
			l := newLife(t, r)
			l.must(t, c.first...)
			asked := 0
			for i, who := range c.joins {
				e := l.event(workflow.Joined)
				e.Ahead, e.Join.Requester = c.ahead, who
				if err := l.apply(e); err != nil {
					t.Fatal(err)
				}
				for _, order := range l.last.Effects {
					if order.Type == workflow.SendConfirmation {
						asked++
					}
				}
				if asked != c.asks[i] {
					t.Errorf("after joining %d: %d orders to ask, want %d", i+1, asked, c.asks[i])
				}
			}
			l.replays(t)
		})
	}
}
