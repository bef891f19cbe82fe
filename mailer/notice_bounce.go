package mailer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/mailer/reader/bounce"
	"github.com/dsrd/dsrd/workflow"
)

// bounce tells the workflow that a letter which mattered did not arrive. It must
// name a mail that we really sent; one that anybody could have made up counts
// for nothing, and no bounce is ever answered.
func (d *Desk) bounce(ctx context.Context, in incoming) (ending, error) {
	mark, ok := d.bounced(in.mail)
	if !ok {
		return noted("bounce/unknown"), nil
	}
	effect, kind := cutMark(mark)
	id, _, _ := cutEffect(mark)
	r, err := d.Requests.Load(ctx, id)
	if errors.Is(err, workflow.NotFound) {
		return noted("bounce/unknown"), nil
	}
	if err != nil {
		return ending{}, err
	}
	e := workflow.Event{
		Type: workflow.LetterReturned, Op: mailOp(in.digest), Mail: in.digest,
		Arrived: in.arrived, Note: tells(in.mail),
	}
	if failedForGood(in.mail) {
		e.Reason = workflow.Undeliverable
		if carriedBy(r, effect) || opens(r, kind) {
			e.Type = workflow.Bounced
		}
		// Before the event: it takes away what tells whom the letter went to.
		if err := d.suppress(ctx, r, effect, kind, in.mail); err != nil {
			return ending{}, err
		}
	}
	return d.note(ctx, id, e, noted("bounce"))
}

// opens reports whether that kind of letter brought what opens the package: without it
// the package is of no use.
func opens(r workflow.Request, kind string) bool {
	sending := r.State == workflow.Delivering || r.State == workflow.Completed
	return kind == markPassphrase && sending && r.Package != nil &&
		r.Package.Passphrase != "" && !r.Package.Removed
}

// tells puts into one line for people what the notice says of the first recipient that
// it could not serve: codes, no address.
func tells(m *reader.Mail) string {
	worst := slices.IndexFunc(m.Bounce.Recipients, failing)
	if worst < 0 && len(m.Bounce.Recipients) > 0 {
		worst = 0
	}
	if worst < 0 {
		return ""
	}
	r := m.Bounce.Recipients[worst]
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", r.Action, r.Status, r.Reason)), " ")
}

func failing(r bounce.Recipient) bool { return r.Action == "failed" }

// suppress puts the address that a letter went to on the list, if the notice says that
// it is dead. One that is full, slow or choosy may take the next mail.
func (d *Desk) suppress(
	ctx context.Context, r workflow.Request, effect workflow.EffectID, kind string, m *reader.Mail,
) error {
	at := slices.IndexFunc(m.Bounce.Recipients, func(r bounce.Recipient) bool { return r.Hard })
	if d.Suppression == nil || at < 0 {
		return nil
	}
	address, err := d.wentTo(ctx, r, effect, kind, m)
	if err != nil || address == "" {
		return err
	}
	now := d.Now()
	note := suppressionNote(string(m.Bounce.Recipients[at].Reason), now)
	if err := d.Suppression.Suppress(ctx, address, note, now.Add(suppressedFor), now); err != nil {
		return fmt.Errorf("suppress a recipient of %s: %w", r.ID, err)
	}
	return nil
}

// wentTo is the address that the letter was sent to, "" if that cannot be known. The
// notice's own word counts only where it agrees with the registry: a mail may have
// been forwarded, and anybody's address can be written into a notice. A letter that a
// later one replaced tells nothing new.
func (d *Desk) wentTo(
	ctx context.Context, r workflow.Request, effect workflow.EffectID, kind string, m *reader.Mail,
) (workflow.Address, error) {
	switch {
	case r.Challenge != nil && r.Challenge.Effect == effect:
		return r.Challenge.Admin, nil
	case r.Ack != nil && r.Package != nil && r.Package.SentBy == effect:
		return r.Ack.Admin, nil
	case kind == "":
		return "", nil
	}
	t, err := d.Registry.Tenant(ctx, r.TenantID)
	if errors.Is(err, workflow.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up tenant %s: %w", r.TenantID, err)
	}
	second := workflow.FoldAddress(string(t.SecondContact))
	for _, dead := range m.Bounce.Recipients {
		if dead.Hard && workflow.FoldAddress(dead.Address) == second {
			return second, nil
		}
	}
	return "", nil
}
