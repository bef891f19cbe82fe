package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// markersRead is how many mails of State are looked at, the newest: more than a few lie there only
// when the server cannot expunge by UID.
const markersRead = 20

// found is a marker and where it lies; bad ones have an error.
type found struct {
	uid    uint32
	marker Marker
	err    error
}

// ReadMarker returns the highest marker that our key has signed, and whether there is one.
//
// Others are ignored, and reported: the error is ErrForged when at least one was, also beside a
// marker that was found. Any other error means that the folder could not be read.
func (b *Box) ReadMarker(ctx context.Context) (Marker, bool, error) {
	var best Marker
	var is bool
	var forged error
	err := b.write(ctx, "read the marker", func(l *line) error {
		best, is, forged = Marker{}, false, nil
		all, err := b.markers(ctx, l, true)
		for _, f := range all {
			switch {
			case f.err != nil:
				forged = f.err
			case !is || f.marker.newer(best):
				best, is = f.marker, true
			}
		}
		return err
	})
	if err != nil {
		return Marker{}, false, err
	}
	return best, is, forged
}

// WriteMarker puts a marker into State and then removes those that are older. One in the mailbox
// that is newer, or of the same epoch and ahead in any partition, is ErrStale: another process, or
// an earlier life of the store, knows more than we do.
//
// A crash in between leaves both; the higher one counts.
func (b *Box) WriteMarker(ctx context.Context, m Marker) error {
	if len(b.config.MarkerKey) == 0 {
		return errors.New("write the marker: no marker key is configured")
	}
	raw, err := m.encode(b.config.MarkerKey, b.config.Host, b.config.Now())
	if err != nil {
		return err
	}
	return b.write(ctx, "write the marker", func(l *line) error {
		before, err := b.markers(ctx, l, false)
		if err != nil {
			return err
		}
		var outdated []uint32
		for _, f := range before {
			if f.err == nil && f.marker.knowsMore(m) {
				return ErrStale
			}
			outdated = append(outdated, f.uid) // forged ones too: they were reported when read
		}
		if err := l.append(ctx, State, raw, b.config.Now()); err != nil {
			return err
		}
		return l.discard(ctx, outdated)
	})
}

// markers reads the markers in State, and leaves that folder selected.
func (b *Box) markers(ctx context.Context, l *line, readOnly bool) ([]found, error) {
	if len(b.config.MarkerKey) == 0 {
		return nil, errors.New("no marker key is configured")
	}
	if _, err := l.selected(ctx, l.path(State), readOnly); err != nil {
		return nil, err
	}
	uids, err := l.search(ctx, "search for markers",
		&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}})
	if err != nil || len(uids) == 0 {
		return nil, err
	}
	uids = uids[max(0, len(uids)-markersRead):]
	shelf := newShelf(imap.PartSpecifierNone, maxMarker, markersRead*maxMarker)
	if err := l.bodies(ctx, uids, shelf); err != nil {
		return nil, err
	}
	raw := shelf.got
	if lacking := without(uids, raw); len(lacking) > 0 {
		// Without this mail a lost store could look like a first start.
		return nil, fmt.Errorf("fetch mail %d of %s: %w", lacking[0], State, errNoBody)
	}
	var all []found
	for _, uid := range uids {
		m, err := decodeMarker(raw[uid], b.config.MarkerKey)
		if errors.Is(err, errNotAMarker) {
			continue
		}
		all = append(all, found{uid: uid, marker: m, err: err})
	}
	return all, nil
}

// discard removes mails of our own folder State by their UIDs; where the server cannot expunge by
// UID they stay, flagged.
func (l *line) discard(ctx context.Context, uids []uint32) error {
	if len(uids) == 0 {
		return nil
	}
	if err := l.flag(ctx, uids, imap.FlagDeleted); err != nil || !l.caps.Has(imap.CapUIDPlus) {
		return err
	}
	return l.do(ctx, l.config.Timeouts.Store, "expunge old markers",
		func(c *imapclient.Client) error { return c.UIDExpunge(uidSet(uids)).Close() })
}
