package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// Checkpoint writes into each mailbox how far the store has come, so that a store
// that was lost or rolled back is noticed: at the next start, or here, which ends
// the daemon.
func (a *App) Checkpoint(ctx context.Context) error {
	held, release, err := a.lease(ctx, "checkpoint")
	if errors.Is(err, workflow.Fenced) {
		return nil // another replica writes it
	}
	if err != nil {
		return err
	}
	defer release()
	return a.everyMailbox(func(m *mailbox) error { return a.checkpoint(held, m) })
}

func (a *App) checkpoint(ctx context.Context, m *mailbox) error {
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	last, found, err := a.marker(ctx, m)
	if err != nil {
		return err
	}
	if found {
		if why := behind(g, last); why != "" {
			return a.end(&Behind{Mailbox: m.name, Why: why})
		}
		if last.Epoch == g.Epoch && last.Sequence == g.Sequence {
			return nil // nothing happened since
		}
	}
	next := inbox.Marker{
		Generation: g.ID, Epoch: g.Epoch, Sequence: g.Sequence, Since: g.Created,
		Cursors: map[string]inbox.Cursor{},
	}
	for _, folder := range m.folders() {
		c, err := memory{a.store}.Cursor(ctx, folder)
		if err != nil {
			return err
		}
		next.Cursors[folder] = c
	}
	a.points.at("checkpoint")
	return m.box.WriteMarker(ctx, next)
}

func (m *mailbox) folders() []string {
	if m.config.Junk != "" {
		return []string{m.name + "/" + m.config.Folder, m.name + "/" + m.config.Junk}
	}
	return []string{m.name + "/" + m.config.Folder}
}

// marker reads the marker of a mailbox; forged ones do not count.
func (a *App) marker(ctx context.Context, m *mailbox) (inbox.Marker, bool, error) {
	marker, found, err := m.box.ReadMarker(ctx)
	if errors.Is(err, inbox.ErrForged) {
		a.health.bad("marker in mailbox "+m.name, err)
		return marker, found, nil
	}
	return marker, found, err
}

// Behind says that a mailbox knows more than the store. Such a store must not act:
// what it forgot may have been confirmed, sent or refused.
type Behind struct{ Mailbox, Why string }

// Error ends in what an operator can do.
func (b *Behind) Error() string {
	return fmt.Sprintf("mailbox %s knows more than redis: %s (is redis.url right, with its database "+
		"number? if it is, restore redis from its latest backup; nothing more is read or sent)",
		b.Mailbox, b.Why)
}

// firstLook is how long a mailbox has to show its marker at the start, while others
// wait for it.
const firstLook = 15 * time.Second

// Recognise compares the store with what the mailboxes know of it: *Behind when it
// is empty, older or another than theirs. A mailbox that cannot be read is looked
// at before its first scan if another one vouches for the store; if none does, the
// error says why it could not be read.
func (a *App) Recognise(ctx context.Context) error {
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	var vouched atomic.Bool
	err = a.everyMailbox(func(m *mailbox) error {
		looking, done := context.WithTimeout(ctx, firstLook)
		defer done()
		found, err := a.recognise(looking, m, g)
		if err != nil && looking.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("its marker could not be read within %s", firstLook)
		}
		m.setUnread(err != nil)
		if found {
			vouched.Store(true)
		}
		return err
	})
	var replaced *Behind
	if errors.As(err, &replaced) {
		return replaced
	}
	if vouched.Load() {
		return nil
	}
	return err
}

// recognise reports whether the mailbox knows the store.
func (a *App) recognise(ctx context.Context, m *mailbox, g store.Generation) (bool, error) {
	marker, found, err := a.marker(ctx, m)
	if err != nil {
		return false, fmt.Errorf("read its marker: %w", err)
	}
	if why := behind(g, marker); found && why != "" {
		return false, &Behind{Mailbox: m.name, Why: why}
	}
	return found, nil
}

// recogniseLate is for a mailbox that could not be read at the start.
func (a *App) recogniseLate(ctx context.Context, m *mailbox) error {
	m.mu.Lock()
	unread := m.unread
	m.mu.Unlock()
	if !unread {
		return nil
	}
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	_, err = a.recognise(ctx, m, g)
	var replaced *Behind
	if errors.As(err, &replaced) {
		return a.end(replaced)
	}
	m.setUnread(err != nil)
	return err
}

func (m *mailbox) setUnread(unread bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unread = unread
}

// end lets Run end with the error.
func (a *App) end(err error) error {
	select {
	case a.broken <- err:
	default: // it ends already
	}
	return err
}

// behind says in what a store falls short of a marker; "" when it does not.
func behind(g store.Generation, m inbox.Marker) string {
	switch {
	case g.Empty && m.Sequence > 0:
		return "redis is empty"
	case g.ID != m.Generation:
		return "redis holds another installation's state"
	case g.Sequence < m.Sequence || g.Epoch < m.Epoch:
		return fmt.Sprintf("redis stands at change %d, the mailbox saw %d", g.Sequence, m.Sequence)
	}
	return ""
}
