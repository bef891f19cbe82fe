package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// Receive commits the birth of a request. One that asks for nothing but what
// another open request asks for joins that one instead; when that ends just then,
// it is born after all.
func (e *Engine) Receive(ctx context.Context, r workflow.Request, op string) (workflow.Birth, error) {
	for range maxRaces {
		b, err := e.tryReceive(ctx, r, op)
		if !errors.Is(err, errEnded) {
			return b, err
		}
	}
	return workflow.Birth{}, fmt.Errorf("receive request %s: what it was to join ended %d times: %w",
		r.ID, maxRaces, workflow.Conflict)
}

// errEnded: the open request ended, or went, between the refusal and the joining.
var errEnded = errors.New("no longer open")

func (e *Engine) tryReceive(ctx context.Context, r workflow.Request, op string) (workflow.Birth, error) {
	c, err := workflow.Receive(r, op, e.Now())
	if err != nil {
		return workflow.Birth{}, err
	}
	c.Fence = LeaseOf(ctx)
	err = e.Store.Commit(ctx, c)
	var open *workflow.OpenAlready
	switch {
	case errors.As(err, &open):
		return e.join(ctx, r, open.ID)
	case errors.Is(err, workflow.Conflict):
		return workflow.Birth{}, nil
	case err != nil:
		return workflow.Birth{}, fmt.Errorf("receive request %s: %w", r.ID, err)
	}
	e.Observer.Committed(c)
	return workflow.Birth{Born: true}, nil
}

// join tells the open request of a mail that asks for the same. The newborn's id
// names the operation: the same mail twice joins once.
func (e *Engine) join(ctx context.Context, r workflow.Request, open workflow.ID) (workflow.Birth, error) {
	joining := workflow.JoiningOf(r)
	_, err := e.Step(ctx, open, workflow.Event{
		Type: workflow.Joined, Op: "join:" + string(r.ID), Actor: "requester",
		Mail: r.Mail.Digest, Arrived: r.ReceivedAt, Join: &joining, Ahead: true,
	})
	if errors.Is(err, workflow.Refused) || errors.Is(err, workflow.NotFound) {
		return workflow.Birth{}, fmt.Errorf("join request %s: %w", open, errEnded)
	}
	if errors.Is(err, workflow.Enough) {
		return workflow.Birth{Joined: open, Untold: true}, nil
	}
	return workflow.Birth{Joined: open}, err
}
