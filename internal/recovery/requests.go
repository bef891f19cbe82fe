package recovery

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// pageSize is how many requests are read at a time.
const pageSize = 200

// open lists the requests that are not terminal, as they stand now. They are read before
// anything is done to them: what moves must not disturb the pages.
func (r *Recovery) open(ctx context.Context) ([]workflow.ID, error) {
	var states []workflow.State
	for _, s := range workflow.States() {
		if !s.Terminal() {
			states = append(states, s)
		}
	}
	var ids []workflow.ID
	for after := ""; ; {
		page, next, err := r.Store.List(ctx, store.Query{States: states, Limit: pageSize, After: after})
		if err != nil {
			return nil, fmt.Errorf("list the open requests: %w", err)
		}
		for _, q := range page {
			ids = append(ids, q.ID)
		}
		if next == "" {
			return ids, nil
		}
		after = next
	}
}

// survivors are the open requests that the store still had, and that had ended by what was
// sent: they end again once the mails before that are read.
func (l *life) survivors(ctx context.Context) error {
	ids, err := l.open(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if proof := l.sent.requests[id].proof(); proof != nil {
			l.ended.add(proof)
		}
	}
	return nil
}

// requests holds every request that is open still against what was sent.
func (l *life) requests(ctx context.Context) error {
	l.tell(StepRequests, 0)
	ids, err := l.open(ctx)
	if err != nil {
		return err
	}
	for i, id := range ids {
		q, err := l.Store.Load(ctx, id)
		if err != nil {
			return fmt.Errorf("recover request %s: %w", id, err)
		}
		if err := l.renew(ctx, q); err != nil {
			return err
		}
		l.tell(StepRequests, i+1)
	}
	return l.outlived(ctx)
}

// renew asks anew about an open request, or leaves it to a person. One that this life has
// brought forth, and that stands where it should, needs no word.
func (l *life) renew(ctx context.Context, q workflow.Request) error {
	e := l.event()
	told := l.sent.requests[q.ID]
	if told.asked != nil {
		e.Proof = proofOf(*told.asked)
	}
	if settled(q, e.Base, l.fresh(q)) {
		l.tally(q.State)
		return nil
	}
	return l.step(ctx, q.ID, e)
}

// fresh reports what the law will find of a request for which no letter ended it: its mail, or
// the newest letter that asked, is younger than a code lives.
func (l *life) fresh(q workflow.Request) bool {
	asked := l.sent.requests[q.ID].asked
	return young(q.ReceivedAt, q, l.Now()) || asked != nil && young(asked.At, q, l.Now())
}

// settled reports whether a request has nothing of an earlier life any more, and stands where
// a recovery would put it.
func settled(q workflow.Request, base int, fresh bool) bool {
	if q.Ordered < base || q.Challenge != nil {
		return false
	}
	switch q.State {
	case workflow.NeedsReview, workflow.Stuck:
		return true
	case workflow.AwaitingConfirmation:
		return fresh && q.Ordered > base
	}
	return false
}

// prove ends a request that had ended. One that was born again a moment before ordered a letter
// to its admin at its birth: that order does not stand any more, so the worker drops it, which
// is the last that its history tells.
func (l *life) prove(ctx context.Context, c Copy) error {
	e := l.event()
	e.Proof = proofOf(c)
	return l.step(ctx, c.Request, e)
}

// event is what the law is told of every request: once in a life.
func (l *life) event() workflow.Event {
	return workflow.Event{
		Type: workflow.Recovered, Actor: "daemon", Op: fmt.Sprintf("recovered:%d", l.epoch),
		Base: workflow.EffectBase(l.epoch),
	}
}

// step applies an event and counts what came of it.
func (l *life) step(ctx context.Context, id workflow.ID, e workflow.Event) error {
	q, err := l.apply(ctx, id, e)
	if err == nil && q.ID != "" {
		l.tally(q.State)
	}
	return err
}

// apply applies an event. What the law refuses stands as it stood: then no request is given.
func (l *life) apply(
	ctx context.Context, id workflow.ID, e workflow.Event,
) (workflow.Request, error) {
	q, err := l.Workflow.Step(ctx, id, e)
	if errors.Is(err, workflow.Refused) && !fatal(ctx, err) {
		l.result.Refused++
		return workflow.Request{}, nil
	}
	if err != nil {
		return q, fmt.Errorf("recover request %s: %w", id, err)
	}
	return q, nil
}

func (l *life) tally(s workflow.State) {
	switch s {
	case workflow.Completed:
		l.result.Completed++
	case workflow.AwaitingConfirmation:
		l.result.Asked++
	case workflow.NeedsReview, workflow.Stuck:
		l.result.Review++
	default:
		l.result.Ended++
	}
}

// outlived looks at all requests that copies tell of. Those that the store does not have are
// counted: their mails are gone. One that was over has to know that numbers beyond its own
// were used: it may be opened again, or has been, and the store lost that.
func (l *life) outlived(ctx context.Context) error {
	for id, told := range l.sent.requests {
		q, err := l.Store.Load(ctx, id)
		switch {
		case errors.Is(err, workflow.NotFound):
			l.result.Orphans++
		case err != nil:
			return fmt.Errorf("recover request %s: %w", id, err)
		case q.State.Terminal() && q.Ordered < told.highest():
			if err := l.outlive(ctx, id, told); err != nil {
				return err
			}
		}
	}
	return nil
}

// outlive tells a request that was over of what was sent since.
func (l *life) outlive(ctx context.Context, id workflow.ID, told letters) error {
	e := l.event()
	if told.asked != nil && told.proof() == nil {
		e.Proof = proofOf(*told.asked)
	}
	q, err := l.apply(ctx, id, e)
	if err == nil && q.ID != "" && !q.State.Terminal() {
		l.tally(q.State)
	}
	return err
}

// has reports whether the store knows a request.
func (r *Recovery) has(ctx context.Context, id workflow.ID) (bool, error) {
	_, err := r.Store.Load(ctx, id)
	if errors.Is(err, workflow.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for request %s: %w", id, err)
	}
	return true, nil
}
