package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// Birth is what became of a mail that asks for something. Neither is set when the
// request was there already: the same mail twice is one request.
type Birth struct {
	Born   bool        // it is a request of its own
	Joined workflow.ID // the open request that it joined, "" if none
}

// Receive commits the birth of a request. One that asks for nothing but what
// another open request asks for joins that one instead; when that ends just then,
// it is born after all.
func (e *Engine) Receive(ctx context.Context, r workflow.Request, op string) (Birth, error) {
	for range maxRaces {
		b, err := e.tryReceive(ctx, r, op)
		if !errors.Is(err, errEnded) {
			return b, err
		}
	}
	return Birth{}, fmt.Errorf("receive request %s: what it was to join ended %d times: %w",
		r.ID, maxRaces, workflow.Conflict)
}

// errEnded: the open request ended, or went, between the refusal and the joining.
var errEnded = errors.New("no longer open")

func (e *Engine) tryReceive(ctx context.Context, r workflow.Request, op string) (Birth, error) {
	c, err := workflow.Receive(r, op, e.Now())
	if err != nil {
		return Birth{}, err
	}
	err = e.Store.Commit(ctx, c)
	var open *workflow.OpenAlready
	switch {
	case errors.As(err, &open):
		return e.join(ctx, r, open.ID)
	case errors.Is(err, workflow.Conflict):
		return Birth{}, nil
	case err != nil:
		return Birth{}, fmt.Errorf("receive request %s: %w", r.ID, err)
	}
	e.Observer.Committed(c)
	return Birth{Born: true}, nil
}

// join tells the open request of a mail that asks for the same. The newborn's id
// names the operation: the same mail twice joins once.
func (e *Engine) join(ctx context.Context, r workflow.Request, open workflow.ID) (Birth, error) {
	joining := workflow.JoiningOf(r)
	_, err := e.Step(ctx, open, workflow.Event{
		Type: workflow.Joined, Op: "join:" + string(r.ID), Actor: "requester",
		Mail: r.Mail.Digest, Arrived: r.ReceivedAt, Join: &joining,
	})
	if errors.Is(err, workflow.Refused) || errors.Is(err, workflow.NotFound) {
		return Birth{}, fmt.Errorf("join request %s: %w", open, errEnded)
	}
	return Birth{Joined: open}, err
}
