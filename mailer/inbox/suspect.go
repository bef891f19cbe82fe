package inbox

import (
	"context"
	"errors"
	"slices"
	"time"
)

// suspicion is what is known of a mail that broke a connection.
type suspicion struct {
	came  int       // bodies that had come before the scan in which it did
	tried time.Time // when it was last fetched alone; zero: not yet
	err   error     // what came of it
}

// last deals with the mails that are in nobody's way any more, now that all folders were read: it
// fetches those that broke a connection, and sets aside what could not be fetched again and again.
func (v *visit) last(ctx context.Context) error {
	if len(v.doubtful) == 0 && len(v.missed) == 0 || v.halted() {
		return nil
	}
	var marks error
	due := v.due()
	if len(due) > 0 || v.line.client != nil {
		// Another folder may be open by now, where the same numbers are other mails.
		err := v.reenter(ctx)
		if err == nil && v.read {
			marks = v.trySuspects(ctx, due)
		} else {
			v.untried(due, err)
		}
		if err != nil && !passing(err) {
			marks = err
		}
	}
	return v.says(errors.Join(marks, v.setAside(ctx)))
}

// passing says whether an error is no more than that the connection could not be made for now.
func passing(err error) bool {
	var early TooEarly
	return errors.As(err, &early) || errors.Is(err, ErrLost)
}

// due lists the suspects that may be tried again, the longest waiting first, and reports the others.
// Each costs a login, and before that time a try counts for nothing.
func (v *visit) due() []uint32 {
	var due []uint32
	for _, uid := range v.doubtful {
		s := v.memo.suspects[uid]
		if s.tried.IsZero() || v.config.Now().Sub(s.tried) >= unreadPauses {
			due = append(due, uid)
		} else {
			v.fail(uid, s.err)
		}
	}
	slices.SortStableFunc(due, func(a, b uint32) int {
		return v.memo.suspects[a].tried.Compare(v.memo.suspects[b].tried)
	})
	return due
}

// trySuspects fetches mails one by one. Others have been read by now, so it ends without an error
// when the server has had enough for this scan: what was not tried is reported and comes again.
func (v *visit) trySuspects(ctx context.Context, uids []uint32) error {
	v.strikes = 0
	var marks []error
	for i, uid := range uids {
		err := v.here(ctx)
		if err == nil {
			s := v.memo.suspects[uid]
			s.tried = v.config.Now()
			i++
			var mails []Mail
			mails, err = v.gather(ctx, []uint32{uid}, map[uint32]int64{})
			marks = append(marks, v.settle(ctx, <-v.hand(ctx, mails)))
		}
		if v.halted() {
			break // the server is not to blame
		}
		if err == nil {
			continue
		}
		v.untried(uids[i:], err)
		if !passing(err) {
			marks = append(marks, err)
		}
		break
	}
	return errors.Join(marks...)
}

// untried reports mails that were not asked for in this scan after something broke.
func (v *visit) untried(uids []uint32, err error) {
	for _, uid := range uids {
		if s := v.memo.suspects[uid]; s != nil && s.err != nil {
			err = s.err
		}
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
