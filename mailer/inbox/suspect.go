package inbox

import (
	"context"
	"errors"
	"slices"
)

// trySuspects fetches, one by one and the least tried first, the mails that broke a connection.
// Others have been read by now, so it ends without an error when the server has had enough for this
// scan: what was not tried is reported and comes again.
func (v *visit) trySuspects(
	ctx context.Context, uids []uint32, sizes map[uint32]int64,
) error {
	slices.SortStableFunc(uids, func(a, b uint32) int { return v.memo.asked[a] - v.memo.asked[b] })
	v.strikes = 0
	var marks []error
	for i, uid := range uids {
		err := v.here(ctx)
		if err == nil {
			v.memo.asked[uid]++
			var mails []Mail
			mails, err = v.gather(ctx, []uint32{uid}, sizes)
			marks = append(marks, v.settle(ctx, <-v.hand(ctx, mails)))
			v.late = nil
			i++
		}
		if err == nil {
			continue
		}
		v.untried(uids[i:], err)
		var early TooEarly
		if !errors.As(err, &early) && !errors.Is(err, ErrLost) {
			marks = append(marks, err)
		}
		break
	}
	return errors.Join(marks...)
}

// untried reports mails that were not asked for in this scan after something broke.
func (v *visit) untried(uids []uint32, err error) {
	for _, uid := range uids {
		v.fail(uid, err)
	}
}

// within lists the UIDs that are in the map.
func within[V any](uids []uint32, set map[uint32]V) []uint32 {
	var some []uint32
	for _, uid := range uids {
		if _, ok := set[uid]; ok {
			some = append(some, uid)
		}
	}
	return some
}
