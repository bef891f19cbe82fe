package admin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// Verbs that operators have. There is no approve: nobody but the tenant's admin
// releases data.
func Verbs() []string {
	return []string{"decline", "cancel", "retry", "resend", "hold", "assign", "note"}
}

// Order is the body of a verb's call.
type Order struct {
	Note     string `json:"note"`               // an operator's words, kept as private history
	Op       string `json:"op"`                 // the same order twice is carried out once
	End      bool   `json:"end,omitempty"`      // hold: let it go on
	Customer string `json:"customer,omitempty"` // assign: whose data; needed
	Tenant   string `json:"tenant,omitempty"`   // assign: whose admin is asked; "": the customer's
}

// maxOrder bounds the body of an order, in bytes.
const maxOrder = 64 << 10

func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	var order Order
	if err := read(w, r, &order); err != nil {
		s.fail(w, err)
		return
	}
	v, err := s.order(r.Context(), r.PathValue("id"), r.PathValue("verb"), order)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, v)
}

func (s *Server) order(ctx context.Context, typed, verb string, order Order) (View, error) {
	if !slices.Contains(Verbs(), verb) {
		return View{}, fmt.Errorf("no verb is called %q: %w", verb, workflow.NotFound)
	}
	id, err := s.one(ctx, typed)
	if err != nil {
		return View{}, err
	}
	op, err := s.op(verb, order.Op)
	if err != nil {
		return View{}, err
	}
	// Asked before the verb's meaning: after the first time it may mean nothing any more.
	done, err := s.Queue.Applied(ctx, id, op)
	if err != nil {
		return View{}, err
	}
	r, err := s.Queue.Load(ctx, id)
	if err != nil || done {
		return summary(r), err
	}
	return s.post(ctx, r, verb, op, order)
}

// post gives the workflow the event that the verb means.
func (s *Server) post(ctx context.Context, r workflow.Request, verb, op string, order Order) (View, error) {
	e, err := s.event(ctx, r, verb, order)
	if err != nil {
		return View{}, err
	}
	e.Op, e.Actor, e.Reason, e.Note = op, actor(ctx), workflow.ByOperator, order.Note
	after, err := s.Events.Step(ctx, r.ID, e)
	switch {
	case errors.Is(err, workflow.Refused) && verb == "hold":
		return View{}, fmt.Errorf("%s %s: it is %s, %s: %w", verb, r.ID.Tag(), r.State, held(r), workflow.Refused)
	case errors.Is(err, workflow.Refused):
		return View{}, fmt.Errorf("%s %s: it is %s: %w", verb, r.ID.Tag(), r.State, workflow.Refused)
	case err != nil:
		return View{}, err
	}
	return summary(after), nil
}

func held(r workflow.Request) string {
	if r.OnHold {
		return "on hold (hold --end lets it go on)"
	}
	return "not on hold"
}

// actor is how the history names the operator.
func actor(ctx context.Context) string { return "operator:" + peerOf(ctx) }

// event is what an order is for the workflow.
func (s *Server) event(ctx context.Context, r workflow.Request, verb string, order Order) (workflow.Event, error) {
	var e workflow.Event
	var err error
	switch {
	case verb == "note" && strings.TrimSpace(order.Note) == "":
		return e, fmt.Errorf("note %s: it says nothing: %w", r.ID.Tag(), workflow.Refused)
	case verb == "assign" && r.State == workflow.NeedsReview:
		// In another state the law refuses it, and its reason is the better one.
		e.Assign, err = s.assignment(ctx, order)
	}
	if err != nil {
		return e, fmt.Errorf("assign %s: %w", r.ID.Tag(), err)
	}
	e.Type, err = meaning(verb, r, order.End)
	return e, err
}

func (s *Server) assignment(ctx context.Context, order Order) (*workflow.Assignment, error) {
	if s.Tenants == nil {
		return nil, fmt.Errorf("this daemon knows no tenants: %w", workflow.Refused)
	}
	customer := workflow.FoldAddress(strings.TrimSpace(order.Customer))
	if local, domain, ok := strings.Cut(string(customer), "@"); !ok || local == "" || domain == "" {
		return nil, fmt.Errorf("%q is no e-mail address (say whose data: --customer name@domain): %w",
			order.Customer, workflow.Refused)
	}
	return s.Tenants.Assignment(ctx, customer, order.Tenant)
}

// meaning turns a verb into the event it is for a request in that state.
func meaning(verb string, r workflow.Request, end bool) (workflow.EventType, error) {
	switch verb {
	case "decline":
		return workflow.OperatorDeclined, nil
	case "cancel":
		return workflow.OperatorCancelled, nil
	case "retry":
		return workflow.OnRetry(r)
	case "hold":
		if end {
			return workflow.TakenOffHold, nil
		}
		return workflow.PutOnHold, nil
	case "assign":
		return workflow.Assigned, nil
	case "note":
		return workflow.Noted, nil
	}
	return workflow.OnResend(r)
}

// possible are the verbs that the workflow would not refuse now.
func possible(r workflow.Request) []string {
	var verbs []string
	for _, verb := range Verbs() {
		kind, err := meaning(verb, r, r.OnHold)
		if err != nil {
			continue
		}
		// Decided and thrown away: when it would happen makes no difference to whether it may.
		if _, err := workflow.Decide(r, trial(kind, r), r.ReceivedAt); err == nil {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

// trial is an event of that kind with all that the law wants to see.
func trial(kind workflow.EventType, r workflow.Request) workflow.Event {
	e := workflow.Event{Type: kind, Note: "trial"}
	if kind == workflow.Assigned {
		e.Assign = &workflow.Assignment{Customer: "trial@trial.invalid", TenantID: "trial", Policy: r.Policy}
	}
	return e
}

// op is the operation id of an order; one that the client did not name is new.
func (s *Server) op(verb, given string) (string, error) {
	if given != "" {
		return "operator:" + verb + ":" + given, nil
	}
	b := make([]byte, 12)
	if _, err := io.ReadFull(s.Chance, b); err != nil {
		return "", fmt.Errorf("make an operation id: %v", err)
	}
	return "operator:" + hex.EncodeToString(b), nil
}
