package inbox

import (
	"context"
	"errors"
	"fmt"
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

// maxMissed is how many mails may come without a body in one scan. A server that finds a million
// mails and has none of them is not asked for each.
const maxMissed = 1000

// missing is a mail whose body did not come in this scan.
type missing struct {
	uid uint32
	err error
}

// tries are the scans in which it did not come: those after which it was clear that others do come,
// and the others.
type tries struct {
	fruitful, barren series
	came             int // bodies that had come by the first of them
}

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

// miss reports a mail whose body did not come. The error says that there are too many of them.
func (v *visit) miss(uid uint32, err error) error {
	v.missed = append(v.missed, missing{uid, err})
	v.fail(uid, err)
	if len(v.missed) >= maxMissed {
		return fmt.Errorf("%d mails without a body: the rest is left for the next scan", maxMissed)
	}
	return nil
}

// setAside hands out, by what is known of them, mails that could not be fetched again and again.
func (v *visit) setAside(ctx context.Context) error {
	for _, m := range v.missed {
		if v.memo.unread[m.uid] != nil || !countable(m.err) {
			continue
		}
		t := &tries{came: v.came}
		if s := v.memo.suspects[m.uid]; s != nil {
			t.came = s.came
		}
		v.memo.unread[m.uid] = t
	}
	var aside []uint32
	for _, m := range v.missed {
		if !v.given(m) {
			continue
		}
		if o := v.offer(ctx, v.absent(m)); o.err != nil || o.untried || o.disposition != Quarantine {
			continue // it stays a failure of this scan
		}
		v.pardon(m.uid)
		v.report.Quarantined++
		v.memo.settled[m.uid] = Quarantine
		v.memo.uncopied[m.uid] = maxCopies // the server would have to read the mail for a copy
		aside = append(aside, m.uid)
	}
	if v.line.client == nil {
		return nil // the last of them broke the connection: the next scan marks them
	}
	return v.isolate(ctx, aside)
}

// given counts a try, and says whether it was the last.
func (v *visit) given(m missing) bool {
	t := v.memo.unread[m.uid]
	if t == nil || !countable(m.err) {
		return false
	}
	if len(v.memo.unread) > 1 && v.memo.came == t.came {
		t.barren.add(v.config.Now(), barrenPauses)
		return t.barren.count >= maxBarren
	}
	t.fruitful.add(v.config.Now(), unreadPauses)
	return t.fruitful.count >= maxUnread
}

// countable says whether a failure is the mail's, as far as the server can tell.
func countable(err error) bool {
	var no *refused
	return !errors.As(err, &no) || deniesMail(no.no)
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
