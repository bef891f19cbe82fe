package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
)

// term is how long a mailbox or an order stays with a replica that says nothing any more.
func (a *App) term() time.Duration { return time.Duration(a.options.Config.Timing.Lease) }

// Scan reads every mailbox once, all at the same time; one that fails does not stop
// the others. What fails is in the log, once.
func (a *App) Scan(ctx context.Context) error {
	err := a.everyMailbox(func(m *mailbox) error { return m.once(ctx) })
	a.Wake()
	return err
}

// everyMailbox does something for each mailbox, side by side.
func (a *App) everyMailbox(do func(*mailbox) error) error {
	errs := make([]error, len(a.mailboxes))
	var all sync.WaitGroup
	for i, m := range a.mailboxes {
		all.Go(func() {
			if err := do(m); err != nil {
				errs[i] = fmt.Errorf("mailbox %s: %w", m.name, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// stirAll is the pass of the scan schedule: it waits for no mailbox.
func (a *App) stirAll(context.Context) error {
	a.breakerOver()
	for _, m := range a.mailboxes {
		m.stir()
	}
	return nil
}

// tell writes down what a scan found; a mail that fails again as before is no news. Mails
// that wait for the store are no failures of theirs: the error speaks of all of them.
func (m *mailbox) tell(report inbox.Report) (ours error) {
	health := m.app.health
	failing := map[string]bool{}
	for _, f := range report.Failures {
		mail := m.mailName(f.Folder, f.UID)
		if unavailable(f.Err) {
			ours = fmt.Errorf("mail waits in the mailbox: %w", f.Err)
			failing[mail] = true // not mended, whatever was said of it before
			continue
		}
		failing[mail] = true
		health.bad(mail, f.Err)
	}
	for mail := range health.list() {
		gone := strings.HasPrefix(mail, "mail "+m.name+"/") && !failing[mail]
		if gone && report.Complete {
			health.good(mail)
		}
	}
	m.tellOfOld(report.PendingOld)
	m.tellOfQuota(report.Quota)
	if report.Renumbered {
		m.app.options.Log.Warn("the server numbered the mailbox anew: all of it is read again, and what is "+
			"known is passed over", "mailbox", m.name)
	}
	if report.Handled+report.Quarantined > 0 {
		m.app.options.Log.Info("mailbox read", "mailbox", m.name, "handled", report.Handled,
			"left", report.Left, "quarantined", report.Quarantined, "failed", report.Failed)
	}
	return ours
}

// nearlyFull is the part of its quota above which an account is spoken of: a full one
// refuses the mail of people who have a right to an answer.
const nearlyFull = 0.9

// tellOfQuota warns while the account is nearly full. Most scans do not ask for it, and
// then nothing has changed.
func (m *mailbox) tellOfQuota(q inbox.Quota) {
	name := "quota of mailbox " + m.name
	switch {
	case q.Limit == 0:
	case q.Share() >= nearlyFull:
		m.app.health.bad(name, fmt.Errorf("%d %% of its %s are used (%d of %d): a full account refuses mail; "+
			"make room, or raise the quota", int(100*q.Share()), q.Resource, q.Used, q.Limit))
	default:
		m.app.health.good(name)
	}
}

// mailName is how health speaks of a mail.
func (m *mailbox) mailName(folder string, uid uint32) string {
	return fmt.Sprintf("mail %s/%s uid %d", m.name, folder, uid)
}

// tellOfOld says once how many mails wait for a decision that only a person can make.
func (m *mailbox) tellOfOld(count int) {
	m.mu.Lock()
	before := m.old
	m.old = count
	m.mu.Unlock()
	if count > 0 && before == 0 {
		m.app.options.Log.Warn("mails from before the first start are left alone "+
			"(policy.process_existing: true handles them)", "mailbox", m.name, "count", count)
	}
}

// CompleteSince is when the oldest of the latest complete scans of all mailboxes
// began.
func (a *App) CompleteSince() time.Time {
	var oldest time.Time
	for i, m := range a.mailboxes {
		if at := m.completeSince(); i == 0 || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}
