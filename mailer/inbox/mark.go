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
	if v.keywords {
		mark = v.twice(ctx, func() error { return v.line.flag(ctx, uids, v.config.done()) })
	}
	if v.config.After == Move {
		move = v.twice(ctx, func() error { return v.line.safeMove(ctx, uids, Processed) })
	}
	marked := v.keywords && mark == nil
	moved := v.config.After == Move && move == nil
	if marked || moved {
		v.forget(uids)
	}
	if marked && errors.Is(move, errNoSafeMove) {
		move = nil // the keyword is what this server allows
	}
	if move != nil {
		v.memo.swept = false
	}
	if errors.Is(move, errNoSafeMove) {
		move = nil // no keyword either: remembered above, and nothing an operator could mend
	}
	return errors.Join(mark, move)
}

// isolate copies mails to Quarantine and marks the originals; where no keyword is to be had it
// moves them. The copy comes first: a crash in between costs a second copy, not the mail.
func (v *visit) isolate(ctx context.Context, uids []uint32) error {
	if len(uids) == 0 {
		return nil
	}
	if !v.keywords && v.line.canMove() {
		return v.twice(ctx, func() error { return v.line.safeMove(ctx, uids, Quarantined) })
	}
	err := v.twice(ctx, func() error { return v.line.copyTo(ctx, uids, Quarantined) })
	if err != nil {
		return err
	}
	for _, uid := range uids {
		v.memo.settled[uid] = Quarantine
	}
	if !v.keywords {
		return nil
	}
	err = v.twice(ctx, func() error { return v.line.flag(ctx, uids, v.config.quarantine()) })
	if err == nil {
		v.forget(uids)
	}
	return err
}

// twice runs a command that may be repeated, once more on a new connection when the first was lost.
func (v *visit) twice(ctx context.Context, command func() error) error {
	err := command()
	if !errors.Is(err, ErrLost) {
		return err
	}
	if err := v.reenter(ctx); err != nil {
		return err
	}
	return command()
}

func (v *visit) forget(uids []uint32) {
	for _, uid := range uids {
		delete(v.memo.settled, uid)
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
	if v.keywords && len(quarantined) > 0 {
		err = errors.Join(err, v.twice(ctx, func() error {
			return v.line.flag(ctx, quarantined, v.config.quarantine())
		}))
	}
	return err
}

// sweep moves what was marked and not moved: by a process that died in between, or by a server
// that refused the move.
func (v *visit) sweep(ctx context.Context) error {
	if v.memo.swept || v.config.After != Move || !v.keywords {
		return nil
	}
	if v.line.client == nil || !v.line.canMove() {
		return nil
	}
	left, err := v.line.search(ctx, "search for marked mail", &imap.SearchCriteria{
		Flag: []imap.Flag{v.config.done()}, NotFlag: []imap.Flag{imap.FlagDeleted},
	})
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(left, uidsAtOnce) {
		if err := v.line.safeMove(ctx, chunk, Processed); err != nil {
			return err
		}
	}
	v.memo.swept = true
	return nil
}
