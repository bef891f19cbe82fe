package recovery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// life is one recovery under way.
type life struct {
	*Recovery
	epoch  int64
	sent   *index
	result *Result
	empty  bool // the store held nothing when this process began
	ended  ended
	// again are the mails, by digest, that want a second look once all others are read.
	again map[string]bool
}

// mails reads again what was treated, and brings what the store lacks into being.
func (l *life) mails(ctx context.Context) error {
	l.tell(StepMails, 0)
	unread, err := l.stream(ctx, l.take)
	l.result.Unread += unread
	if err != nil {
		return err
	}
	return l.close(ctx, time.Time{})
}

func (l *life) take(ctx context.Context, t treated) error {
	l.result.Mails++
	l.tell(StepMails, l.result.Mails)
	if l.tooOld(t.arrived) {
		l.result.TooOld++
		return nil
	}
	if err := l.close(ctx, t.arrived); err != nil {
		return err
	}
	made, ok, err := l.treat(ctx, t, false)
	if err != nil {
		return err
	}
	if !ok {
		l.again[digest(t.mail)] = true
		return nil
	}
	l.count(made)
	if made.Outcome == "" {
		l.again[digest(t.mail)] = true
	}
	for _, id := range made.Requests {
		if proof := l.sent.requests[id].proof(); proof != nil && !made.Known {
			l.ended.add(proof)
		}
	}
	return nil
}

func (l *life) count(made Rebuilt) {
	switch {
	case made.Known:
		l.result.Known++
	case made.Withdraws:
		if made.Outcome == workflow.MailAnswered {
			l.result.Withdrawn++
		}
	case made.Outcome == workflow.MailStarted:
		l.result.Born += len(made.Requests)
	case made.Outcome == workflow.MailRepeated:
		l.result.Joined++
	}
}

// withdrawals looks once more at mails that take a request back, which another mailbox may
// hold, at those that say of its last letter that it came back, and at those that could not be
// treated. One that fails again stays without a record, for people.
func (l *life) withdrawals(ctx context.Context) error {
	l.tell(StepWithdrawals, 0)
	if len(l.again) == 0 {
		return nil
	}
	_, err := l.stream(ctx, func(ctx context.Context, t treated) error {
		if !l.again[digest(t.mail)] {
			return nil
		}
		delete(l.again, digest(t.mail))
		made, ok, err := l.treat(ctx, t, true)
		if ok {
			l.count(made)
		} else if err == nil {
			l.result.Unread++
		}
		return err
	})
	return err
}

// treat shows a mail to its desk. It is not ok when that mail alone could not be treated; an
// error is one that all others would meet, too.
func (l *life) treat(
	ctx context.Context, t treated, last bool,
) (made Rebuilt, ok bool, err error) {
	made, err = t.mailbox.Desk.Recover(ctx, t.mail, last)
	if fatal(ctx, err) {
		return made, false, fmt.Errorf("read mail %.12s again: %w", digest(t.mail), err)
	}
	return made, err == nil, nil
}

// close ends the requests whose last letter left before that moment; zero: all of them.
func (l *life) close(ctx context.Context, before time.Time) error {
	for c := l.ended.next(before); c != nil; c = l.ended.next(before) {
		if err := l.prove(ctx, *c); err != nil {
			return err
		}
	}
	return nil
}

// tooOld reports whether everything about a mail would be removed again: its answer was due,
// and personal data are kept no longer.
func (l *life) tooOld(arrived time.Time) bool {
	due := workflow.Deadline(workflow.GDPR, arrived)
	if later := workflow.Deadline(workflow.CCPA, arrived); later.After(due) {
		due = later // the tenant is not known yet: the law that gives more time
	}
	return l.Now().After(due.Add(l.Personal))
}

// digest is how the journal knows a mail.
func digest(m inbox.Mail) string {
	sum := sha256.Sum256(m.Raw)
	return hex.EncodeToString(sum[:])
}

// fatal reports whether an error is none of the mail or request at hand: all others would
// meet it too.
func fatal(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	return ctx.Err() != nil || errors.Is(err, workflow.Unavailable) ||
		errors.Is(err, workflow.Outdated) || errors.Is(err, workflow.Fenced)
}
