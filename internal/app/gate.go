package app

import (
	"context"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow/engine"
)

// gate keeps the worker from sending and compiling while an operator has paused it,
// on every replica, or while it is not known what the
// store holds. Mail is read all the same.
type gate struct {
	store  *store.Store
	now    func() time.Time
	doubts *doubts
}

var _ engine.Gate = gate{}

// Paused asks the store.
func (g gate) Paused(ctx context.Context) (bool, error) {
	if g.doubts.there() {
		return true, nil
	}
	_, paused, err := g.store.Paused(ctx, g.now())
	return paused, err
}

// breaker is the name under which health speaks of it.
const breaker = "breaker"

// breakerTripped tells operators; the postman puts the letters off by itself.
func (a *App) breakerTripped(_ context.Context, until time.Time) {
	a.tripped.Store(until.UnixNano())
	a.health.bad(breaker, fmt.Errorf("more letters than policy.breaker_limit allows (half of it to people who "+
		"wrote to us): new ones of that kind wait until %s (is it a loop? dsrd pause stops everything)",
		until.UTC().Format(time.RFC3339)))
}

// breakerOver notes that letters may leave again.
func (a *App) breakerOver() {
	if until := a.tripped.Load(); until != 0 && a.options.Now().UnixNano() >= until {
		a.tripped.CompareAndSwap(until, 0)
		a.health.good(breaker)
	}
}
