package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
)

// Checkpoint writes into each mailbox how far the store has come, so that a store
// that was lost or rolled back is noticed at the next start.
func (a *App) Checkpoint(ctx context.Context) error {
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for i, box := range a.boxes {
		name := a.options.Config.Mailboxes[i].Name
		if err := a.checkpoint(ctx, name, box, g); err != nil {
			errs = append(errs, fmt.Errorf("mailbox %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (a *App) checkpoint(ctx context.Context, name string, box *inbox.Box, g store.Generation) error {
	last, found, err := box.ReadMarker(ctx)
	if err != nil && !errors.Is(err, inbox.ErrForged) {
		return err
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
	if found && last.Generation == next.Generation && last.Epoch == next.Epoch && last.Sequence >= next.Sequence {
		return nil // nothing happened since
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

// Recognise compares the store with what the mailboxes know of it. A store that
// is empty, older or another than theirs must not act: what it forgot may have
// been confirmed, sent or refused.
func (a *App) Recognise(ctx context.Context) error {
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	for i, box := range a.boxes {
		name := a.options.Config.Mailboxes[i].Name
		m, found, err := box.ReadMarker(ctx)
		if errors.Is(err, inbox.ErrForged) {
			a.options.Log.Warn("a marker with a wrong signature was ignored", "mailbox", name)
		} else if err != nil {
			return fmt.Errorf("read the marker in mailbox %s: %w", name, err)
		}
		if found {
			if why := behind(g, m); why != "" {
				return fmt.Errorf("start: mailbox %s knows more than redis: %s "+
					"(restore redis from its latest backup; nothing was read or sent)", name, why)
			}
		}
	}
	return nil
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
