package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
)

// begin finds out where this folder's mails begin to be ours.
func (v *visit) begin(ctx context.Context) error {
	v.memo = newMemo(v.data.UIDValidity) // until it is clear what the folder's numbers mean
	c, err := v.box.memory.Cursor(ctx, v.key())
	if err != nil {
		return fmt.Errorf("load the cursor: %w", err)
	}
	changed := false
	if !c.Known {
		if c, err = v.firstStart(ctx); err != nil {
			return err
		}
		changed = true
	}
	if v.next, err = v.credible(ctx, c); err != nil {
		return err
	}
	if v.renumbered(c) {
		if err := v.box.unrest(v.folder); err != nil {
			return err
		}
		// Nothing is skipped for its number: all is handed out again, except what arrived
		// before the first start, and the handler knows what it took.
		c.UIDValidity, c.Renumbered, changed = v.data.UIDValidity, true, true
		v.report.Renumbered = true
		if c.Baseline, err = v.nextUID(ctx, c.Since); err != nil {
			return err
		}
	}
	if changed {
		if err := v.box.memory.SaveCursor(ctx, v.key(), c); err != nil {
			return fmt.Errorf("save the cursor: %w", err)
		}
		delete(v.box.memos, v.folder)
	}
	v.cursor, v.memo = c, v.box.memos[v.folder]
	if v.memo == nil || v.memo.validity != c.UIDValidity || v.fell() {
		v.report.Renumbered = v.report.Renumbered || v.memo != nil
		v.memo = newMemo(c.UIDValidity)
		v.box.memos[v.folder] = v.memo
	}
	v.memo.next = max(v.memo.next, v.next)
	v.came = v.memo.came
	return nil
}

// firstStart makes a cursor where none is: from the marker when the store was lost, else from the
// present state of the folder, which stays untouched unless ProcessExisting.
func (v *visit) firstStart(ctx context.Context) (Cursor, error) {
	// INTERNALDATE has whole seconds (RFC 9051 2.3.3): what came in this one is ours.
	since := v.config.Now().Truncate(time.Second)
	fresh := Cursor{Known: true, UIDValidity: v.data.UIDValidity, Since: since}
	if v.config.ProcessExisting {
		fresh.Baseline, fresh.Since = 1, time.Time{}
		return fresh, nil
	}
	if len(v.config.MarkerKey) > 0 {
		marker, found, err := v.box.ReadMarker(ctx)
		switch {
		case found:
			if c, known := marker.Cursors[v.key()]; known && c.Known {
				return c, nil
			}
		case err != nil:
			// With a marker that we cannot read, a first start and a lost store look alike, and
			// taking the one for the other leaves requests unread for ever.
			return Cursor{}, fmt.Errorf("tell a first start from a lost store: %w", err)
		}
	}
	next, err := v.nextUID(ctx, since)
	fresh.Baseline = next
	return fresh, err
}

// candidates lists the mails that are ours and not done, oldest first, and last those
// that could not be fetched before: they shall stop nobody.
func (v *visit) candidates(ctx context.Context) ([]uint32, error) {
	query := v.open()
	if !v.cursor.Renumbered {
		query.UID = []imap.UIDSet{{{Start: imap.UID(v.cursor.Baseline), Stop: 0}}}
	}
	found, err := v.line.search(ctx, "search for mail", query)
	if err != nil {
		return nil, err
	}
	v.memo.prune(found)
	var ours, older []uint32
	for _, uid := range found {
		if uid >= v.cursor.Baseline { // "n:*" names the last mail even when it is below n
			ours = append(ours, uid)
		} else if v.cursor.Renumbered && !v.memo.old[uid] {
			older = append(older, uid)
		}
	}
	if len(older) > 0 {
		younger, err := v.arrivedSince(ctx, older)
		if err != nil {
			return nil, err
		}
		ours = append(younger, ours...)
	}
	if err := v.countOld(ctx); err != nil {
		return nil, err
	}
	return v.unreadLast(ours), nil
}

// open is the search for mails that nobody has taken: never UNSEEN, for people read this mailbox
// too, and never SINCE, which compares days of the server's zone.
func (v *visit) open() *imap.SearchCriteria {
	query := &imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}
	if v.keywords {
		query.NotFlag = append(query.NotFlag, v.config.done(), v.config.quarantine())
	}
	return query
}

// arrivedSince picks from a renumbered folder what arrived after the first start. What has no
// arrival is handed out: better twice than never.
func (v *visit) arrivedSince(ctx context.Context, uids []uint32) ([]uint32, error) {
	dates, err := v.arrivals(ctx, uids)
	if err != nil {
		return nil, err
	}
	var ours []uint32
	for _, uid := range uids {
		if at := dates[uid]; !at.IsZero() && at.Before(v.cursor.Since) {
			v.memo.old[uid] = true
			continue
		}
		ours = append(ours, uid)
	}
	return ours, nil
}

// countOld counts, once in a process, what lies untouched from before the first start.
func (v *visit) countOld(ctx context.Context) error {
	switch {
	case v.cursor.Renumbered:
		v.memo.pending = len(v.memo.old)
	case !v.memo.counted && v.cursor.Baseline > 1:
		query := v.open()
		query.UID = []imap.UIDSet{{{Start: 1, Stop: imap.UID(v.cursor.Baseline - 1)}}}
		found, err := v.line.search(ctx, "count old mail", query)
		var no *refused
		if err != nil && !errors.As(err, &no) {
			return err
		}
		v.memo.pending, v.memo.counted = len(found), true
	}
	v.report.PendingOld += v.memo.pending
	return nil
}

func (v *visit) unreadLast(uids []uint32) []uint32 {
	return append(without(uids, v.memo.unread), within(uids, v.memo.unread)...)
}
