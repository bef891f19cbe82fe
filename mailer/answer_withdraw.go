package mailer

import (
	"context"
	"errors"
	"slices"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader/request"
	"github.com/dsrd/dsrd/workflow"
)

// The rules by which a requester takes a request back. One that fails is written down,
// and nothing moves. Whoever writes is told nothing in either case: the answer would tell
// whether we know the customer.
const (
	withdrawAuthentic = "withdraw/authentic" // the bytes prove who asked first
	withdrawHuman     = "withdraw/human"     // a person wrote it, and it reads in one way
	withdrawFresh     = "withdraw/fresh"     // after the request came
	withdrawDecision  = "withdraw/decision"  // saying so plainly, and nothing else
	withdrawOnce      = "withdraw/once"      // its signature did not come with another mail
	withdrawState     = "withdraw/state"     // before data left, and nobody joined since
)

// takenBack treats a mail by which whoever made a request takes it back; taken says that
// the mail is nothing else.
func (d *Desk) takenBack(
	ctx context.Context, in incoming, ids []workflow.ID,
) (end ending, taken bool, err error) {
	if in.junk || len(ids) != 1 {
		return ending{}, false, nil
	}
	said := request.ReadWithdrawal(in.mail.Reply)
	if !said.Meant {
		return ending{}, false, nil
	}
	r, err := d.Requests.Load(ctx, ids[0])
	if err != nil || r.Requester.Address == "" || requester(in) != r.Requester.Address {
		return ending{}, false, err
	}
	if end, done, err := d.done(ctx, r.ID, in); err != nil || done {
		return end, true, err
	}
	if in.verdict.Result == authentic.TempError && d.Now().Sub(in.seen) < lookupPatience {
		return ending{}, true, errLater
	}
	rule, err := d.withdrawalRule(ctx, in, r, said)
	if err != nil {
		return ending{}, true, err
	}
	if rule == "" {
		end, err = d.withdraw(ctx, in, r.ID)
		return end, true, err
	}
	end, err = d.held(ctx, in, r.ID, rule)
	return end, true, err
}

// withdrawalRule names the first rule that fails; "" when all hold.
func (d *Desk) withdrawalRule(
	ctx context.Context, in incoming, r workflow.Request, said request.Withdrawal,
) (string, error) {
	v := in.verdict
	switch {
	case !v.Confirmable():
		return withdrawAuthentic, nil
	case len(readable(answer{mail: in.mail})) > 0, in.mail.Guessed:
		return withdrawHuman, nil
	case v.Date.IsZero() || v.Date.Before(r.ReceivedAt.Add(-earliness)) || v.Date.After(in.arrived.Add(lateness)):
		return withdrawFresh, nil
	case !said.Plain || saysMore(in, r, said):
		return withdrawDecision, nil
	case r.Closed() || r.OthersJoined():
		return withdrawState, nil
	}
	replayed, err := d.replayed(ctx, in)
	if err != nil || !replayed {
		return "", err
	}
	return withdrawOnce, nil
}

// saysMore reports whether the mail names another right than the request's, or somebody
// else: nobody can know then what of it is taken back.
func saysMore(in incoming, r workflow.Request, said request.Withdrawal) bool {
	for _, name := range said.Rights {
		right := workflow.Right(name)
		ours := slices.ContainsFunc(r.Rights, func(has workflow.Right) bool {
			return has == right || has.Exportable() && right.Exportable()
		})
		if !ours {
			return true
		}
	}
	for _, c := range in.mail.Request.Customers {
		if who := workflow.FoldAddress(c); who != r.Customer && who != r.Requester.Address {
			return true
		}
	}
	return false
}

// withdraw ends the request. What the workflow refuses is held: data may have left.
func (d *Desk) withdraw(ctx context.Context, in incoming, id workflow.ID) (ending, error) {
	e := workflow.Event{Type: workflow.Withdrawn, Op: mailOp(in.digest), Actor: "requester",
		Mail: in.digest, Arrived: in.arrived}
	_, err := d.Workflow.Step(ctx, id, e)
	if errors.Is(err, workflow.Refused) {
		return d.held(ctx, in, id, withdrawState)
	}
	if err != nil {
		return ending{}, err
	}
	return ending{outcome: workflow.MailAnswered, requests: []workflow.ID{id}}, nil
}
