package recovery

import (
	"context"
	"fmt"

	"github.com/dsrd/dsrd/mailer/inbox"
)

// survey is what is known before anything is done.
type survey struct {
	Judgement
	standing Standing
	views    []View
	markers  []inbox.Marker // in the order of the mailboxes; zero where there is none
	newest   *inbox.Marker
}

func (r *Recovery) survey(ctx context.Context) (survey, error) {
	s := survey{markers: make([]inbox.Marker, len(r.Mailboxes))}
	var err error
	if s.standing, err = r.Store.Standing(ctx); err != nil {
		return s, fmt.Errorf("judge the store: %w", err)
	}
	for i, m := range r.Mailboxes {
		v := View{Mailbox: m.Name}
		marker, found, err := m.Box.ReadMarker(ctx)
		switch {
		case found: // others beside it may be forged: they do not count
			s.markers[i] = marker
			seen := seenIn(marker)
			v.Seen = &seen
			if s.newest == nil || seenIn(*s.newest).before(seen) {
				s.newest = &s.markers[i]
			}
		default:
			v.Err = err
		}
		s.views = append(s.views, v)
	}
	s.Judgement = Judge(s.standing, s.views, r.Local)
	return s, ctx.Err()
}

// before orders what two markers saw.
func (s Seen) before(than Seen) bool {
	if s.Epoch != than.Epoch {
		return s.Epoch < than.Epoch
	}
	return s.Sequence < than.Sequence
}

// seenIn is what a marker saw.
func seenIn(m inbox.Marker) Seen {
	return Seen{
		Generation: m.Generation, Epoch: m.Epoch, Sequence: m.Sequence, Sequences: m.Sequences,
	}
}
