package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// scanLease is how long one replica keeps a mailbox to itself.
const scanLease = 15 * time.Second

// Scan reads every mailbox once; one that fails does not stop the others. What
// fails is in the log, once.
func (a *App) Scan(ctx context.Context) error {
	var errs []error
	for i, box := range a.boxes {
		name := a.options.Config.Mailboxes[i].Name
		if err := a.scan(ctx, name, box); err != nil {
			errs = append(errs, fmt.Errorf("mailbox %s: %w", name, err))
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
	if err == nil {
		defer release()
		err = a.read(held, name, box)
	}
	var early inbox.TooEarly
	switch {
	case errors.As(err, &early):
		return nil // backing off; the cause was reported when it happened
	case ctx.Err() == nil:
		a.health.is("mailbox "+name, err)
	}
	return err
}

func (a *App) read(ctx context.Context, name string, box *inbox.Box) error {
	if err := a.recogniseLate(ctx, name, box); err != nil {
		return err
	}
	report, err := box.Scan(ctx)
	a.tellOf(name, report)
	if err == nil && report.Complete {
		a.mu.Lock()
		a.scanned[name] = report.Started
		a.mu.Unlock()
	}
	return err
}

// tellOf writes down what a scan found; a mail that fails again as before is no news.
func (a *App) tellOf(name string, report inbox.Report) {
	failing := map[string]bool{}
	for _, f := range report.Failures {
		mail := fmt.Sprintf("mail %s/%s uid %d", name, f.Folder, f.UID)
		failing[mail] = true
		a.health.bad(mail, f.Err)
	}
	for mail := range a.health.list() {
		gone := strings.HasPrefix(mail, "mail "+name+"/") && !failing[mail]
		if gone && report.Complete {
			a.health.good(mail)
		}
	}
	a.tellOfOld(name, report.PendingOld)
	if report.Handled+report.Quarantined > 0 {
		a.options.Log.Info("mailbox read", "mailbox", name, "handled", report.Handled,
			"left", report.Left, "quarantined", report.Quarantined, "failed", report.Failed)
	}
}

// tellOfOld says once how many mails wait for a decision that only a person can make.
func (a *App) tellOfOld(name string, count int) {
	a.mu.Lock()
	before := a.old[name]
	a.old[name] = count
	a.mu.Unlock()
	if count > 0 && before == 0 {
		a.options.Log.Warn("mails from before the first start are left alone "+
			"(policy.process_existing: true handles them)", "mailbox", name, "count", count)
	}
}

// CompleteSince is when the oldest of the latest complete scans of all mailboxes
// began.
func (a *App) CompleteSince() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	var oldest time.Time
	for i, m := range a.options.Config.Mailboxes {
		at := a.scanned[m.Name]
		if i == 0 || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}
