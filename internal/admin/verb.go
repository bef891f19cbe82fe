package admin

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/dsrd/dsrd/workflow"
)

// Verbs that operators have. There is no approve: nobody but the tenant's admin
// releases data.
func Verbs() []string { return []string{"decline", "cancel", "retry", "resend"} }

// Order is the body of a verb's call.
type Order struct {
	Note string `json:"note"` // an operator's words, kept as private history
	Op   string `json:"op"`   // the same order twice is carried out once
}

func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	var order Order
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&order); err != nil {
		s.fail(w, fmt.Errorf("read the order: %v: %w", err, workflow.Refused))
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
	r, err := s.Queue.Load(ctx, id)
	if err != nil {
		return View{}, err
	}
	kind, err := meaning(verb, r)
	if err != nil {
		return View{}, err
	}
	op, err := s.op(order.Op)
	if err != nil {
		return View{}, err
	}
	e := workflow.Event{Type: kind, Op: op, Actor: "operator:" + peerOf(ctx),
		Reason: workflow.ByOperator, Note: order.Note}
	after, err := s.Events.Step(ctx, id, e)
	if err != nil {
		return View{}, err
	}
	return summary(after), nil
}

// meaning turns a verb into the event it is for a request in that state.
func meaning(verb string, r workflow.Request) (workflow.EventType, error) {
	switch verb {
	case "decline":
		return workflow.OperatorDeclined, nil
	case "cancel":
		return workflow.OperatorCancelled, nil
	case "retry":
		return workflow.OnRetry(r)
	}
	return workflow.OnResend(r)
}

func (s *Server) op(given string) (string, error) {
	if given != "" {
		return "operator:" + given, nil
	}
	b := make([]byte, 12)
	if _, err := io.ReadFull(s.Chance, b); err != nil {
		return "", fmt.Errorf("make an operation id: %v", err)
	}
	return "operator:" + hex.EncodeToString(b), nil
}
