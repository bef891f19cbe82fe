package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// mailbox is one account with everything of its own: connections, desk, lease and
// news. One that hangs or is refused delays no other.
type mailbox struct {
	app    *App
	config config.Mailbox
	name   string // config.Name
	desk   *mailer.Desk
	box    *inbox.Box
	wake   chan struct{} // something may have arrived

	mu      sync.Mutex
	held    context.Context // under the lease, while run has it; else nil
	scanned time.Time       // when the latest complete scan began; zero before the first
	unread  bool            // its marker could not be read at the start
	old     int             // mails from before the first start
}

func (m *mailbox) what() string { return "mailbox " + m.name }

// stir makes run scan soon; it never blocks.
func (m *mailbox) stir() {
	select {
	case m.wake <- struct{}{}:
	default: // it was told already
	}
}

// run holds the mailbox's lease as long as it can and scans whenever it is stirred,
// until ctx ends. While another replica has the lease it asks for it again and again.
func (m *mailbox) run(ctx context.Context) {
	ticks, stop := m.app.options.Ticker(m.app.term() * 2 / 3)
	defer stop()
	for {
		era, end := m.app.doubts.none(ctx)
		if era == nil {
			return
		}
		err := m.tenure(era)
		m.await(era, ticks, err)
		end()
	}
}

// await waits for a reason to try again: the schedule or, if a connection was lost,
// the end of the pause that follows. In the meantime other replicas may try. A store that
// failed is asked at each tick: a mailbox whose owner died must not lie until the schedule.
func (m *mailbox) await(ctx context.Context, ticks <-chan time.Time, failed error) {
	var until time.Time
	again := failed == nil || unavailable(failed)
	if !again {
		until = m.box.Next()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
			return
		case <-ticks:
			if again || !until.IsZero() && !m.app.options.Now().Before(until) {
				return
			}
		}
	}
}

// tenure is one holding of the lease. It ends with it, or when the mailbox cannot be
// read from here: another replica may have more luck.
func (m *mailbox) tenure(ctx context.Context) error {
	held, release, err := m.app.lease(ctx, "mailbox/"+m.name)
	if errors.Is(err, workflow.Fenced) {
		m.learn(ctx)
		return nil
	}
	if err != nil {
		m.failed(ctx, err)
		return err
	}
	defer release()
	m.holding(held)
	defer m.heldNoMore()
	if err := m.read(held); err != nil {
		return err
	}
	watching, stop := context.WithCancel(held)
	watched := m.watch(watching)
	defer func() { // the lease, and so held, ends after this
		stop()
		watched()
	}()
	for {
		select {
		case <-held.Done():
			return nil
		case <-m.wake:
		}
		if err := m.read(held); err != nil {
			return err
		}
	}
}

func (m *mailbox) holding(held context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = held
}

func (m *mailbox) heldNoMore() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = nil
}

// leased gives the lease for something short: that of run if it has it, else one of its
// own. Fenced when another replica has it. The context ends with the lease.
func (m *mailbox) leased(ctx context.Context) (context.Context, func(), error) {
	m.mu.Lock()
	held := m.held
	m.mu.Unlock()
	if held == nil {
		return m.app.lease(ctx, "mailbox/"+m.name)
	}
	ctx, cancel := context.WithCancelCause(engine.Under(ctx, engine.LeaseOf(held)))
	stop := context.AfterFunc(held, func() { cancel(context.Cause(held)) })
	return ctx, func() { stop(); cancel(nil) }, nil
}

// once scans under the lease. Another replica's turn is no error, nor is a time to
// wait: its cause was told when it happened.
func (m *mailbox) once(ctx context.Context) error {
	leased, release, err := m.leased(ctx)
	if errors.Is(err, workflow.Fenced) {
		m.learn(ctx)
		return nil
	}
	if err != nil {
		m.failed(ctx, err)
		return err
	}
	defer release()
	err = m.read(leased)
	var early inbox.TooEarly
	if errors.As(err, &early) {
		return nil
	}
	return err
}

// read scans, and tells of it.
func (m *mailbox) read(ctx context.Context) error {
	err := m.scan(ctx)
	m.failed(ctx, err)
	return err
}

// failed tells how it stands, unless it is only too early to know.
func (m *mailbox) failed(ctx context.Context, err error) {
	var early inbox.TooEarly
	if ctx.Err() == nil && !errors.As(err, &early) {
		m.app.health.is(m.what(), err)
	}
}

func (m *mailbox) scan(ctx context.Context) error {
	if err := m.app.recogniseLate(ctx, m); err != nil {
		return err
	}
	report, err := m.box.Scan(ctx)
	if ours := m.tell(report); err == nil {
		err = ours
	}
	if err == nil && report.Complete {
		m.completed(report.Started)
		err = m.share(ctx, report.Started)
	}
	return err
}

// completed notes that everything that arrived before at was handled.
func (m *mailbox) completed(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.After(m.scanned) {
		m.scanned = at
	}
}

// shared is the name under which replicas tell each other how far they have read.
func (m *mailbox) shared() string { return "scan of " + m.name }

// share tells the other replicas, which wait for a scan before they remind anybody.
func (m *mailbox) share(ctx context.Context, at time.Time) error {
	err := m.app.store.SaveCursor(ctx, m.shared(), store.Cursor{Known: true, Since: at})
	if err != nil {
		return fmt.Errorf("share how far it was read: %w", err)
	}
	return nil
}

// learn asks how far another replica has read.
func (m *mailbox) learn(ctx context.Context) {
	c, err := m.app.store.Cursor(ctx, m.shared())
	if err == nil && c.Known { // else what we know ourselves stands
		m.completed(c.Since)
	}
}

// handle gives a mail to the desk. What it meant may be due at once: the rest of
// the scan need not be waited for.
func (m *mailbox) handle(ctx context.Context, mail inbox.Mail) (inbox.Disposition, error) {
	m.app.points.at("scanned")
	if mail.Missing != nil {
		return m.aside(ctx, mail)
	}
	d, err := m.desk.Handle(ctx, mail)
	switch {
	case err == nil:
		m.app.Wake()
	case unavailable(err) || errors.Is(err, workflow.Outdated):
		err = fmt.Errorf("mail waits in the mailbox: %w: %w", inbox.ErrOurs, err)
	}
	return d, err
}

// completeSince is when the latest complete scan of it began.
func (m *mailbox) completeSince() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.scanned
}
