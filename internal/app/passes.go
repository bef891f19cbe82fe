package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// scanLease is how long one replica keeps a mailbox to itself.
const scanLease = 15 * time.Second

// Scan reads every mailbox once; one that fails does not stop the others.
func (a *App) Scan(ctx context.Context) error {
	var errs []error
	for i, box := range a.boxes {
		if err := a.scan(ctx, a.options.Config.Mailboxes[i].Name, box); err != nil {
			errs = append(errs, fmt.Errorf("mailbox %s: %w", a.options.Config.Mailboxes[i].Name, err))
		}
	}
	a.Wake()
	return errors.Join(errs...)
}

// scan reads one mailbox under its lease; another replica's turn is no error.
func (a *App) scan(ctx context.Context, name string, box *inbox.Box) error {
	held, release, err := a.lease(ctx, "mailbox/"+name)
	if errors.Is(err, workflow.Fenced) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	report, err := box.Scan(held)
	var early inbox.TooEarly
	if errors.As(err, &early) {
		return nil // backing off; the cause was reported when it happened
	}
	for _, f := range report.Failures {
		a.options.Log.Error("mail not handled", "mailbox", name, "uid", f.UID, "error", f.Err)
	}
	if report.Handled+report.Quarantined+report.Failed > 0 {
		a.options.Log.Info("mailbox read", "mailbox", name, "handled", report.Handled,
			"left", report.Left, "quarantined", report.Quarantined, "failed", report.Failed)
	}
	if err == nil && report.Complete {
		a.mu.Lock()
		a.scanned[name] = report.Started
		a.mu.Unlock()
	}
	return err
}

// lease takes a lease and renews it until release; the context ends when it is lost.
func (a *App) lease(ctx context.Context, name string) (context.Context, func(), error) {
	l, err := a.store.Acquire(ctx, name, a.options.Owner, a.options.Now(), scanLease)
	if err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancelCause(ctx)
	ticks, stop := a.options.Ticker(scanLease / 3)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-held.Done():
				return
			case <-ticks:
				_, err := a.store.Acquire(held, name, a.options.Owner, a.options.Now(), scanLease)
				if errors.Is(err, workflow.Fenced) {
					cancel(err)
				}
			}
		}
	}()
	release := func() {
		cancel(nil)
		stop()
		<-ended
		if err := a.store.Release(context.WithoutCancel(ctx), l); err != nil {
			a.options.Log.Warn("lease not given back", "lease", name, "error", err)
		}
	}
	return held, release, nil
}

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

// Retain drops what is remembered of old mails and wakes the timers of requests.
func (a *App) Retain(ctx context.Context) error {
	kept := time.Duration(a.options.Config.Retention.Mails)
	n, err := a.store.ForgetMails(ctx, a.options.Now().Add(-kept))
	if n > 0 {
		a.options.Log.Info("records of old mails dropped", "count", n)
	}
	a.Wake()
	return err
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
