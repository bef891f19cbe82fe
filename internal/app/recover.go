package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/workflow"
)

// recoverer lets operators recover.
type recoverer struct{ app *App }

var _ admin.Recoverer = recoverer{}

// Recover is App.Recover in the words of operators.
func (r recoverer) Recover(ctx context.Context, by string, o admin.RecoverOrder) (admin.Recovered, error) {
	result, err := r.app.Recover(ctx, by, RecoverOptions(o))
	return recovered(result, o.DryRun), err
}

// RecoverOptions are what an operator orders.
type RecoverOptions struct {
	DryRun  bool // only tell what would be done
	Replace bool // also a store that the mailboxes do not know
}

// Recover holds the store against the mailboxes and fills in what it lost; of a store that
// lacks nothing it only says so. Refused, Conflict.
func (a *App) Recover(ctx context.Context, by string, o RecoverOptions) (recovery.Result, error) {
	if o.DryRun {
		return a.planned(ctx)
	}
	a.options.Log.Warn("a recovery was ordered", "by", by, "replace", o.Replace)
	result, err := a.ordered(ctx, recovery.Options{Replace: o.Replace})
	if errors.Is(err, workflow.Fenced) {
		err = fmt.Errorf("another replica recovers it at present: %v: %w", err, workflow.Conflict)
	}
	return result, err
}

func (a *App) planned(ctx context.Context) (recovery.Result, error) {
	a.recognising.Lock()
	defer a.recognising.Unlock()
	return a.recovery.Plan(ctx)
}

// ordered leaves it to the loop that recognises the store, which goes on with it when the
// caller has gone; without one it is done here.
func (a *App) ordered(ctx context.Context, o recovery.Options) (recovery.Result, error) {
	done := make(chan outcome, 1)
	if !a.running.Load() {
		a.weigh(ctx, order{o, done})
		end := <-done
		return end.result, end.err
	}
	select {
	case a.orders <- order{o, done}:
	case <-ctx.Done():
		return recovery.Result{}, ctx.Err()
	}
	select {
	case end := <-done:
		return end.result, end.err
	case <-ctx.Done():
		return recovery.Result{}, fmt.Errorf("the recovery goes on (dsrd queue and the log tell when it has ended): %w",
			ctx.Err())
	}
}

// recovered is a result as operators see it.
func recovered(r recovery.Result, dry bool) admin.Recovered {
	return admin.Recovered{
		Verdict: string(r.Verdict), Why: r.Why, DryRun: dry, Epoch: r.Epoch,
		Mails: r.Mails, Known: r.Known, TooOld: r.TooOld, Unread: r.Unread, Withdrawn: r.Withdrawn,
		Born: r.Born, Joined: r.Joined, Completed: r.Completed, Ended: r.Ended, Asked: r.Asked,
		Review: r.Review, Refused: r.Refused, Settled: r.Settled, Copies: r.Copies, Forged: r.Forged, Orphans: r.Orphans,
	}
}
