package inbox

import (
	"context"
	"errors"
	"slices"
)

// maxCopies is how often a mail is to be copied to Quarantine. After that the keyword must do: the
// mail itself lies where it was.
const maxCopies = 3

// isolate copies mails to Quarantine and marks the originals; where no keyword is to be had it
// moves them. The copy comes first: a crash in between costs a second copy, not the mail.
func (v *visit) isolate(ctx context.Context, uids []uint32) error {
	if len(uids) == 0 {
		return nil
	}
	var open, marks []uint32
	for _, uid := range uids {
		v.memo.settled[uid] = Quarantine
		if v.memo.uncopied[uid] < maxCopies {
			v.memo.uncopied[uid]++
			open = append(open, uid)
		} else {
			marks = append(marks, uid)
		}
	}
	if !v.keywords && v.line.canMove() {
		moved, err := v.sparing(ctx, open, func(some []uint32) error {
			return v.line.safeMove(ctx, some, Quarantined)
		})
		v.forget(moved)
		return err
	}
	copied, err := v.sparing(ctx, open, func(some []uint32) error {
		return v.line.copyTo(ctx, some, Quarantined)
	})
	for _, uid := range copied {
		v.memo.uncopied[uid] = maxCopies // enough
	}
	if !v.keywords {
		return err
	}
	marked, mark := v.sparing(ctx, append(marks, copied...), func(some []uint32) error {
		return v.line.flag(ctx, some, v.config.quarantine())
	})
	v.forget(marked)
	return errors.Join(err, mark)
}

// isolateAgain goes on with mails that could not be copied or marked: one by one, and the least
// tried first, because a copy may break the connection.
func (v *visit) isolateAgain(ctx context.Context, uids []uint32) error {
	slices.SortStableFunc(uids, func(a, b uint32) int { return v.memo.uncopied[a] - v.memo.uncopied[b] })
	var copied []uint32
	for i, uid := range uids {
		if v.memo.uncopied[uid] == maxCopies {
			copied = uids[i:]
			break
		}
		if err := v.isolate(ctx, []uint32{uid}); err != nil {
			return err // the next ones have their turn in the next scan
		}
	}
	if !v.keywords {
		return nil
	}
	return v.isolate(ctx, copied)
}
