package mailer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/mailer/reader/request"
	"github.com/dsrd/dsrd/workflow"
)

// lookupPatience is how long an answer waits for a DNS failure to pass before it
// is held, from when it was first seen (tried with each scan; the resolver's own
// errors are not cached).
const lookupPatience = 36 * time.Minute

// ruleAnew marks an old request whose mail was answered with a new request.
const ruleAnew = "intake/asked-anew"

// named treats a mail that names requests. Whoever writes anew by answering an old
// mail of ours has made a request; all else is an answer, and must name one request.
func (d *Desk) named(ctx context.Context, in incoming, ids []workflow.ID) (ending, error) {
	if end, taken, err := d.takenBack(ctx, in, ids); err != nil || taken {
		return end, err
	}
	anew := !in.junk
	for _, id := range ids {
		end, done, err := d.done(ctx, id, in)
		if err != nil || done {
			return end, err
		}
		asks, err := d.asksAnew(ctx, in, id)
		if err != nil {
			return ending{}, err
		}
		anew = anew && asks
	}
	switch {
	case anew:
		return d.askAnew(ctx, in, ids)
	case len(ids) > 1:
		return d.ambiguous(ctx, in, ids)
	}
	return d.answer(ctx, in, ids[0])
}

// done tells what the mail has done to the request already: a crash came between
// the commit and the journal.
func (d *Desk) done(ctx context.Context, id workflow.ID, in incoming) (ending, bool, error) {
	for _, was := range []struct {
		op      string
		outcome workflow.Outcomes
	}{
		{mailOp(in.digest), workflow.MailAnswered},
		{askedOp(in.digest, in.replays), workflow.MailAskedBack},
		{heldOp(in.digest, in.replays), workflow.MailHeld},
	} {
		done, err := d.Requests.Applied(ctx, id, was.op)
		if err != nil || done {
			return ending{outcome: was.outcome, requests: []workflow.ID{id}}, done, err
		}
	}
	return ending{}, false, nil
}

// ambiguous holds a mail whose marks lead to different requests.
func (d *Desk) ambiguous(ctx context.Context, in incoming, ids []workflow.ID) (ending, error) {
	all := ending{outcome: workflow.MailHeld, rule: ruleToken}
	for _, id := range ids {
		end, err := d.held(ctx, in, id, ruleToken)
		if err != nil {
			return ending{}, err
		}
		all.requests = append(all.requests, end.requests...)
	}
	return all, nil
}

// asks reports whether a mail asks for something by itself: it names customers, and
// neither decides nor takes a request back.
func asks(m *reader.Mail) bool {
	decides := m.Decision == reader.Confirm || m.Decision == reader.Reject
	return len(m.Request.Customers) > 0 && !decides && !request.ReadWithdrawal(m.Reply).Meant
}

// asksAnew tells a new request, written as an answer to some mail of ours, from an
// answer. What comes from an admin of the tenant while an answer is awaited is an
// answer whatever it says. What a stranger writes is judged by itself alone: were it
// to matter what the old request asks for, or whether it is over, the answer would
// tell whether we know the customer.
func (d *Desk) asksAnew(ctx context.Context, in incoming, id workflow.ID) (bool, error) {
	if !asks(in.mail) {
		return false, nil
	}
	r, err := d.Requests.Load(ctx, id)
	if err != nil {
		return false, err
	}
	t, err := d.Registry.Tenant(ctx, r.TenantID)
	if err != nil && !errors.Is(err, workflow.NotFound) {
		return false, fmt.Errorf("look up tenant %s: %w", r.TenantID, err)
	}
	_, admin := t.Admin(requester(in))
	return !admin || r.Closed(), nil
}

// askAnew makes requests of the mail, and lets the old ones tell of it.
func (d *Desk) askAnew(ctx context.Context, in incoming, ids []workflow.ID) (ending, error) {
	end, err := d.intake(ctx, in)
	if err != nil {
		return ending{}, err
	}
	for _, id := range ids {
		e := workflow.Event{Type: workflow.Held, Op: mailOp(in.digest) + ":anew", Rule: ruleAnew,
			Mail: in.digest, Arrived: in.arrived}
		if _, err := d.note(ctx, id, e, ending{}); err != nil {
			return ending{}, err
		}
	}
	return end, nil
}

// elsewhere reports whether the proof itself says that the mail was written to somebody
// else: whoever has seen our letter can have its admin answer "confirmed" to another
// question, with the code below it, and hand that answer on to us. Some providers do not
// sign To, and then nobody can tell.
func (d *Desk) elsewhere(in incoming) bool {
	if !in.verdict.ProofCovers("To") {
		return false
	}
	return !slices.ContainsFunc(in.mail.To, d.ours)
}

// ours reports whether an address is one at which we get answers.
func (d *Desk) ours(address string) bool {
	if _, ok := d.Marks.ReplyLocator(address); ok {
		return true
	}
	local, domain, _ := strings.Cut(address, "@")
	base, _, _ := strings.Cut(local, "+") // RFC 5233: the detail is ours, too
	return slices.ContainsFunc(d.Own, func(own string) bool {
		return workflow.FoldAddress(own) == workflow.FoldAddress(base+"@"+domain)
	})
}

// answerIn gathers what the rules look at. Text outside the parts matters only where no proof
// covers how the body is cut into them.
func (d *Desk) answerIn(in incoming) answer {
	second, err := d.Second(in.raw)
	if err != nil {
		second = "" // then no code is found in it, and ack/token refuses
	}
	return answer{mail: in.mail, verdict: in.verdict, second: second, digest: in.digest, arrived: in.arrived,
		replays: in.replays, elsewhere: d.elsewhere(in),
		outside: !in.verdict.ProofCovers("Content-Type") && textOutside(in.raw)}
}

