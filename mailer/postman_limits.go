package mailer

import (
	"context"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Breaker holds back all new mails when more leave than ever should. What was tried
// before is tried again: that makes no mail more.
type Breaker struct {
	Limit  int // new mails in a window; 0 means no limit
	Window time.Duration
	// Tripped is told once that it opened, and until when no new mail leaves; nil
	// tells nobody.
	Tripped func(ctx context.Context, until time.Time)
}

// pauseAfterBreak is how long a mail waits when the breaker has opened.
const pauseAfterBreak = 10 * time.Minute

// broken tells until when a new mail must wait because the breaker is open; zero when
// it may leave. What was counted before is not new: a relay that refuses for days must
// not look like a flood.
func (p *Postman) broken(ctx context.Context, t workflow.Task) (time.Time, error) {
	if p.Breaker.Limit == 0 || counted(t) {
		return time.Time{}, nil
	}
	now := p.Now()
	ok, err := p.Limits.Allow(ctx, "outbound", p.Breaker.Limit, p.Breaker.Window, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("count a mail that is to leave: %w", err)
	}
	if ok {
		return time.Time{}, nil
	}
	until := now.Add(pauseAfterBreak)
	first, err := p.Limits.Allow(ctx, "outbound:tripped", 1, pauseAfterBreak, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("remember that the breaker opened: %w", err)
	}
	if first && p.Breaker.Tripped != nil {
		p.Breaker.Tripped(ctx, until)
	}
	return until, nil
}

// What goes to people who merely wrote to us is bounded: letters of one type and of
// any type to an address in a day, and letters to a whole domain.
const (
	answersADay       = 1
	lettersADay       = 5
	domainLettersADay = 50
)

// mayAnswer counts a letter to a stranger when it is new, and says whether it is one
// too many. The breaker comes after it, so what that stopped was counted here.
func (p *Postman) mayAnswer(ctx context.Context, t workflow.Task, to addressee) (bool, error) {
	if !to.stranger || counted(t) || left(t.Note, noteBreaker) {
		return true, nil
	}
	address := string(to.address)
	road := []workflow.Window{
		{Key: fmt.Sprintf("answer:%s:%s", t.Effect.Type, address), Limit: answersADay, Length: aDay},
		{Key: "answer:" + address, Limit: lettersADay, Length: aDay},
		{Key: "answer:@" + to.address.Domain(), Limit: domainLettersADay, Length: aDay},
	}
	ok, err := p.Limits.TakePlace(ctx, string(t.Effect.ID), [][]workflow.Window{road}, p.Now())
	if err != nil {
		return false, fmt.Errorf("count a letter to a stranger: %w", err)
	}
	return ok, nil
}
