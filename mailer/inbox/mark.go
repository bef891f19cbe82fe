package inbox

import (
	"context"
	"errors"
	"slices"

	"github.com/emersion/go-imap/v2"
)

// finish marks mails as done and moves them as configured. A mail that can be neither marked nor
// moved is remembered by this process; after a restart the handler must recognise it.
func (v *visit) finish(ctx context.Context, uids []uint32) error {
	if len(uids) == 0 {
		return nil
	}
	for _, uid := range uids {
		v.memo.settled[uid] = Done
	}
	var mark, move error
	var marked []uint32
	if v.keywords {
		marked, mark = v.sparing(ctx, uids, func(some []uint32) error {
			return v.line.flag(ctx, some, v.config.done())
		})
		v.forget(marked)
	}
	if v.config.After == Move {
		var moved []uint32
		moved, move = v.sparing(ctx, without(uids, v.memo.fixed), func(some []uint32) error {
			return v.line.safeMove(ctx, some, Processed)
		})
		v.forget(moved)
	}
	if errors.Is(move, errNoSafeMove) && v.line.client != nil {
		move = nil // the keyword is what this server allows, or what is remembered above
	}
	if mark != nil || move != nil {
		v.memo.swept = false // a mark that nobody heard of may have been set
	}
	return errors.Join(mark, move)
}

// maxRefusals is how often in a visit the server may refuse to mark or move before mails are not
// tried in smaller numbers any more.
const maxRefusals = 32

// sparing runs a command on mails, all at once, and on halves of them when the server refuses that:
// what it refuses for one mail shall not stop the others. It lists those for which it was done.
func (v *visit) sparing(
	ctx context.Context, uids []uint32, command func([]uint32) error,
) (done []uint32, err error) {
	if len(uids) == 0 {
		return nil, nil
	}
	err = v.twice(ctx, func() error { return command(uids) })
	if err == nil {
		return uids, nil
	}
	var no *refused
	if !errors.As(err, &no) || !deniesSome(no.no) || len(uids) == 1 || v.refusals >= maxRefusals {
		return nil, err
	}
	v.refusals++
	half := len(uids) / 2
	first, err1 := v.sparing(ctx, uids[:half], command)
	second, err2 := v.sparing(ctx, uids[half:], command)
	return append(slices.Clone(first), second...), errors.Join(err1, err2)
}

// deniesSome tells what may be one mail's trouble from what is the folder's or the server's
// (RFC 5530 3).
func deniesSome(no *imap.Error) bool {
	switch no.Code {
	case imap.ResponseCodeOverQuota, imap.ResponseCodeTryCreate, imap.ResponseCodeNoPerm,
		imap.ResponseCodeNonExistent, imap.ResponseCodeLimit, imap.ResponseCodeUnavailable:
		return false
	}
	return true
}

// twice runs a command that may be repeated, once more on a new connection when the first was lost.
func (v *visit) twice(ctx context.Context, command func() error) error {
	err := command()
	if !errors.Is(err, ErrLost) {
		return err
	}
	if err := v.here(ctx); err != nil {
		return err
	}
	return command()
}

func (v *visit) forget(uids []uint32) {
	for _, uid := range uids {
		delete(v.memo.settled, uid)
		delete(v.memo.uncopied, uid)
	}
}

// catchUp marks what the handler took in an earlier scan and the server would not mark then.
func (v *visit) catchUp(ctx context.Context, uids []uint32) error {
	var done, quarantined []uint32
	for _, uid := range uids {
		switch v.memo.settled[uid] {
		case Done:
			done = append(done, uid)
		case Quarantine:
			quarantined = append(quarantined, uid)
		}
	}
	var err error
	if v.keywords || v.config.After == Move && v.line.canMove() {
		for chunk := range slices.Chunk(done, uidsAtOnce) {
			err = errors.Join(err, v.finish(ctx, chunk))
		}
	}
	return errors.Join(err, v.isolateAgain(ctx, quarantined))
}
