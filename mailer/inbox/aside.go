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
// reminded of anything any more. When several fail and none comes, it is sooner the server that has
// trouble than the mails: then it takes a day of scans that are an hour apart.
const (
	maxUnread    = 3
	unreadPauses = 10 * time.Minute
	maxBarren    = 24
	barrenPauses = time.Hour
)

// missing is a mail whose body did not come in this scan.
type missing struct {
	uid uint32
	err error
}

// tries are the scans in which it did not come: those in which others came, and those without.
type tries struct{ fruitful, barren series }

// series counts scans that are so far apart.
type series struct {
	count int
	last  time.Time
}

func (s *series) add(now time.Time, pause time.Duration) {
	if s.count == 0 || now.Sub(s.last) >= pause {
		s.count, s.last = s.count+1, now
	}
}

// miss reports a mail whose body did not come.
func (v *visit) miss(uid uint32, err error) {
	v.missed = append(v.missed, missing{uid, err})
	v.fail(uid, err)
}

// setAside hands out, by what is known of them, mails that could not be fetched again and again.
func (v *visit) setAside(ctx context.Context) error {
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
	if len(v.missed) > 1 && v.fetched == 0 {
		t.barren.add(v.config.Now(), barrenPauses)
		return t.barren.count >= maxBarren
	}
	t.fruitful.add(v.config.Now(), unreadPauses)
	return t.fruitful.count >= maxUnread
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
