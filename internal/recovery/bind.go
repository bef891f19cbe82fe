package recovery

import (
	"context"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
)

// seenIn is what a marker saw.
func seenIn(m inbox.Marker) Seen {
	return Seen{Generation: m.Generation, Epoch: m.Epoch, Sequence: m.Sequence}
}

// registry is what a marker knows of the registry.
type registry struct {
	Sum      string
	Youngest time.Time
}

// registryIn reads nothing yet: markers of this form say nothing of the registry, so all of it
// is new after a loss.
func registryIn(inbox.Marker) registry { return registry{} }

// nextIn is what a marker knows of the numbers of coming mails; markers of this form know none.
func nextIn(inbox.Marker) map[inbox.Folder]uint32 { return nil }

// marker is what is to be written into a mailbox, after the last one there.
func (r *Recovery) marker(
	ctx context.Context, m Mailbox, s Standing, last inbox.Marker,
) (inbox.Marker, error) {
	next := inbox.Marker{
		Generation: s.Generation, Epoch: s.Epoch, Sequence: s.Sequence, Since: last.Since,
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
		if !c.Known {
			c = last.Cursors[key]
		}
		next.Cursors[key] = c
	}
	return next, nil
}
