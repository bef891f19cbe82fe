package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// The rules of mails that were put aside unread, because the server never handed over
// the body, or because it was too large. When it is read its digest is another.
const (
	ruleMissing  = "missing"
	ruleOversize = "oversize"
)

// aside writes down a mail of which nothing but its place is known, so that an
// operator sees it, and the others are read on.
func (m *mailbox) aside(ctx context.Context, mail inbox.Mail) (inbox.Disposition, error) {
	j := m.desk.Journal
	rec, err := j.BeginMail(ctx, workflow.MailRecord{
		Digest: placeDigest(mail), Mailbox: mail.Mailbox + "/" + mail.Folder, Folder: mail.Folder,
		UID: fmt.Sprintf("%d/%d", mail.UIDValidity, mail.UID),
	}, m.app.options.Now())
	if err != nil {
		return inbox.Leave, fmt.Errorf("put a mail aside: %w", err)
	}
	rec.Outcome, rec.Rule = workflow.MailQuarantined, ruleMissing
	if err := j.FinishMail(ctx, rec); err != nil {
		return inbox.Leave, fmt.Errorf("put a mail aside: %w", err)
	}
	m.app.health.forget(m.mailName(mail.Folder, mail.UID))
	m.app.options.Log.Error("mail put aside: the server does not hand it over "+
		"(read it in the mailbox; dsrd inbox replay tries again)", "mail", rec.Digest[:12],
		"mailbox", m.name, "folder", mail.Folder, "uid", mail.UID, "error", mail.Missing)
	return inbox.Quarantine, nil
}

// placeDigest stands for the digest of a mail that nobody has read.
func placeDigest(m inbox.Mail) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "missing|%s|%s|%d|%d", m.Mailbox, m.Folder, m.UIDValidity, m.UID))
	return hex.EncodeToString(sum[:])
}

// known tells the mail of a record from others.
func known(rec workflow.MailRecord) func(inbox.Mail) bool {
	return func(m inbox.Mail) bool {
		raw := m.Raw
		switch rec.Rule {
		case ruleMissing: // its body may come by now
			return placeDigest(m) == rec.Digest
		case ruleOversize: // larger ones may be allowed by now
			raw = inbox.Head(raw)
		}
		sum := sha256.Sum256(raw)
		return hex.EncodeToString(sum[:]) == rec.Digest
	}
}

// ReplayMail lets a mail be judged again, as if it had just come in: it is undecided
// from now on, and brought back to where scans look for mail. by is the operator.
// NotFound when nothing is known of it, Refused when it is in no mailbox any more,
// Conflict when another replica reads the mailbox: that one remembers what it has dealt
// with, and would pass the mail by. In any other case the order may be given again.
func (a *App) ReplayMail(ctx context.Context, digest, by string) error {
	rec, err := a.store.Mail(ctx, digest)
	if err != nil {
		return err
	}
	m := a.mailboxOf(rec)
	if m == nil {
		return fmt.Errorf("replay mail %.12s: its mailbox is not configured any more: %w", digest, workflow.Refused)
	}
	leased, release, err := m.leased(ctx)
	if errors.Is(err, workflow.Fenced) {
		return fmt.Errorf("replay mail %.12s: another dsrd reads mailbox %s at present, give the order to that one: "+
			"%v: %w", digest, m.name, err, workflow.Conflict)
	}
	if err != nil {
		return fmt.Errorf("replay mail %.12s: %w", digest, err)
	}
	defer release()
	return a.bringBack(leased, m, rec, by)
}

// bringBack is ReplayMail under the mailbox's lease.
func (a *App) bringBack(ctx context.Context, m *mailbox, rec workflow.MailRecord, by string) (err error) {
	if rec.Rule == ruleMissing || rec.Rule == ruleOversize { // the whole of it gets its own record
		err = a.store.Under(engine.LeaseOf(ctx)).IgnoreMailBy(ctx, rec.Digest, by)
	} else { // undecided first: a scan that met it in between would only put it away again
		err = a.store.Under(engine.LeaseOf(ctx)).ReplayMailBy(ctx, rec.Digest, by)
	}
	if err != nil {
		return err
	}
	err = m.box.Restore(ctx, traceOf(rec), known(rec))
	if errors.Is(err, inbox.ErrGone) {
		return fmt.Errorf("replay mail %.12s: %w", rec.Digest, errors.Join(a.undo(ctx, rec), fmt.Errorf(
			"it is not in mailbox %s any more, neither where it arrived nor in the folders Processed and Quarantine "+
				"(put it back, and order it again): %w", m.name, workflow.Refused)))
	}
	if err != nil {
		return fmt.Errorf("replay mail %.12s: %w", rec.Digest, err)
	}
	m.stir()
	return nil
}

// undo leaves the record as it was: what cannot be read again is not under way.
func (a *App) undo(ctx context.Context, rec workflow.MailRecord) error {
	if rec.Outcome == "" {
		return nil
	}
	return a.store.FinishMail(ctx, rec)
}

// mailboxOf is where a mail was seen; nil when that is not configured any more.
func (a *App) mailboxOf(rec workflow.MailRecord) *mailbox {
	for _, m := range a.mailboxes {
		if strings.HasPrefix(rec.Mailbox, m.name+"/") {
			return m
		}
	}
	return nil
}

func traceOf(rec workflow.MailRecord) inbox.Trace {
	t := inbox.Trace{Size: rec.Size, Arrived: rec.Arrived}
	if _, err := fmt.Sscanf(rec.UID, "%d/%d", &t.UIDValidity, &t.UID); err != nil {
		t.UIDValidity, t.UID = 0, 0
	}
	return t
}

// mails is another name for the port, so that it can be embedded.
type mails = admin.Mails

// replaying are the mails of operators, with a replay that reaches the mailbox. Like all
// that would change something they can only be looked at while the start waits.
type replaying struct {
	mails
	app *App
}

// Replay brings the mail back.
func (r replaying) Replay(ctx context.Context, digest, by string) error {
	if err := r.app.asleep(); err != nil {
		return err
	}
	return r.app.ReplayMail(ctx, digest, by)
}

// Ignore decides that nothing comes of the mail.
func (r replaying) Ignore(ctx context.Context, digest, by string) error {
	if err := r.app.asleep(); err != nil {
		return err
	}
	return r.mails.Ignore(ctx, digest, by)
}
