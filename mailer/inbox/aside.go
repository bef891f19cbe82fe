package inbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

// A mail that the server does not hand over is tried in three scans, ten minutes apart, and then
// given to the handler without its body: while it fails no scan is complete, and nobody would be
// reminded of anything any more.
const (
	maxUnread    = 3
	unreadPauses = 10 * time.Minute
)

// missing is a mail whose body did not come in this scan.
type missing struct {
	uid uint32
	err error
}

// tries are the scans in which it did not come.
type tries struct {
	count int
	last  time.Time
}

// miss reports a mail whose body did not come.
func (v *visit) miss(uid uint32, err error) {
	v.missed = append(v.missed, missing{uid, err})
	v.fail(uid, err)
}

// setAside hands out, by what is known of them, mails that could not be fetched again and again.
// When several fail and none comes it is the server that has trouble, not the mails.
func (v *visit) setAside(ctx context.Context) error {
	if len(v.missed) > 1 && v.fetched == 0 {
		return nil
	}
	var aside []uint32
	for _, m := range v.missed {
		if !v.given(m) {
			continue
		}
		d, err := v.box.handle(ctx, v.absent(m))
		if err != nil || d != Quarantine {
			continue // it stays a failure of this scan
		}
		v.pardon(m.uid)
		v.report.Quarantined++
		v.memo.settled[m.uid] = Quarantine
		aside = append(aside, m.uid)
	}
	if len(aside) == 0 || !v.keywords {
		return nil
	}
	// No copy goes to Quarantine: the server would have to read the mail for it.
	err := v.twice(ctx, func() error { return v.line.flag(ctx, aside, v.config.quarantine()) })
	if err == nil {
		v.forget(aside)
	}
	return err
}

// given counts a try, and says whether it was the last.
func (v *visit) given(m missing) bool {
	var no *refused
	if errors.As(m.err, &no) && !deniesMail(no.no) {
		return false
	}
	t := v.memo.unread[m.uid]
	if t == nil {
		t = &tries{}
		v.memo.unread[m.uid] = t
	}
	now := v.config.Now()
	if t.count == 0 || now.Sub(t.last) >= unreadPauses {
		t.count, t.last = t.count+1, now
	}
	return t.count >= maxUnread
}

// deniesMail tells a mail that cannot be had from a server that has trouble for the moment
// (RFC 5530 3).
func deniesMail(no *imap.Error) bool {
	return no.Code != imap.ResponseCodeUnavailable && no.Code != imap.ResponseCodeInUse &&
		no.Code != imap.ResponseCodeLimit
}

// absent is a mail of which nothing but its place is known.
func (v *visit) absent(m missing) Mail {
	return Mail{
		Mailbox: v.config.Name, Folder: v.folder, UIDValidity: v.data.UIDValidity, UID: m.uid,
		Junk: v.junk(), Missing: m.err,
	}
}

// pardon takes back that a mail failed: it has been dealt with.
func (v *visit) pardon(uid uint32) {
	before := len(v.report.Failures)
	v.report.Failures = slices.DeleteFunc(v.report.Failures, func(f Failure) bool {
		return f.Folder == v.folder && f.UID == uid
	})
	v.report.Failed -= before - len(v.report.Failures)
}
