package mailer

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// auto is an automatic reply: it never starts, confirms or answers anything. If
// the admin is away, the request's history says so.
func (d *Desk) auto(ctx context.Context, in incoming) (ending, error) {
	ids, err := d.locate(ctx, in.mail)
	if err != nil || len(ids) != 1 {
		return noted("auto"), err
	}
	r, err := d.Requests.Load(ctx, ids[0])
	if err != nil {
		return ending{}, err
	}
	if r.Challenge == nil || workflow.FoldAddress(in.mail.From) != r.Challenge.Admin {
		return noted("auto"), nil
	}
	e := workflow.Event{Type: workflow.Away, Op: mailOp(in.digest), Mail: in.digest, Arrived: in.arrived}
	return d.note(ctx, r.ID, e, noted("away"))
}

// notesADay bounds how often strangers can write into one request's history; what
// the admin is proven to have written is counted by itself.
const notesADay = 20

// note applies an event that only notes something, as often as a day allows; what
// a request will not have is left alone. Bounces that move a request always count.
func (d *Desk) note(ctx context.Context, id workflow.ID, e workflow.Event, end ending) (ending, error) {
	end.requests = append(end.requests, id)
	if e.Type != workflow.Bounced {
		key := "noted:" + e.Actor + ":" + string(id)
		ok, err := d.Limits.Allow(ctx, key, notesADay, 24*time.Hour, d.Now())
		if err != nil || !ok && !matters(e) {
			return end, err // the mail's own record tells of it in any case
		}
	}
	_, err := d.Workflow.Step(ctx, id, e)
	if err != nil && !errors.Is(err, workflow.Refused) && !errors.Is(err, workflow.NotFound) {
		return ending{}, err
	}
	return end, nil
}

// matters reports whether a note has a bound of its own, and a use beyond the history.
func matters(e workflow.Event) bool { return e.Tell != workflow.NoReason || e.Wrong }

// held writes into a request's history that a mail was held, and by which rule.
func (d *Desk) held(ctx context.Context, in incoming, id workflow.ID, rule string) (ending, error) {
	e := workflow.Event{Type: workflow.Held, Op: heldOp(in.digest, in.replays), Rule: rule,
		Mail: in.digest, Arrived: in.arrived}
	return d.note(ctx, id, e, ending{outcome: workflow.MailHeld, rule: rule})
}

// The operation ids of what a mail causes, by what became of it: one event a mail
// and request. What changed nothing may be judged once more a replay.
func mailOp(digest string) string               { return "mail:" + digest }
func askedOp(digest string, replays int) string { return "mail:" + digest + ":asked" + round(replays) }
func heldOp(digest string, replays int) string  { return "mail:" + digest + ":held" + round(replays) }

func round(replays int) string {
	if replays == 0 {
		return ""
	}
	return ":" + strconv.Itoa(replays)
}
