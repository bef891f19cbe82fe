package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// letGo is how long giving a lease back may take; without that it ends by itself.
const letGo = 500 * time.Millisecond

// lease takes a lease and renews it until release. The context ends when another
// owner has it, or when it could not be renewed for as long as it lasts.
func (a *App) lease(ctx context.Context, name string) (context.Context, func(), error) {
	l, err := a.store.Acquire(ctx, name, a.options.Owner, a.options.Now(), a.term())
	if errors.Is(err, workflow.Fenced) {
		return nil, nil, fmt.Errorf("%w (%s)", err, l.Owner)
	}
	if err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	ticks, stop := a.options.Ticker(a.term() / 3)
	go func() {
		defer close(ended)
		a.renew(held, cancel, name, ticks)
	}()
	release := func() {
		cancel(nil)
		stop()
		<-ended
		soon, done := context.WithTimeout(context.WithoutCancel(ctx), letGo)
		defer done()
		if err := a.store.Release(soon, l); err != nil {
			a.options.Log.Warn("lease not given back", "lease", name, "error", err)
		}
	}
	return held, release, nil
}

func (a *App) renew(ctx context.Context, cancel context.CancelCauseFunc, name string, ticks <-chan time.Time) {
	until := a.options.Now().Add(a.term())
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		l, err := a.store.Acquire(ctx, name, a.options.Owner, a.options.Now(), a.term())
		switch {
		case err == nil:
			until = l.Until
		case errors.Is(err, workflow.Fenced):
			cancel(err)
		case a.options.Now().After(until):
			cancel(fmt.Errorf("renew the lease %s: %w", name, err))
		}
	}
}
