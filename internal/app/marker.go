package app

import (
	"context"
	"errors"
	"fmt"

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
	var errs []error
	for i, box := range a.boxes {
		name := a.options.Config.Mailboxes[i].Name
		if err := a.checkpoint(held, name, box); err != nil {
			errs = append(errs, fmt.Errorf("mailbox %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (a *App) checkpoint(ctx context.Context, name string, box *inbox.Box) error {
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	last, found, err := a.marker(ctx, name, box)
	var early inbox.TooEarly
	if errors.As(err, &early) {
		return nil // backing off; the cause was reported when it happened
	}
	if err != nil {
		return err
	}
	if found {
		if why := behind(g, last); why != "" {
			return a.end(&Behind{Mailbox: name, Why: why})
		}
		if last.Epoch == g.Epoch && last.Sequence == g.Sequence {
			return nil // nothing happened since
		}
	}
	next := inbox.Marker{
		Generation: g.ID, Epoch: g.Epoch, Sequence: g.Sequence, Since: g.Created,
		Cursors: map[string]inbox.Cursor{},
	}
	for _, folder := range a.folders(name) {
		c, err := memory{a.store}.Cursor(ctx, folder)
		if err != nil {
			return err
		}
		next.Cursors[folder] = c
	}
	return box.WriteMarker(ctx, next)
}

func (a *App) folders(name string) []string {
	for _, m := range a.options.Config.Mailboxes {
		if m.Name == name && m.Junk != "" {
			return []string{name + "/" + m.Folder, name + "/" + m.Junk}
		}
		if m.Name == name {
			return []string{name + "/" + m.Folder}
		}
	}
	return nil
}

// marker reads the marker of a mailbox; forged ones do not count.
func (a *App) marker(ctx context.Context, name string, box *inbox.Box) (inbox.Marker, bool, error) {
	m, found, err := box.ReadMarker(ctx)
	if errors.Is(err, inbox.ErrForged) {
		a.health.bad("marker in mailbox "+name, err)
		return m, found, nil
	}
	return m, found, err
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

// Recognise compares the store with what the mailboxes know of it: *Behind when it
// is empty, older or another than theirs. A mailbox that cannot be read is looked
// at before its first scan if another one vouches for the store; if none does, the
// error says why it could not be read.
func (a *App) Recognise(ctx context.Context) error {
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	var unread []error
	vouched := false
	for i, box := range a.boxes {
		name := a.options.Config.Mailboxes[i].Name
		found, err := a.recognise(ctx, name, box, g)
		var replaced *Behind
		if errors.As(err, &replaced) {
			return err
		}
		a.setUnread(name, err != nil)
		if err != nil {
			unread = append(unread, fmt.Errorf("read the marker in mailbox %s: %w", name, err))
		}
		vouched = vouched || found
	}
	if vouched {
		return nil
	}
	return errors.Join(unread...)
}

func (a *App) recognise(ctx context.Context, name string, box *inbox.Box, g store.Generation) (bool, error) {
	m, found, err := a.marker(ctx, name, box)
	if err != nil || !found {
		return false, err
	}
	if why := behind(g, m); why != "" {
		return true, &Behind{Mailbox: name, Why: why}
	}
	return true, nil
}

// recogniseLate is for a mailbox that could not be read at the start.
func (a *App) recogniseLate(ctx context.Context, name string, box *inbox.Box) error {
	a.mu.Lock()
	unread := a.unread[name]
	a.mu.Unlock()
	if !unread {
		return nil
	}
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	_, err = a.recognise(ctx, name, box, g)
	var replaced *Behind
	if errors.As(err, &replaced) {
		return a.end(replaced)
	}
	a.setUnread(name, err != nil)
	return err
}

func (a *App) setUnread(name string, unread bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unread[name] = unread
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
