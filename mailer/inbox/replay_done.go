package inbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/emersion/go-imap/v2"
)

// ReplayDone hands out, as Replay does, the mails that were taken and still lie where scans look,
// in Folder and in Junk: with After Keep all of them, else those whose move failed or is yet to
// come. On a server that can neither mark nor move a mail nobody can tell which those are: there
// every mail is handed out that is ours by the cursor.
func (b *Box) ReplayDone(
	ctx context.Context, each func(context.Context, Mail) error,
) (Report, error) {
	folders := []string{b.config.Folder}
	if b.config.Junk != "" {
		folders = append(folders, b.config.Junk)
	}
	return b.replaying(ctx, "what is done", func(report *Report) error {
		for _, folder := range folders {
			if err := b.replayDone(ctx, folder, each, report); err != nil {
				return fmt.Errorf("%s: %w", folder, err)
			}
		}
		return nil
	})
}

func (b *Box) replayDone(
	ctx context.Context, folder string, each func(context.Context, Mail) error, report *Report,
) error {
	v := b.visit(folder, report)
	if err := v.enterAnew(ctx); err != nil {
		return err
	}
	uids, err := v.done(ctx)
	if err != nil {
		return err
	}
	return v.replayed(ctx, uids, each)
}

// done lists what was taken, as far as this server can tell.
func (v *visit) done(ctx context.Context) ([]uint32, error) {
	if !v.keywords {
		if v.config.After == Move && v.line.canMove() {
			return nil, nil // what was taken lies elsewhere
		}
		return v.sinceFirst(ctx)
	}
	var all []uint32
	for _, keyword := range []imap.Flag{v.config.done(), v.config.quarantine()} {
		some, err := v.line.search(ctx, "search for marked mail", &imap.SearchCriteria{
			Flag: []imap.Flag{keyword}, NotFlag: []imap.Flag{imap.FlagDeleted},
		})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return ascending(all), nil
}

// sinceFirst lists the mails that came since the first start, by the cursor of the store or, where
// that is lost, of the marker. It changes neither.
func (v *visit) sinceFirst(ctx context.Context) ([]uint32, error) {
	c, err := v.box.memory.Cursor(ctx, v.key())
	if err != nil {
		return nil, fmt.Errorf("load the cursor: %w", err)
	}
	if !c.Known && len(v.config.MarkerKey) > 0 {
		marker, found, err := v.box.ReadMarker(ctx)
		if err != nil && !errors.Is(err, ErrForged) {
			return nil, err
		}
		if found {
			c = marker.Cursors[v.key()]
		}
	}
	if !c.Known {
		return nil, nil // nobody ever read here
	}
	if c.UIDValidity != v.data.UIDValidity {
		c.Renumbered, c.Baseline = true, math.MaxUint32
	}
	v.cursor = c
	return v.candidates(ctx)
}

// Above hands out the mails of one of our folders from a UID on, oldest first, and gives the UID
// that the next mail will have at least; of Processed, those that we put there. The first error of
// each ends it and comes back; so does a mail that cannot be read. Where the numbers have begun
// anew since, all of the folder is handed out.
//
// With a nil each nothing is handed out: it tells UIDNEXT, and does not wait for a scan.
func (b *Box) Above(
	ctx context.Context, in Folder, uid uint32, each func(context.Context, Mail) error,
) (next uint32, err error) {
	if each == nil {
		err = b.write(ctx, "ask what comes next in "+string(in), func(l *line) (err error) {
			v := b.visit(l.path(in), &Report{})
			v.line = l
			next, err = v.following(ctx)
			return err
		})
		return next, err
	}
	report, err := b.replaying(ctx, "the latest of "+string(in), func(report *Report) (err error) {
		next, err = b.above(ctx, in, uid, each, report)
		return err
	})
	if err == nil && report.Failed > 0 {
		err = fmt.Errorf("replay the latest of %s: %w", in, report.Failures[0].Err)
	}
	return next, err
}

// movedHere leaves out what people put into the folder by hand: what we moved carries our mark.
// Where no mail there does, the server keeps no marks, and all count.
func (v *visit) movedHere(ctx context.Context, uids []uint32) ([]uint32, error) {
	if len(uids) == 0 {
		return nil, nil
	}
	marked, err := v.line.search(ctx, "search for what we moved",
		&imap.SearchCriteria{Flag: []imap.Flag{v.config.done()}})
	if err != nil || len(marked) == 0 {
		return uids, err
	}
	return slices.DeleteFunc(uids, func(uid uint32) bool { return !slices.Contains(marked, uid) }), nil
}

// following is the UID that the next mail of the folder will have at least.
func (v *visit) following(ctx context.Context) (uint32, error) {
	data, err := v.line.selected(ctx, v.folder, true)
	if err != nil {
		return 0, err
	}
	v.data, v.memo = data, newMemo(data.UIDValidity)
	return v.nextUID(ctx, v.config.Now())
}

func (b *Box) above(
	ctx context.Context, in Folder, uid uint32, each func(context.Context, Mail) error, report *Report,
) (uint32, error) {
	if err := b.ready(ctx, b.reader); err != nil {
		return 0, err
	}
	v := b.visit(b.reader.path(in), report)
	if err := v.enterAnew(ctx); err != nil {
		return 0, err
	}
	// Before the search: what arrives in between comes twice rather than never.
	next, err := v.nextUID(ctx, b.config.Now())
	if err != nil {
		return 0, err
	}
	if next < uid {
		uid = 0 // numbered anew
	}
	uids, err := v.above(ctx, uid)
	if err == nil && in == Processed {
		uids, err = v.movedHere(ctx, uids)
	}
	if err != nil {
		return 0, err
	}
	var failed error
	err = v.replayed(ctx, uids, func(ctx context.Context, m Mail) error {
		if failed = each(ctx, m); failed != nil {
			return ErrOurs // no other mail is wanted
		}
		return nil
	})
	if failed != nil {
		err = failed
	}
	return next, err
}
