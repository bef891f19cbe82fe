package recovery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// Mark writes into a mailbox how far the store has come, if it has come further than the
// marker there. Cursors that the store does not know are taken over from that marker.
// workflow.Outdated when the mailbox knows more than the store, or another one.
func (r *Recovery) Mark(ctx context.Context, m Mailbox) error {
	if err := r.mark(ctx, m); err != nil {
		return fmt.Errorf("mark mailbox %s: %w", m.Name, err)
	}
	return nil
}

func (r *Recovery) mark(ctx context.Context, m Mailbox) error {
	last, found, err := m.Box.ReadMarker(ctx)
	if err != nil && !errors.Is(err, inbox.ErrForged) {
		return err
	}
	// Before the store is asked: what a mail below these numbers led to, the marker knows of.
	next, err := numbers(ctx, m.Box)
	if err != nil {
		return err
	}
	s, err := r.Store.Standing(ctx)
	if err != nil {
		return err
	}
	if j := s.against(seenIn(last), "it"); found && j.Verdict != Normal {
		return fmt.Errorf("%s: %w", j.Why, workflow.Outdated)
	}
	marker, err := r.marker(ctx, m, s, last)
	if err != nil {
		return err
	}
	marker.Next = next
	if found && same(last, marker) {
		return nil
	}
	err = m.Box.WriteMarker(ctx, marker)
	if errors.Is(err, inbox.ErrStale) {
		return fmt.Errorf("%v: %w", err, workflow.Outdated)
	}
	return err
}

// numbers are those that the next mails in our folders will have.
func numbers(ctx context.Context, box Box) (map[inbox.Folder]uint32, error) {
	next := map[inbox.Folder]uint32{}
	for _, f := range []inbox.Folder{inbox.Processed, inbox.Sent} {
		n, err := box.Above(ctx, f, 0, nil)
		if err != nil {
			return nil, err
		}
		if n > 0 { // some servers do not tell
			next[f] = n
		}
	}
	return next, nil
}

// marker is what is to be written into a mailbox, after the last one there.
func (r *Recovery) marker(
	ctx context.Context, m Mailbox, s Standing, last inbox.Marker,
) (inbox.Marker, error) {
	next := inbox.Marker{
		Generation: s.Generation, Epoch: s.Epoch, Sequence: s.Sequence, Sequences: s.Sequences,
		Ancestors: s.Ancestors, Since: last.Since, Registry: last.Registry,
		Cursors: map[string]inbox.Cursor{},
	}
	if next.Since.IsZero() {
		next.Since = s.Created
	}
	for _, key := range m.Folders {
		c, err := r.Memory.Cursor(ctx, key)
		if err != nil {
			return next, err
		}
		if !c.Known { // it was never read since the store was lost
			c = last.Cursors[key]
		}
		next.Cursors[key] = c
	}
	if r.Registry == nil {
		return next, nil
	}
	var err error
	next.Registry, err = r.Registry(ctx)
	return next, err
}

// same reports whether two markers say the same, however times are written.
func same(a, b inbox.Marker) bool {
	one, err1 := json.Marshal(a)
	other, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}

// marks tells all mailboxes, and this machine, of the life that began.
func (l *life) marks(ctx context.Context) error {
	l.tell(StepMarkers, 0)
	for _, m := range l.Mailboxes {
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
