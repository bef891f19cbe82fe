package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/emersion/go-imap/v2"
)

// split cuts the mails into batches that fit one FETCH and the memory.
func (v *visit) split(uids []uint32, sizes map[uint32]int64) [][]uint32 {
	const unknown = 1 << 20 // no size was given: the FETCH itself is bounded
	var batches [][]uint32
	var batch []uint32
	var total int64
	for _, uid := range uids {
		size, known := sizes[uid]
		if !known || size < 0 {
			size = unknown
		}
		size = min(size, v.config.MaxBytes)
		if len(batch) == v.config.Batch || len(batch) > 0 && total+size > v.config.BatchBytes {
			batches, batch, total = append(batches, batch), nil, 0
		}
		batch, total = append(batch, uid), total+size
	}
	if len(batch) > 0 {
		batches = append(batches, batch)
	}
	return batches
}

// gather fetches a batch. The error means that the scan cannot go on; what was fetched before it
// is whole and may be handled.
func (v *visit) gather(
	ctx context.Context, uids []uint32, sizes map[uint32]int64,
) ([]Mail, error) {
	var small, big []uint32
	for _, uid := range uids {
		if sizes[uid] > v.config.MaxBytes {
			big = append(big, uid)
		} else {
			small = append(small, uid)
		}
	}
	// One byte more than allowed, because the size that the server gave may be wrong.
	bodies := newShelf(imap.PartSpecifierNone, v.config.MaxBytes+1, v.config.BatchBytes)
	err := v.collect(ctx, small, bodies)
	heads := newShelf(imap.PartSpecifierHeader, maxHeaderBytes, bodies.room)
	if err == nil {
		err = v.collect(ctx, big, heads)
	}
	got := bodies.got
	maps.Copy(got, heads.got)
	here := present(uids, got)
	var dates map[uint32]time.Time
	if err == nil {
		dates, err = v.arrivals(ctx, here)
	}
	for _, uid := range uids {
		if got[uid] == nil && (bodies.late[uid] || heads.late[uid]) {
			v.late = append(v.late, uid)
		}
	}
	v.memo.came += len(here)
	mails := make([]Mail, 0, len(here))
	for _, uid := range here {
		mails = append(mails, v.mail(uid, got[uid], sizes[uid], dates[uid]))
	}
	return mails, err
}

// collect fetches parts of mails all at once, and those that did not come one by one.
//
// When the connection breaks, the mail whose turn it was is suspected of it and put off, and the rest
// is asked for again: one that the server or go-imap cannot bear costs a single login.
func (v *visit) collect(ctx context.Context, uids []uint32, s *shelf) error {
	left := uids
	for len(left) > 1 {
		if err := v.here(ctx); err != nil {
			return err
		}
		before := len(s.got)
		err := v.line.bodies(ctx, left, s)
		if ctx.Err() != nil {
			return err
		}
		left = s.lacking(left)
		if !errors.Is(err, ErrLost) || len(left) == 0 {
			break // answered, or refused
		}
		if err := v.suspect(left[0], err, len(s.got) > before); err != nil {
			return err
		}
		left = left[1:]
	}
	for _, uid := range left {
		if err := v.single(ctx, uid, s); err != nil {
			return err
		}
	}
	return nil
}

// maxStrikes is how many mails in a row may break the connection before the server is to blame.
const maxStrikes = 3

// suspect puts a mail off to the end of the scan.
func (v *visit) suspect(uid uint32, err error, progress bool) error {
	v.memo.suspects[uid] = &suspicion{came: v.came, err: err}
	v.putOff = append(v.putOff, uid)
	if progress {
		v.strikes = 0
	}
	if v.strikes++; v.strikes >= maxStrikes {
		return err
	}
	return nil
}

// single fetches one mail alone, and reports it when that fails.
func (v *visit) single(ctx context.Context, uid uint32, s *shelf) error {
	if err := v.here(ctx); err != nil {
		return err
	}
	err := v.line.bodies(ctx, []uint32{uid}, s)
	var no *refused
	switch {
	case ctx.Err() != nil:
		return err
	case s.got[uid] != nil:
		delete(v.memo.suspects, uid)
		delete(v.memo.unread, uid)
		v.strikes = 0
		return nil
	case s.late[uid]:
		return nil
	case errors.As(err, &no):
		return v.miss(uid, err)
	case err != nil:
		return v.broke(uid, err)
	}
	there, err := v.line.exists(ctx, uid)
	switch {
	case errors.Is(err, ErrLost):
		return v.broke(uid, err)
	case there:
		return v.miss(uid, errNoBody)
	}
	return err // a mail that somebody removed in the meantime is nobody's failure
}

// broke reports a mail that broke the connection when it was fetched alone.
func (v *visit) broke(uid uint32, err error) error {
	if v.memo.suspects[uid] == nil {
		v.memo.suspects[uid] = &suspicion{came: v.came, tried: v.config.Now()}
	}
	v.memo.suspects[uid].err = err
	if v.strikes++; v.strikes >= maxStrikes {
		_ = v.miss(uid, err)
		return err
	}
	return v.miss(uid, err)
}

// mail puts together what was fetched.
func (v *visit) mail(uid uint32, raw []byte, size int64, arrived time.Time) Mail {
	m := Mail{
		Mailbox: v.config.Name, Folder: v.folder, UIDValidity: v.data.UIDValidity, UID: uid,
		Arrived: arrived, Size: size, Raw: raw, Junk: v.junk(),
	}
	if m.Size <= 0 {
		m.Size = int64(len(raw))
	}
	if size > v.config.MaxBytes || int64(len(raw)) > v.config.MaxBytes {
		m.Oversize, m.Raw = true, Head(raw)
	}
	return m
}

// Head is the head of a mail with its empty line (RFC 5322 2.1), 256 KiB at most: what is handed out
// of an oversize one.
func Head(raw []byte) []byte {
	raw = raw[:min(len(raw), maxHeaderBytes)]
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(raw, []byte(end)); i >= 0 {
			return bytes.Clone(raw[:i+len(end)])
		}
	}
	return bytes.Clone(raw)
}

// present lists the UIDs that are in the map, in their order.
func present(uids []uint32, got map[uint32][]byte) []uint32 {
	var here []uint32
	for _, uid := range uids {
		if got[uid] != nil {
			here = append(here, uid)
		}
	}
	return here
}

// fail reports one mail.
func (v *visit) fail(uid uint32, err error) {
	v.report.Failed++
	v.report.Failures = append(v.report.Failures,
		Failure{Folder: v.folder, UID: uid, Err: fmt.Errorf("mail %d: %w", uid, err)})
}
