package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// letGo is how long giving a lease back may take; without that it ends by itself.
const letGo = 500 * time.Millisecond

// lease takes a lease and renews it until release. What is committed with the context
// carries the lease. It ends when another owner has it, or when it could not be renewed for
// as long as it lasts.
func (a *App) lease(ctx context.Context, name string) (context.Context, func(), error) {
	held, cancel := context.WithCancelCause(ctx)
	fuse := a.fuse(cancel, name) // lit before Redis counts: it must be the first to end
	l, err := a.acquire(held, name)
	if err != nil {
		fuse.Stop()
		cancel(nil)
		return nil, nil, err
	}
	ended := make(chan struct{})
	ticks, stop := a.options.Ticker(a.term() / 3)
	go func() {
		defer close(ended)
		a.renew(held, cancel, l, fuse, ticks)
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
	return engine.Under(held, l), release, nil
}

// fuse ends what is done under a lease when it was not renewed in time: whoever hears
// nothing from Redis must not act on what another may have by now.
func (a *App) fuse(cancel context.CancelCauseFunc, name string) *time.Timer {
	return time.AfterFunc(a.term(), func() {
		cancel(fmt.Errorf("the lease %s could not be renewed in time: %w", name, workflow.Fenced))
	})
}

// acquire takes or renews a lease; Fenced says who has it.
func (a *App) acquire(ctx context.Context, name string) (workflow.Lease, error) {
	ctx, done := context.WithTimeout(ctx, a.term())
	defer done()
	l, err := a.store.Acquire(ctx, name, a.options.Owner, a.options.Now(), a.term())
	if errors.Is(err, workflow.Fenced) {
		return l, fmt.Errorf("%w (%s)", err, l.Owner)
	}
	return l, err
}

// renew goes on until the context ends. Another epoch than that of the beginning means that
// somebody had the lease in between.
func (a *App) renew(
	ctx context.Context, cancel context.CancelCauseFunc, first workflow.Lease, fuse *time.Timer,
	ticks <-chan time.Time,
) {
	defer func() { fuse.Stop() }()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		next := a.fuse(cancel, first.Name)
		l, err := a.acquire(ctx, first.Name)
		switch {
		case errors.Is(err, workflow.Fenced):
			next.Stop()
			cancel(err)
		case err == nil && l.Epoch != first.Epoch:
			next.Stop()
			cancel(fmt.Errorf("the lease %s was another's meanwhile: %w", first.Name, workflow.Fenced))
		case err == nil:
			fuse.Stop()
			fuse = next
		default:
			next.Stop()
		}
	}
}

// unavailable reports whether the store cannot do it now: that is nobody's fault, and it is
// tried again.
func unavailable(err error) bool {
	var silent *store.Unreachable
	return errors.As(err, &silent) || errors.Is(err, workflow.Unavailable)
}
