package recovery

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/mailer/inbox"
)

// Mark writes into a mailbox how far the store has come. Cursors that the store does not
// know are taken over from the marker before. inbox.ErrStale when the mailbox knows more.
func (r *Recovery) Mark(ctx context.Context, m Mailbox) error {
	s, err := r.Store.Standing(ctx)
	if err != nil {
		return fmt.Errorf("mark mailbox %s: %w", m.Name, err)
	}
	last, _, err := m.Box.ReadMarker(ctx)
	if err != nil && !errors.Is(err, inbox.ErrForged) {
		return fmt.Errorf("mark mailbox %s: %w", m.Name, err)
	}
	next, err := r.marker(ctx, m, s, last)
	if err != nil {
		return fmt.Errorf("mark mailbox %s: %w", m.Name, err)
	}
	return m.Box.WriteMarker(ctx, next)
}

// marks tells all mailboxes, and this machine, of the life that began.
func (l *life) marks(ctx context.Context) error {
	for i, m := range l.Mailboxes {
		l.tell(StepMarkers, i*toldEach)
		if err := l.Mark(ctx, m); err != nil {
			return err
		}
	}
	if l.Keep == nil {
		return nil
	}
	s, err := l.Store.Standing(ctx)
	if err != nil {
		return err
	}
	return l.Keep.End(Local{Generation: s.Generation, Epoch: s.Epoch, Sequences: s.Sequences})
}
