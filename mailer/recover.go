package mailer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/mailer/reader/request"
	"github.com/dsrd/dsrd/workflow"
)

// Recovered is what was made of a mail that was handled once, in a life of the store that
// is lost at least in part.
type Recovered struct {
	// Outcome is "" when the mail was left for another time: what it is about is not there
	// yet, or not as it was. It may be shown once more when all others have been.
	Outcome   workflow.Outcomes
	Requests  []workflow.ID // those that the mail is about
	Withdraws bool          // it takes a request back
	Known     bool          // the store knows what became of it, and has all that came of it
}

// ruleRecovered marks a mail that a recovery passed over: an answer, a bounce, an automatic
// reply. What it meant once does not count any more; the admin is asked anew.
const ruleRecovered = "recovered"

// Recover reads a mail again that was handled once. What asks for something is a request
// again, with the id that it had, or joins one; what takes a request back does; and what ended
// one with a package that came back has a person look. Nothing else comes of any mail: no
// answer is taken, and nobody is written to for it. last says that no other mail comes after.
// It may be called again, and by several replicas.
func (d *Desk) Recover(ctx context.Context, m inbox.Mail, last bool) (Recovered, error) {
	if m.Missing != nil {
		return Recovered{}, fmt.Errorf("recover a mail: it cannot be read: %w", m.Missing)
	}
	sum := sha256.Sum256(m.Raw)
	digest := hex.EncodeToString(sum[:])
	rec, err := d.Journal.BeginMail(ctx, recordOf(m, digest), d.Now())
	if err != nil {
		return Recovered{}, fmt.Errorf("begin to recover mail %.12s: %w", digest, err)
	}
	known, err := d.holds(ctx, rec)
	if err != nil || known {
		return Recovered{Outcome: rec.Outcome, Requests: rec.Requests, Known: known}, err
	}
	made, rule, err := d.recovered(ctx, m, &rec, last)
	if err != nil || made.Outcome == "" {
		if err != nil {
			err = fmt.Errorf("recover mail %.12s: %w", digest, err)
		}
		return made, errors.Join(err, d.putOff(ctx, rec, err))
	}
	rec.Outcome, rec.Rule, rec.Requests = made.Outcome, rule, made.Requests
	if err := d.Journal.FinishMail(ctx, rec); err != nil {
		return Recovered{}, fmt.Errorf("finish recovering mail %.12s: %w", digest, err)
	}
	return made, nil
}

// holds reports whether the store knows what became of a mail, and still has it: the journal
// and a request may lie on different machines, and one of them alone may have gone back.
func (d *Desk) holds(ctx context.Context, rec workflow.MailRecord) (bool, error) {
	if rec.Outcome == "" {
		return false, nil
	}
	for _, id := range rec.Requests {
		if there, err := d.knows(ctx, id); err != nil || !there {
			return false, err
		}
		if rec.Outcome != workflow.MailAnswered {
			continue
		}
		if applied, err := d.Requests.Applied(ctx, id, mailOp(rec.Digest)); err != nil || !applied {
			return false, err
		}
	}
	return true, nil
}

func (d *Desk) knows(ctx context.Context, id workflow.ID) (bool, error) {
	_, err := d.Requests.Load(ctx, id)
	if errors.Is(err, workflow.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// recovered makes of the mail what can be made of it again.
func (d *Desk) recovered(
	ctx context.Context, m inbox.Mail, rec *workflow.MailRecord, last bool,
) (Recovered, string, error) {
	switch {
	case rec.Attempts > maxAttempts:
		return Recovered{Outcome: workflow.MailQuarantined}, "attempts", nil
	case m.Oversize:
		return Recovered{Outcome: workflow.MailQuarantined}, ruleOversize, nil
	}
	in := d.read(m, *rec)
	in.again = true
	rec.Class, rec.Arrived = string(in.mail.Class), in.arrived
	_, probe := d.probed(in.mail)
	switch {
	case in.mail.Class == reader.Own:
		return Recovered{Outcome: workflow.MailOwn}, "", nil
	case m.Junk:
		return Recovered{Outcome: workflow.MailNoted}, ruleJunk, nil
	case in.mail.Class == reader.Bounce && !probe:
		return d.recoveredBounce(ctx, in, last)
	case in.mail.Class != reader.Human || probe:
		return Recovered{Outcome: workflow.MailNoted}, ruleRecovered, nil
	}
	return d.recoveredHuman(ctx, in)
}

// recoveredHuman is a mail that a person wrote.
func (d *Desk) recoveredHuman(ctx context.Context, in incoming) (Recovered, string, error) {
	ids, err := d.locate(ctx, in.mail)
	if err != nil {
		return Recovered{}, "", err
	}
	in.verdict = d.Verifier.Verify(ctx, in.raw, in.arrived)
	if end, taken, err := d.takenBack(ctx, in, ids); err != nil || taken {
		return Recovered{Outcome: end.outcome, Requests: end.requests, Withdraws: true}, end.rule, err
	}
	marked := d.marked(in.mail)
	if len(ids) == 0 && marked && request.ReadWithdrawal(in.mail.Reply).Meant {
		return Recovered{Withdraws: true}, "", nil
	}
	anew := len(ids) > 0 || !marked || asks(in.mail)
	for _, id := range ids {
		asks, err := d.askedAnew(ctx, in, id)
		if err != nil {
			return Recovered{}, "", err
		}
		anew = anew && asks
	}
	if !anew {
		return Recovered{Outcome: workflow.MailNoted, Requests: ids}, ruleRecovered, nil
	}
	end, err := d.intake(ctx, in)
	return Recovered{Outcome: end.outcome, Requests: end.requests}, end.rule, err
}

// recoveredBounce is a notice that a mail failed. It counts against what a request ended with,
// by the rules that a bounce has always had, and only once nothing can change what that is:
// the admin was asked anew about all that is open.
func (d *Desk) recoveredBounce(
	ctx context.Context, in incoming, last bool,
) (Recovered, string, error) {
	passed := Recovered{Outcome: workflow.MailNoted}
	mark, ok := d.bounced(in.mail)
	if !ok || !failedForGood(in.mail) {
		return passed, ruleRecovered, nil
	}
	id, _, _ := cutEffect(string(mark.effect))
	r, err := d.Requests.Load(ctx, id)
	missing := errors.Is(err, workflow.NotFound)
	switch {
	case err != nil && !missing:
		return Recovered{}, "", err
	case !last && (missing || !r.State.Terminal()):
		return Recovered{}, "", nil
	case missing || r.State != workflow.Completed || !carriedBy(r, mark.effect) && !in.opens(r, mark.kind):
		return passed, ruleRecovered, nil
	}
	end, err := d.bounce(ctx, in)
	return Recovered{Outcome: end.outcome, Requests: end.requests}, end.rule, err
}

// askedAnew is asksAnew for a mail that came when its request may have been over, which the
// store does not know any more: then what an admin wrote about somebody else asked for more.
// Better to ask once too often than to lose a request.
func (d *Desk) askedAnew(ctx context.Context, in incoming, id workflow.ID) (bool, error) {
	anew, err := d.asksAnew(ctx, in, id)
	if err != nil || anew || !asks(in.mail) {
		return anew, err
	}
	r, err := d.Requests.Load(ctx, id)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(in.mail.Request.Customers, func(c string) bool {
		return workflow.FoldAddress(c) != r.Customer
	}), nil
}
