package inbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

// restless is how often in an hour a folder may be numbered anew. All of it is fetched each time.
const restless = 3

// unrest counts the renumberings of a folder, and refuses the one that is too much.
func (b *Box) unrest(folder string) error {
	now := b.config.Now()
	recent := slices.DeleteFunc(b.renumbered[folder], func(at time.Time) bool {
		return now.Sub(at) >= time.Hour
	})
	b.renumbered[folder] = recent
	if len(recent) >= restless {
		return fmt.Errorf("%w: %d times in an hour", ErrRestless, len(recent)+1)
	}
	b.renumbered[folder] = append(recent, now)
	return nil
}

// renumbered says whether the cursor's numbers mean nothing any more: another UIDVALIDITY, or a
// UIDNEXT that fell, which no numbering of RFC 9051 2.3.1.1 does but restored backups do.
func (v *visit) renumbered(c Cursor) bool {
	return c.UIDValidity != v.data.UIDValidity || v.next != 0 && v.next < c.Baseline
}

// fell says whether UIDNEXT fell since an earlier scan, above the baseline: what this process
// remembers about numbers is about other mails then.
func (v *visit) fell() bool { return v.next != 0 && v.next < v.memo.next }

// credible is UIDNEXT. One that seems to have fallen and lies below mails that are there is just
// wrong: it says nothing.
func (v *visit) credible(ctx context.Context, c Cursor) (uint32, error) {
	next := v.uidNext()
	before := c.Baseline
	if memo := v.box.memos[v.folder]; memo != nil {
		before = max(before, memo.next)
	}
	if next == 0 || next >= before {
		return next, nil
	}
	above, err := v.above(ctx, next)
	if err != nil || len(above) > 0 {
		return 0, err
	}
	return next, nil
}

// uidNext is UIDNEXT, 0 when the server does not say it (RFC 3501 6.3.1 lets it) or says what leaves
// no number for a mail.
func (v *visit) uidNext() uint32 {
	if v.data.UIDNext == math.MaxUint32 {
		return 0
	}
	return uint32(v.data.UIDNext)
}

// nextUID is the UID that the next mail will have at least. A UIDNEXT that lies below mails that are
// there is raised above those that arrived before the given time, and, where the server names none,
// above all.
func (v *visit) nextUID(ctx context.Context, since time.Time) (uint32, error) {
	next := v.uidNext()
	above, err := v.above(ctx, next)
	if err != nil {
		return 0, err
	}
	if next != 0 && len(above) > 0 {
		// They may have come since the folder was opened.
		if above, err = v.arrivedBefore(ctx, above, since); err != nil {
			return 0, err
		}
	}
	if len(above) == 0 {
		return max(next, 1), nil
	}
	highest := above[len(above)-1]
	if highest == math.MaxUint32 {
		return 0, errors.New("look for the highest UID: no number is left for another mail")
	}
	return max(next, highest+1), nil
}

// above lists the mails from a number on.
func (v *visit) above(ctx context.Context, first uint32) ([]uint32, error) {
	query := &imap.SearchCriteria{}
	if first != 0 {
		query.UID = []imap.UIDSet{{{Start: imap.UID(first), Stop: 0}}}
	}
	found, err := v.line.search(ctx, "look for the highest UID", query)
	return slices.DeleteFunc(found, func(uid uint32) bool { return uid < first }), err
}

// arrivedBefore picks the mails that have an arrival, and one before the given time.
func (v *visit) arrivedBefore(
	ctx context.Context, uids []uint32, at time.Time,
) ([]uint32, error) {
	if at.IsZero() {
		return nil, nil
	}
	dates, err := v.arrivals(ctx, uids)
	return slices.DeleteFunc(uids, func(uid uint32) bool {
		arrived := dates[uid]
		return arrived.IsZero() || !arrived.Before(at)
	}), err
}
