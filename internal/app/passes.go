package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// OpenSlot lets every confirmed request be compiled: the export schedule's pass.
func (a *App) OpenSlot(ctx context.Context) error {
	return a.each(ctx, workflow.Confirmed, func(r workflow.Request) error {
		e := workflow.Event{Type: workflow.SlotOpened, Actor: "daemon", Op: fmt.Sprintf("slot:%d", r.Version)}
		_, err := a.engine.Step(ctx, r.ID, e)
		if errors.Is(err, workflow.Refused) {
			return nil // it moved on in between
		}
		return err
	})
}

// each calls do for all requests in a state, page by page.
func (a *App) each(ctx context.Context, s workflow.State, do func(workflow.Request) error) error {
	var errs []error
	after := ""
	for {
		page, next, err := a.store.List(ctx, store.Query{States: []workflow.State{s}, Limit: 500, After: after})
		if err != nil {
			return err
		}
		for _, r := range page {
			errs = append(errs, do(r))
		}
		if next == "" {
			a.Wake()
			return errors.Join(errs...)
		}
		after = next
	}
}

// RunDue carries out everything that is due now; it gives how much there was.
func (a *App) RunDue(ctx context.Context) (int, error) { return a.worker.RunDue(ctx) }

// Wake tells the worker that something may be due; it never blocks.
func (a *App) Wake() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// wakePass is the pass of schedules whose work lies in the due-set.
func (a *App) wakePass(context.Context) error {
	a.Wake()
	return nil
}

// Retain drops what is remembered of old mails and probes and wakes the timers of
// requests.
func (a *App) Retain(ctx context.Context) error {
	kept := time.Duration(a.live.Load().Retention.Mails)
	n, err := a.store.ForgetMails(ctx, a.options.Now().Add(-kept))
	if n > 0 {
		a.options.Log.Info("records of old mails dropped", "count", n)
	}
	a.Wake()
	return errors.Join(err, a.forgetProbes(ctx))
}

// Report writes the standing of the queue into the log.
func (a *App) Report(ctx context.Context) error {
	counts, err := a.store.Count(ctx)
	if err != nil {
		return err
	}
	args := []any{"scanned_at", a.CompleteSince()}
	for _, s := range workflow.States() {
		args = append(args, string(s), counts[s])
	}
	a.options.Log.Info("queue", args...)
	return nil
}

// Requests are all requests there are, the nearest deadline first.
func (a *App) Requests(ctx context.Context) ([]workflow.Request, error) {
	var all []workflow.Request
	for _, s := range workflow.States() {
		err := a.each(ctx, s, func(r workflow.Request) error {
			all = append(all, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// LastRule is the rule that the latest held answer to a request failed, "" if none was.
func (a *App) LastRule(ctx context.Context, id workflow.ID) (string, error) {
	entries, err := a.store.History(ctx, id)
	if err != nil {
		return "", err
	}
	rule := ""
	for _, e := range entries {
		if e.Event.Rule != "" {
			rule = e.Event.Rule
		}
	}
	return rule, nil
}