// answer treats a mail that names one request: judged, then applied or held.
func (d *Desk) answer(ctx context.Context, in incoming, id workflow.ID) (ending, error) {
	r, err := d.Requests.Load(ctx, id)
	if err != nil {
		return ending{}, err
	}
	q, err := d.question(ctx, r)
	if err != nil {
		return ending{}, err
	}
	a := d.answerIn(in)
	j := judge(a, q)
	if j.later && d.Now().Sub(in.seen) < lookupPatience {
		return ending{}, errLater
	}
	if in.junk && (len(j.failures) > 0 || j.unclear == workflow.CodeMissing) {
		return noted(ruleJunk), nil // there a live code is asked for, and a proven writer
	}
	if err := d.once(ctx, in, &j); err != nil {
		return ending{}, err
	}
	return d.apply(ctx, a, q, j)
}

// question asks the registry anew: it must still name the admin who was asked, for
// the tenant that still has the customer, and not since yesterday.
func (d *Desk) question(ctx context.Context, r workflow.Request) (question, error) {
	q := question{request: r, codeKey: d.Keys.Code, epoch: d.Epoch(), now: d.Now()}
	if r.Challenge == nil && !unanswered(r) && !r.Unasked() {
		return q, nil
	}
	t, err := holder(ctx, d.Registry, r)
	if errors.Is(err, workflow.NotFound) || err == nil && (t.ID != r.TenantID || len(t.Admins) == 0) {
		return q, nil
	}
	if err != nil {
		return q, fmt.Errorf("look up the customer's tenant: %w", err)
	}
	if r.Challenge == nil {
		q.admin, q.named = t.Admins[0], true // to be told why it did not count
		return q, nil
	}
	q.typed, q.strict = typed(r, t), t.StrictSigner
	q.admin, q.named = t.Admin(r.Challenge.Admin)
	if q.named && d.Cooling != nil {
		q.cools, err = d.Cooling(ctx, t, q.admin, r.Customer)
	}
	if err != nil {
		return q, fmt.Errorf("ask since when the admin is named: %w", err)
	}
	return q, nil
}

// once remembers the proofs of an answer that would change something: whoever
// replays a mail that was signed twice can leave one signature out, so all of them
// are remembered (rule ack/once).
//
// A wrong code is such a change, too: one mail of the admin's, played again and again,
// must not count as so many guesses.
func (d *Desk) once(ctx context.Context, in incoming, j *judgement) error {
	if len(j.failures) > 0 && !j.guesses() {
		return nil
	}
	replayed, err := d.replayed(ctx, in)
	if replayed {
		j.failures = append(j.failures, Failure{ruleOnce, "its signature came with another mail"})
	}
	return err
}

// replayed remembers the proofs of a mail, and reports whether one came with another.
func (d *Desk) replayed(ctx context.Context, in incoming) (bool, error) {
	replayed := false
	for _, key := range in.verdict.ReplayKeys() {
		first, err := d.Replays.First(ctx, key, in.digest, d.Now())
		if err != nil {
			return false, err
		}
		replayed = replayed || !first
	}
	return replayed, nil
}

// apply turns the judgement into an event. Only an answer that passed every rule
// moves the request; the registry is asked again before anything leaves.
func (d *Desk) apply(ctx context.Context, a answer, q question, j judgement) (ending, error) {
	e, outcome := event(a, q, j)
	end := ending{outcome: outcome, rule: e.Rule}
	if e.Type == workflow.Held {
		return d.note(ctx, q.request.ID, e, end)
	}
	end.requests = []workflow.ID{q.request.ID}
	_, err := d.Workflow.Step(ctx, q.request.ID, e)
	if errors.Is(err, workflow.Refused) { // somebody was faster
		in := incoming{digest: a.digest, arrived: a.arrived, replays: a.replays}
		return d.held(ctx, in, q.request.ID, ruleState)
	}
	if err != nil {
		return ending{}, err
	}
	return end, nil
}

// event says what a judged answer means to the workflow.
func event(a answer, q question, j judgement) (workflow.Event, workflow.Outcomes) {
	e := workflow.Event{Type: workflow.Held, Op: heldOp(a.digest, a.replays), Mail: a.digest, Arrived: a.arrived}
	e.Rule, e.Note = j.rules()
	if j.proven {
		c := q.request.Challenge
		e.Actor, e.Admin, e.Number, e.Role = "admin", c.Admin, c.Number, q.admin.Role
	}
	switch {
	case len(j.failures) > 0:
		e.Tell = tell(a, q, j)
		e.Wrong = j.guesses()
		return e, workflow.MailHeld
	case j.unclear != workflow.NoReason && q.request.Questions >= q.request.Policy.Questions:
		e.Rule, e.Reason = ruleDecision, workflow.TooManyQuestions
		return e, workflow.MailHeld
	case missing[j.code] != workflow.NoReason && q.request.CodeAsked:
		e.Rule, e.Reason = ruleToken, j.unclear // asked back once
		return e, workflow.MailHeld
	case j.unclear != workflow.NoReason:
		e.Type, e.Op, e.Rule, e.Reason = workflow.Unclear, askedOp(a.digest, a.replays), ruleDecision, j.unclear
		return e, workflow.MailAskedBack
	case j.decision == reader.Confirm:
		e.Type = workflow.Acknowledged
	case j.decision == reader.Reject:
		e.Type = workflow.Rejected
	default:
		e.Rule = ruleDecision
		return e, workflow.MailHeld
	}
	e.Op = mailOp(a.digest)
	return e, workflow.MailAnswered
}
