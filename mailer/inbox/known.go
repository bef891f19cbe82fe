package inbox

import (
	"context"
	"errors"
	"time"
)

// sizes asks how big the mails are; those of which nothing is known are not in the map.
func (v *visit) sizes(ctx context.Context, uids []uint32) (map[uint32]int64, error) {
	sizes := make(map[uint32]int64, len(uids))
	return sizes, known(ctx, v, uids, sizes, v.line.sizes)
}

// arrivals asks for INTERNALDATE.
func (v *visit) arrivals(ctx context.Context, uids []uint32) (map[uint32]time.Time, error) {
	dates := make(map[uint32]time.Time, len(uids))
	return dates, known(ctx, v, uids, dates, v.line.dates)
}

// known asks for something about mails. What go-imap cannot parse kills the connection: then the
// mail whose turn it was is never asked about again, and the others are asked about once more.
func known[V any](
	ctx context.Context, v *visit, uids []uint32, got map[uint32]V,
	ask func(context.Context, []uint32, map[uint32]V) error,
) error {
	for range maxStrikes {
		uids = without(without(uids, got), v.memo.mute)
		if len(uids) == 0 {
			return nil
		}
		if err := v.here(ctx); err != nil {
			return err
		}
		err := ask(ctx, uids, got)
		var no *refused
		switch {
		case err == nil || errors.As(err, &no):
			return nil // answered, or refused: then there is none
		case !errors.Is(err, ErrLost):
			return err
		}
		if left := without(uids, got); len(left) > 0 {
			v.memo.mute[left[0]] = true
		}
	}
	return nil
}
