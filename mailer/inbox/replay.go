package inbox

import (
	"context"
	"fmt"

	"github.com/emersion/go-imap/v2"
)

// Replay hands every mail of one of our folders to each, oldest UID first, and changes nothing: for
// a recovery, which reads what was processed and sent before it trusts anything.
//
// As in a scan, a mail that fails is reported and the others go on, unless each says ErrOurs; only a
// Complete report means that all were read.
func (b *Box) Replay(
	ctx context.Context, from Folder, each func(context.Context, Mail) error,
) (Report, error) {
	return b.replaying(ctx, string(from), func(report *Report) error {
		return b.replay(ctx, from, each, report)
	})
}

// replaying does something on the connection of scans, between two of them.
func (b *Box) replaying(
	ctx context.Context, what string, f func(*Report) error,
) (Report, error) {
	b.scanning.Lock()
	defer b.scanning.Unlock()
	report := Report{Started: b.config.Now()}
	err := f(&report)
	b.reader.pace.ended(ctx, err, b.reader.client != nil)
	if err != nil {
		return report, fmt.Errorf("replay %s: %w", what, err)
	}
	report.Complete = report.Failed == 0
	return report, nil
}

func (b *Box) replay(
	ctx context.Context, from Folder, each func(context.Context, Mail) error, report *Report,
) error {
	if err := b.ready(ctx, b.reader); err != nil {
		return err
	}
	v := b.visit(b.reader.path(from), report)
	if err := v.enterAnew(ctx); err != nil {
		return err
	}
	uids, err := v.line.search(ctx, "search for all mail",
		&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}})
	if err != nil {
		return err
	}
	return v.replayed(ctx, uids, each)
}

// enterAnew opens the folder as if no scan had been there: what scans remember is none of a
// replay's business.
func (v *visit) enterAnew(ctx context.Context) error {
	if err := v.enter(ctx); err != nil {
		return err
	}
	v.memo = newMemo(v.data.UIDValidity)
	return nil
}

// replayed hands mails out and counts what became of them.
func (v *visit) replayed(
	ctx context.Context, uids []uint32, each func(context.Context, Mail) error,
) error {
	v.report.Seen += len(uids)
	sizes, err := v.sizes(ctx, uids)
	if err != nil {
		return err
	}
	err = v.through(ctx, uids, sizes, func(m Mail) (more bool) {
		switch err := each(ctx, m); {
		case v.halt.heed(err):
			return false
		case err != nil:
			v.fail(m.UID, err)
		default:
			v.report.Handled++
		}
		return true
	})
	if why := v.halt.why(); why != nil {
		return why
	}
	return err
}

// through fetches mails and shows them one after another, for as long as more are wanted; those that
// break the connection come last, and those that cannot be had are reported.
func (v *visit) through(
	ctx context.Context, uids []uint32, sizes map[uint32]int64, show func(Mail) (more bool),
) error {
	queue := v.split(uids, sizes)
	for len(queue) > 0 {
		mails, err := v.gather(ctx, queue[0], sizes)
		for _, m := range mails {
			if !show(m) {
				return nil
			}
		}
		if err != nil {
			return err
		}
		queue = append(v.bigger(sizes), queue[1:]...)
		if len(queue) == 0 && len(v.putOff) > 0 {
			for _, uid := range v.putOff {
				queue = append(queue, []uint32{uid})
			}
			v.putOff = nil
		}
	}
	return nil
}
