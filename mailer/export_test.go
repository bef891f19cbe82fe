package mailer

import (
	"context"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// Weighed is what the rules say of a mail, but for ack/once, which needs the store.
type Weighed struct {
	Counts   bool // every rule holds, and it decides
	Decision string
	From     string
}

// Weigh gives a judge of answers to one request that changes nothing, for tests that
// have more of them than a store could take. In haste it does not read what proves nothing:
// no other rule makes up for that one.
func Weigh(
	ctx context.Context, d *Desk, r workflow.Request, arrived time.Time,
) (func(raw []byte, haste bool) Weighed, error) {
	q, err := d.question(ctx, r)
	if err != nil {
		return nil, err
	}
	return func(raw []byte, haste bool) Weighed {
		verdict := d.Verifier.Verify(ctx, raw, arrived)
		if haste && !verdict.Confirmable() {
			return Weighed{From: verdict.From}
		}
		in := d.read(inbox.Mail{Raw: raw, Arrived: arrived}, workflow.MailRecord{})
		in.verdict = verdict
		j := judge(d.answerIn(in), q)
		return Weighed{
			Counts:   len(j.failures) == 0 && j.unclear == workflow.NoReason,
			Decision: string(j.decision), From: in.verdict.From,
		}
	}, nil
}
