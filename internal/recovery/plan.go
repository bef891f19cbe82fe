package recovery

import (
	"context"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// Plan tells what Run would do, and changes nothing; also of a store that Run would refuse,
// so that a person can decide. What mails are about is found out only by treating them: of
// requests that the store does not have, Plan counts those that copies of letters tell of.
func (r *Recovery) Plan(ctx context.Context) (Result, error) {
	s, err := r.judge(ctx)
	result := Result{Judgement: s.Judgement}
	if err != nil || !s.wanting() {
		return result, err
	}
	l := &life{Recovery: r, result: &result, epoch: s.nextEpoch(r.Local)}
	result.Epoch = l.epoch
	if l.sent, err = r.sent(ctx, &result); err == nil {
		result.Epoch = max(l.epoch, l.sent.next())
		result.Unread, err = r.stream(ctx, l.weigh)
	}
	if err == nil {
		err = l.foresee(ctx)
	}
	if err != nil {
		return result, fmt.Errorf("plan a recovery: %w", err)
	}
	return result, nil
}

// weigh counts a mail that would be read again.
func (l *life) weigh(ctx context.Context, t treated) error {
	l.result.Mails++
	l.tell(StepMails, l.result.Mails)
	if l.tooOld(t.arrived) {
		l.result.TooOld++
		return nil
	}
	known, err := l.treated(ctx, t.mail)
	if known {
		l.result.Known++
	}
	return err
}

// foresee counts what would become of the requests that are known.
func (l *life) foresee(ctx context.Context) error {
	ids, err := l.open(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		q, err := l.Store.Load(ctx, id)
		if err != nil {
			return fmt.Errorf("look at request %s: %w", id, err)
		}
		l.tally(l.would(q))
	}
	for id, told := range l.sent.requests {
		there, err := l.has(ctx, id)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		l.result.Born++
		q := workflow.Request{State: workflow.AwaitingConfirmation, Policy: workflow.DefaultPolicy()}
		if told.asked != nil {
			q.ReceivedAt = told.asked.At
		}
		q.ID = id
		l.tally(l.would(q))
	}
	return nil
}

// would is the state that a recovery leaves a request in.
func (l *life) would(q workflow.Request) workflow.State {
	if proof := l.sent.requests[q.ID].proof(); proof != nil {
		return provenState(proof.Type)
	}
	switch {
	case q.State == workflow.NeedsReview, q.State == workflow.Stuck:
		return q.State
	case l.fresh(q):
		return workflow.AwaitingConfirmation
	}
	return workflow.NeedsReview
}

func provenState(t workflow.EffectType) workflow.State {
	switch t {
	case workflow.SendPackage:
		return workflow.Completed
	case workflow.SendDeclined:
		return workflow.Declined
	}
	return workflow.RefusedState
}
