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

// ruleUnproven marks a notice of failure that anybody may have written who once saw a
// letter's Message-ID: the history tells of it, and nothing follows.
const ruleUnproven = "bounce/unproven"

// bounce tells the workflow that a letter which mattered did not arrive. It must
// name a mail that we really sent; one that anybody could have made up counts
// for nothing, and no bounce is ever answered.
func (d *Desk) bounce(ctx context.Context, in incoming) (ending, error) {
	mark, ok := d.bounced(in.mail)
	if !ok {
		return noted("bounce/unknown"), nil
	}
	id, _, _ := cutEffect(string(mark.effect))
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
	if !failedForGood(in.mail) {
		return d.note(ctx, id, e, noted("bounce"))
	}
	e.Reason = workflow.Undeliverable
	to, err := d.wentTo(ctx, r, mark)
	if err != nil {
		return ending{}, err
	}
	if !believed(mark, to, in.mail) {
		return d.note(ctx, id, e, noted(ruleUnproven))
	}
	if carriedBy(r, mark.effect) || in.opens(r, mark.kind) {
		e.Type = workflow.Bounced
	}
	// Before the event: it takes away what tells whom the letter went to.
	if err := d.suppress(ctx, r, mark, to, in); err != nil {
		return ending{}, err
	}
	return d.note(ctx, id, e, noted("bounce"))
}

// believed reports whether a notice that a letter failed may stop a request: one to our
// envelope sender may; one that only bears the letter's Message-ID must return our mail
// and speak of the address that it went to.
func believed(mark returnMark, to workflow.Address, m *reader.Mail) bool {
	switch mark.by {
	case bySender:
		return true
	case byOriginal:
		return speaksOf(m, to, failing)
	}
	return false
}

// speaksOf reports whether the notice says that of this address.
func speaksOf(m *reader.Mail, a workflow.Address, says func(bounce.Recipient) bool) bool {
	return a != "" && slices.ContainsFunc(m.Bounce.Recipients, func(r bounce.Recipient) bool {
		return says(r) && workflow.FoldAddress(r.Address) == a
	})
}

// opens reports whether that kind of letter brought what opens the package: without it
// the package is of no use. A recovery knows of a package without its bytes.
func (in incoming) opens(r workflow.Request, kind string) bool {
	sending := r.State == workflow.Delivering || r.State == workflow.Completed
	if kind != markPassphrase || !sending || r.Package == nil {
		return false
	}
	return r.Package.Passphrase != "" && !r.Package.Removed ||
		in.again && r.Package.Encryption == workflow.EncryptPassphrase
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
func isDead(r bounce.Recipient) bool  { return r.Hard }

// suppress puts the address that a letter went to on the list, if a notice to our envelope
// sender says that it is dead. One that is full, slow or choosy may take the next mail. Of
// the second contact the notice must speak itself: no request remembers who that was. What is
// read again after a loss is too old for that.
func (d *Desk) suppress(
	ctx context.Context, r workflow.Request, mark returnMark, to workflow.Address, in incoming,
) error {
	m := in.mail
	at := slices.IndexFunc(m.Bounce.Recipients, isDead)
	if d.Suppression == nil || in.again || at < 0 || to == "" || mark.by != bySender {
		return nil
	}
	if mark.kind != "" && !speaksOf(m, to, isDead) {
		return nil
	}
	now := d.Now()
	note := suppressionNote(string(m.Bounce.Recipients[at].Reason), now)
	if err := d.Suppression.Suppress(ctx, to, note, now.Add(suppressedFor), now); err != nil {
		return fmt.Errorf("suppress a recipient of %s: %w", r.ID, err)
	}
	return nil
}

// wentTo is the address that the letter was sent to, "" if that cannot be known: for the
// second contact, the registry's of now. The notice's own word is none: a mail may have
// been forwarded, and anybody's address can be written into a notice. A letter that a
// later one replaced tells nothing new.
func (d *Desk) wentTo(
	ctx context.Context, r workflow.Request, mark returnMark,
) (workflow.Address, error) {
	switch {
	case r.Challenge != nil && r.Challenge.Effect == mark.effect:
		return r.Challenge.Admin, nil
	case r.Ack != nil && r.Package != nil && r.Package.SentBy == mark.effect:
		return r.Ack.Admin, nil
	case mark.kind == "":
		return "", nil
	}
	t, err := d.Registry.Tenant(ctx, r.TenantID)
	if errors.Is(err, workflow.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up tenant %s: %w", r.TenantID, err)
	}
	return workflow.FoldAddress(string(t.SecondContact)), nil
}
