package mailer

import (
	"context"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Of the mails that ask about one person so many are answered in a day, whoever writes
// them and whether we know that person or not. A request writes fewer joining mails down
// than anybody can send, and what it does not write down is not answered: without this
// bound, which is below that of workflow.Joined, the first answer that fails to come would
// tell that there is a request.
const receiptsForOneADay = 90

// receiptsToOneADay is how many answers to one writer are ordered in a day. One leaves; the
// others keep a crash in the middle from costing it, and a writer alone from using up the
// answers to all who ask about the same person.
const receiptsToOneADay = 3

// answerable reports whether a mail about that customer is answered with a receipt. It is
// asked before anybody knows whether the mail joins a request.
func (d *Desk) answerable(ctx context.Context, in incoming, r workflow.Request) (bool, error) {
	if in.mail.SuppressAnswers || in.stray || in.again {
		return false, nil
	}
	if !r.Policy.Receipt || !r.Requester.Verified || r.Customer == "" {
		return r.Policy.Receipt, nil // nobody is answered, or the mail can join nothing
	}
	for _, bound := range []struct {
		key   string
		limit int
	}{
		{"receipts:to:" + string(r.Requester.Address), receiptsToOneADay},
		{"receipts:for:" + string(r.Customer), receiptsForOneADay},
	} {
		// By arrival, as the workflow counts what joined in a day.
		ok, err := d.Limits.Allow(ctx, bound.key, bound.limit, 24*time.Hour, in.arrived)
		if err != nil {
			return false, fmt.Errorf("count an answer to a requester: %w", err)
		}
		if !ok {
			return false, nil
		}
	}
	return true, nil
}
