package mailer

import (
	"cmp"
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

// Lane bounds how often the admins of one tenant are asked because of mail that proves
// nobody: one stranger can name any number of made-up customers of a domain, and each is a
// request of its own. What is above it waits, and is lost to nobody. Requesters who are
// proven have the road to themselves.
type Lane struct {
	Hour int // letters in an hour; 0: 5
	Day  int // letters in a day; 0: 20
}

// What one person can look through beside other work: a handful at a time, and each asks
// for a decision. Honest mail that proves nobody is rarer by far.
const (
	laneHour = 5
	laneDay  = 20
)

// pauseInLane is how long a letter waits before it looks whether there is room, or
// whether somebody who is proven asks for the same by now.
const pauseInLane = 15 * time.Minute

// mayAsk counts a new letter that asks an admin because of mail that proves nobody. The
// breaker comes after it, so what that stopped was counted here. The hour comes first: an
// hour's place that the day then refuses is free again soon.
func (p *Postman) mayAsk(ctx context.Context, r workflow.Request, t workflow.Task) (bool, error) {
	asks := t.Effect.Type == workflow.SendConfirmation && !r.Asker().Verified
	if !asks || counted(t) || left(t.Note, noteBreaker) {
		return true, nil
	}
	key := "unproven:" + r.TenantID
	hour, day := cmp.Or(p.Unproven.Hour, laneHour), cmp.Or(p.Unproven.Day, laneDay)
	ok, err := p.Limits.Allow(ctx, key+":hour", hour, time.Hour, p.Now())
	if err != nil || !ok {
		return false, err
	}
	return p.Limits.Allow(ctx, key+":day", day, 24*time.Hour, p.Now())
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
	for _, bound := range []struct {
		key   string
		limit int
	}{
		{fmt.Sprintf("answer:%s:%s", t.Effect.Type, address), answersADay},
		{"answer:" + address, lettersADay},
		{"answer:@" + to.address.Domain(), domainLettersADay},
	} {
		ok, err := p.Limits.Allow(ctx, bound.key, bound.limit, 24*time.Hour, p.Now())
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}
