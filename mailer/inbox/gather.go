package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
)

// split cuts the mails into batches that fit one FETCH and the memory; suspects are alone.
func (v *visit) split(uids []uint32, sizes map[uint32]int64) [][]uint32 {
	const unknown = 1 << 20 // no size was given: the FETCH itself is bounded
	var batches [][]uint32
	var batch []uint32
	var total int64
	flush := func() {
		if len(batch) > 0 {
			batches = append(batches, batch)
		}
		batch, total = nil, 0
	}
	for _, uid := range uids {
		size, known := sizes[uid]
		if !known || size < 0 {
			size = unknown
		}
		size = min(size, v.config.MaxBytes)
		alone := v.memo.suspects[uid]
		if alone || len(batch) == v.config.Batch || total+size > v.config.BatchBytes {
			flush()
		}
		batch, total = append(batch, uid), total+size
		if alone {
			flush()
		}
	}
	flush()
	return batches
}

// sizes asks how big the mails are. A size that breaks the connection costs the sizes of those
// after it, not their mails.
func (v *visit) sizes(ctx context.Context, uids []uint32) (map[uint32]int64, error) {
	sizes, err := v.line.sizes(ctx, uids)
	var no *refused
	if errors.As(err, &no) {
		return sizes, nil
	}
	return sizes, v.alive(ctx, err)
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
	got := make(map[uint32][]byte, len(uids))
	// One byte more than allowed, because the size that the server gave may be wrong.
	err := v.collect(ctx, small, imap.PartSpecifierNone, v.config.MaxBytes+1, got)
	if err == nil {
		err = v.collect(ctx, big, imap.PartSpecifierHeader, maxHeaderBytes, got)
	}
	var dates map[uint32]time.Time
	if err == nil {
		dates, err = v.arrivals(ctx, present(uids, got))
	}
	v.fetched += len(got)
	mails := make([]Mail, 0, len(got))
	for _, uid := range present(uids, got) {
		mails = append(mails, v.mail(uid, got[uid], sizes[uid], dates[uid]))
	}
	return mails, err
}

// collect fetches parts of mails all at once, and after a failure one by one, so that one mail that
// the server or go-imap cannot bear does not stop the rest.
func (v *visit) collect(
	ctx context.Context, uids []uint32, spec imap.PartSpecifier, n int64, got map[uint32][]byte,
) error {
	if len(uids) == 0 {
		return nil
	}
	if len(uids) > 1 {
		err := v.line.bodies(ctx, uids, spec, n, got)
		var no *refused
		if !errors.As(err, &no) {
			if err := v.alive(ctx, err); err != nil {
				return err
			}
		}
	}
	for _, uid := range without(uids, got) {
		if err := v.single(ctx, uid, spec, n, got); err != nil {
			return err
		}
	}
	return nil
}

// maxStrikes is how many mails in a row may break the connection before the server is to blame.
const maxStrikes = 3

// single fetches one mail alone, and reports it when that fails.
func (v *visit) single(
	ctx context.Context, uid uint32, spec imap.PartSpecifier, n int64, got map[uint32][]byte,
) error {
	err := v.line.bodies(ctx, []uint32{uid}, spec, n, got)
	var no *refused
	switch {
	case ctx.Err() != nil:
		return err
	case err == nil && got[uid] != nil:
		delete(v.memo.suspects, uid)
		v.strikes = 0
		return nil
	case errors.As(err, &no):
		v.miss(uid, err)
		return nil
	case err != nil:
		v.memo.suspects[uid] = true
		v.miss(uid, err)
		if v.strikes++; v.strikes == maxStrikes {
			return err
		}
		return v.alive(ctx, err)
	}
	there, err := v.line.exists(ctx, uid)
	if there {
		v.miss(uid, errNoBody)
	}
	return v.alive(ctx, err) // a mail that somebody removed in the meantime is nobody's failure
}

// arrivals asks for INTERNALDATE. One that go-imap cannot parse kills the connection: then the mail
// that it belongs to has none, and the others are asked for once more.
func (v *visit) arrivals(ctx context.Context, uids []uint32) (map[uint32]time.Time, error) {
	dates := make(map[uint32]time.Time, len(uids))
	for range 2 {
		if len(uids) == 0 {
			break
		}
		err := v.line.dates(ctx, uids, dates)
		if !errors.Is(err, ErrLost) {
			break // answered, or refused: then there are none
		}
		if err := v.reenter(ctx); err != nil {
			return dates, err
		}
		uids = without(uids, dates)
		uids = uids[min(1, len(uids)):]
	}
	return dates, ctx.Err()
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
