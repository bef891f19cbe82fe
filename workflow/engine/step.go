package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// maxRaces bounds how often a lost race is decided again before the caller hears
// of it: two replicas and an operator are three at once.
const maxRaces = 8

// Engine applies events to requests, under the lease of the context that it is given.
type Engine struct {
	Store    Store
	Now      func() time.Time
	Observer Observer
}

// Step loads, decides and commits; a lost race is decided again, never
// overwritten. It gives the request as it stands afterwards.
func (e *Engine) Step(ctx context.Context, id workflow.ID, on workflow.Event) (workflow.Request, error) {
	done, err := e.step(ctx, id, on, 0)
	return done.request, err
}

// stepped is what became of an event.
type stepped struct {
	request workflow.Request
	before  bool // it had been applied before
}

// step is Step; with a claim, for the event that finishes the claimed task, in one commit.
func (e *Engine) step(ctx context.Context, id workflow.ID, on workflow.Event, claim int64) (stepped, error) {
	for range maxRaces {
		done, err := e.tryStep(ctx, id, on, claim)
		if errors.Is(err, workflow.Conflict) {
			continue
		}
		if err != nil {
			return done, fmt.Errorf("apply %s to request %s: %w", on.Type, id, err)
		}
		return done, nil
	}
	return stepped{}, fmt.Errorf("apply %s to request %s: lost %d races: %w",
		on.Type, id, maxRaces, workflow.Conflict)
}

func (e *Engine) tryStep(
	ctx context.Context, id workflow.ID, on workflow.Event, claim int64,
) (stepped, error) {
	r, err := e.Store.Load(ctx, id)
	if err != nil {
		return stepped{request: r}, err
	}
	before, err := e.Store.Applied(ctx, id, on.Op)
	if err != nil || before {
		return stepped{r, before}, err // a crash came between the commit and what follows it
	}
	c, err := workflow.Decide(r, on, e.Now())
	if err != nil {
		return stepped{request: r}, err
	}
	c.Claim, c.Fence = claim, LeaseOf(ctx)
	if c.Done == "" && claim == 0 {
		c.Held, c.Claim = claimed(ctx, id)
	}
	if err := e.Store.Commit(ctx, c); err != nil {
		return stepped{request: r}, err
	}
	e.Observer.Committed(c)
	return stepped{request: c.Request}, nil
}
