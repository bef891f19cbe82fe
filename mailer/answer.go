package mailer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

// lookupPatience is how long an answer waits for a DNS failure to pass before it
// is held (tried with each scan; the resolver's own errors are not cached).
const lookupPatience = 36 * time.Minute

// heldADay bounds how often strangers can write into one request's history.
const heldADay = 20

// answer treats a mail that names a request: judged, then applied or held.
func (d *Desk) answer(ctx context.Context, in incoming, id workflow.ID) (ending, error) {
	r, err := d.Requests.Load(ctx, id)
	if err != nil {
		return ending{}, err
	}
	done, err := d.Requests.Applied(ctx, id, mailOp(in.digest))
	if err != nil {
		return ending{}, err
	}
	if done { // a crash came between the commit and the journal
		return ending{outcome: workflow.MailAnswered, requests: []workflow.ID{id}}, nil
	}
	if r.State == workflow.NeedsReview && r.Reason == workflow.NoCustomer {
		return d.intake(ctx, in) // we asked this requester whose data it is about
	}
	q, err := d.question(ctx, r)
	if err != nil {
		return ending{}, err
	}
	return d.apply(ctx, in, q)
}

func (d *Desk) question(ctx context.Context, r workflow.Request) (question, error) {
	q := question{request: r, codeKey: d.Keys.Code}
	if r.Challenge == nil {
		return q, nil
	}
	t, err := d.Registry.Tenant(ctx, r.TenantID)
	if errors.Is(err, workflow.NotFound) {
		return q, nil
	}
	if err != nil {
		return q, fmt.Errorf("look up tenant %s: %w", r.TenantID, err)
	}
	q.admin, q.named = t.Admin(r.Challenge.Admin)
	return q, nil
}

// apply turns the judgement into an event. Only an answer that passed every rule
// moves the request; the registry is asked again before anything leaves.
func (d *Desk) apply(ctx context.Context, in incoming, q question) (ending, error) {
	second, err := d.Second(in.raw)
	if err != nil {
		second = "" // then no code is found in it, and ack/token refuses
	}
	a := answer{mail: in.mail, verdict: in.verdict, second: second, digest: in.digest, arrived: in.arrived}
	j := judge(a, q)
	if j.later && d.Now().Sub(in.arrived) < lookupPatience {
		return ending{later: true, rule: ruleAuthentic}, nil
	}
	e, outcome := d.event(a, q, j)
	if e.Type == workflow.Held && !d.mayHold(ctx, q.request.ID) {
		return ending{outcome: outcome, rule: e.Rule, requests: []workflow.ID{q.request.ID}}, nil
	}
	_, err = d.Workflow.Step(ctx, q.request.ID, e)
	if errors.Is(err, workflow.Refused) {
		return d.refused(ctx, q.request.ID, e)
	}
	if err != nil {
		return ending{}, err
	}
	return ending{outcome: outcome, rule: e.Rule, requests: []workflow.ID{q.request.ID}}, nil
}

// event says what a judged answer means to the workflow.
func (d *Desk) event(a answer, q question, j judgement) (workflow.Event, workflow.Outcomes) {
	e := workflow.Event{Op: mailOp(a.digest), Actor: "admin", Mail: a.digest, Arrived: a.arrived}
	e.Rule, e.Note = j.rules()
	if c := q.request.Challenge; c != nil {
		e.Admin, e.Number, e.Role = c.Admin, c.Number, q.admin.Role
	}
	switch {
	case len(j.failures) > 0:
		e.Type, e.Actor = workflow.Held, ""
		return e, workflow.MailHeld
	case j.unclear != workflow.NoReason && q.request.Questions >= q.request.Policy.Questions:
		e.Type, e.Rule, e.Reason = workflow.Held, ruleDecision, workflow.TooManyQuestions
		return e, workflow.MailHeld
	case j.unclear == workflow.CodeMissing && q.request.CodeAsked:
		e.Type, e.Rule, e.Reason = workflow.Held, ruleToken, j.unclear // asked back once
		return e, workflow.MailHeld
	case j.unclear != workflow.NoReason:
		e.Type, e.Rule, e.Reason = workflow.Unclear, ruleDecision, j.unclear
		return e, workflow.MailAskedBack
	case j.decision == reader.Confirm:
		e.Type = workflow.Acknowledged
	case j.decision == reader.Reject:
		e.Type = workflow.Rejected
	default:
		e.Type, e.Rule = workflow.Held, ruleDecision
		return e, workflow.MailHeld
	}
	return e, workflow.MailAnswered
}

// refused holds an answer that the workflow would not take any more: somebody
// was faster.
func (d *Desk) refused(ctx context.Context, id workflow.ID, e workflow.Event) (ending, error) {
	held := workflow.Event{Type: workflow.Held, Op: e.Op, Mail: e.Mail, Arrived: e.Arrived, Rule: ruleState}
	return d.note(ctx, id, held, ending{outcome: workflow.MailHeld, rule: ruleState})
}

// mayHold reports whether one more held answer is written into the history; the
// mail's own record says it in any case.
func (d *Desk) mayHold(ctx context.Context, id workflow.ID) bool {
	ok, err := d.Limits.Allow(ctx, "held:"+string(id), heldADay, 24*time.Hour, d.Now())
	return err == nil && ok
}
