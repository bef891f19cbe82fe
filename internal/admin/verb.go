package admin

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
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

// maxOrder bounds the body of an order, in bytes.
const maxOrder = 64 << 10

func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	var order Order
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder)).Decode(&order)
	if err != nil && !errors.Is(err, io.EOF) { // no body is an order without a note
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
	return s.post(ctx, r, verb, op, order.Note)
}

// post gives the workflow the event that the verb means.
func (s *Server) post(ctx context.Context, r workflow.Request, verb, op, note string) (View, error) {
	kind, err := meaning(verb, r)
	if err != nil {
		return View{}, err
	}
	e := workflow.Event{Type: kind, Op: op, Actor: "operator:" + peerOf(ctx),
		Reason: workflow.ByOperator, Note: note}
	after, err := s.Events.Step(ctx, r.ID, e)
	if errors.Is(err, workflow.Refused) {
		return View{}, fmt.Errorf("%s %s: it is %s: %w", verb, r.ID.Tag(), r.State, workflow.Refused)
	}
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

// possible are the verbs that the workflow would not refuse now.
func possible(r workflow.Request) []string {
	var verbs []string
	for _, verb := range Verbs() {
		kind, err := meaning(verb, r)
		if err != nil {
			continue
		}
		// Decided and thrown away: when it would happen makes no difference to whether it may.
		if _, err := workflow.Decide(r, workflow.Event{Type: kind}, r.ReceivedAt); err == nil {
			verbs = append(verbs, verb)
		}
	}
	return verbs
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
