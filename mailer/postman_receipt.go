package mailer

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Letters to people who merely wrote to us must not tell whether we know whom they asked
// about. A request that we know costs more work and more letters than one that we do not,
// so nothing of that work may be seen: neither when an answer leaves, nor which of
// several leaves first, nor which is the one that is too many.

// receiptEvery is the period that letters to strangers leave in, where none is configured.
const receiptEvery = time.Minute

// noteReceipt marks a letter to a stranger that waits for its time to leave.
const noteReceipt = "receipt"

// answerStays says what becomes of a letter to a stranger that does not leave now; nil
// when it may leave. No question of it is about the tenant.
func (p *Postman) answerStays(
	ctx context.Context, r workflow.Request, t workflow.Task, to addressee,
) (*workflow.Outcome, error) {
	if at, early := p.leaves(r, t); early {
		return &workflow.Outcome{Retry: at, Note: cmp.Or(t.Note, noteReceipt), Uncounted: true}, nil
	}
	if on, err := p.suppressed(ctx, r.ID, to.address); err != nil || on {
		out := failed(t, workflow.Undeliverable, noteSuppressed)
		return &out, err
	}
	if ok, err := p.mayAnswer(ctx, t, to); err != nil || !ok {
		out := dropped("limit")
		return &out, err
	}
	if until, err := p.brokenForAnswers(ctx, t); err != nil || !until.IsZero() {
		out := p.putOff(t, until, noteBreaker)
		return &out, err
	}
	return nil, nil
}

// leaves tells when a letter to a stranger leaves, and whether that is still to come. It
// leaves at a moment of its own in each period, the first of them a whole period after
// the one in which the mail came: by then the other work for that mail is done, and its
// connections are closed. Only a task that was put off to such a moment leaves; whatever
// else made it due - its order, a pause, the relay's refusal - may have been brought
// about by work that must not be seen.
func (p *Postman) leaves(r workflow.Request, t workflow.Task) (time.Time, bool) {
	every := cmp.Or(p.ReceiptEvery, receiptEvery)
	came := cameAt(r, *t.Effect, every)
	own := p.ownMoment(r, *t.Effect, every)
	first := came.Truncate(every).Add(2*every + own)
	due := t.DueAt
	if due.Truncate(every).Add(own).Equal(due) && !due.Before(first) {
		return time.Time{}, false
	}
	next := p.Now().Truncate(every).Add(own)
	if !next.After(p.Now()) {
		next = next.Add(every)
	}
	if next.Before(first) {
		next = first
	}
	return next.UTC(), true
}

// cameAt is when the mail arrived that the letter answers: nobody's work moves that. The
// moment of the order stands in where the mailbox's clock is far from ours.
func cameAt(r workflow.Request, e workflow.Effect, every time.Duration) time.Time {
	mail, _ := occasion(r, e)
	if mail.At.IsZero() || mail.At.After(e.OrderedAt.Add(every)) {
		return e.OrderedAt
	}
	return mail.At
}

// ownMoment is where in each period a letter leaves: nobody can tell without the key, and
// it depends on nothing but the mail that is answered.
func (p *Postman) ownMoment(r workflow.Request, e workflow.Effect, every time.Duration) time.Duration {
	mail, _ := occasion(r, e)
	mac := hmac.New(sha256.New, p.CodeKey)
	fmt.Fprintf(mac, "moment|%s|%s", e.Type, mail.Mail.Digest)
	steps := max(every.Milliseconds(), 1) // a due time has no more digits
	drawn := binary.BigEndian.Uint64(mac.Sum(nil)) % uint64(steps)
	return time.Duration(drawn) * time.Millisecond
}

// brokenForAnswers is the breaker for letters to strangers, with a count of its own and
// half the room. Were they counted with the letters to admins, whoever fills the breaker
// but for one letter would see in the next answer whether an admin was asked before it;
// and strangers could hold back what admins are asked.
func (p *Postman) brokenForAnswers(ctx context.Context, t workflow.Task) (time.Time, error) {
	if p.Breaker.Limit == 0 || counted(t) {
		return time.Time{}, nil
	}
	limit := max(p.Breaker.Limit/2, 1)
	ok, err := p.Limits.Allow(ctx, "outbound:answers", limit, p.Breaker.Window, p.Now())
	if err != nil {
		return time.Time{}, fmt.Errorf("count an answer that is to leave: %w", err)
	}
	if ok {
		return time.Time{}, nil
	}
	until := p.Now().Add(pauseAfterBreak)
	first, err := p.Limits.Allow(ctx, "outbound:answers:tripped", 1, pauseAfterBreak, p.Now())
	if err != nil {
		return time.Time{}, fmt.Errorf("remember that the breaker opened: %w", err)
	}
	if first && p.Breaker.Tripped != nil {
		p.Breaker.Tripped(ctx, until)
	}
	return until, nil
}
