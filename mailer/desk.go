package mailer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

// Keys are what the desk needs of the key file.
type Keys struct {
	ID        map[int][]byte // version -> key of request ids
	IDVersion int            // the version that new ids are made with
	Code      []byte         // hashes codes
}

// Desk reads each mail that comes in and gives the workflow the event it means.
type Desk struct {
	Requests  Requests
	Workflow  Workflow
	Journal   Journal
	Registry  Registry
	Limits    Limits
	Verifier  *authentic.Verifier
	Second    func(raw []byte) (string, error) // another parser's reading of the text
	Marks     envelope.Marks
	Own       []string // our addresses
	Keys      Keys
	Policy    func(workflow.Tenant) workflow.Policy
	Partition func(tenantID string) int
	Rand      io.Reader
	Now       func() time.Time
}

// maxAttempts at one mail: after that it is set aside for a person.
const maxAttempts = 3

// ending is what became of a mail: its one visible outcome.
type ending struct {
	outcome  workflow.Outcomes
	rule     string
	requests []workflow.ID
	later    bool // nothing is decided yet; come back
}

func noted(rule string) ending { return ending{outcome: workflow.MailNoted, rule: rule} }

// Handle is the inbox's handler: it says what to do with the mail after its
// effect is durable. An error leaves the mail where it is for the next scan.
func (d *Desk) Handle(ctx context.Context, m inbox.Mail) (inbox.Disposition, error) {
	sum := sha256.Sum256(m.Raw)
	rec := workflow.MailRecord{
		Digest: hex.EncodeToString(sum[:]), Mailbox: m.Mailbox + "/" + m.Folder,
		UID: fmt.Sprintf("%d/%d", m.UIDValidity, m.UID),
	}
	rec, err := d.Journal.BeginMail(ctx, rec, d.Now())
	if err != nil {
		return inbox.Leave, fmt.Errorf("begin mail %.12s: %w", rec.Digest, err)
	}
	if rec.Outcome != "" {
		return disposition(rec.Outcome), nil // a crash came before it was moved, or it came twice
	}
	end, err := d.handle(ctx, m, &rec)
	if err != nil {
		return inbox.Leave, fmt.Errorf("handle mail %.12s: %w", rec.Digest, err)
	}
	return d.finish(ctx, rec, end)
}

func (d *Desk) finish(ctx context.Context, rec workflow.MailRecord, end ending) (inbox.Disposition, error) {
	rec.Outcome, rec.Rule, rec.Requests = end.outcome, end.rule, end.requests
	if end.later {
		rec.Attempts = 0 // waiting for a look-up is no failed attempt
	}
	if err := d.Journal.FinishMail(ctx, rec); err != nil {
		return inbox.Leave, fmt.Errorf("finish mail %.12s: %w", rec.Digest, err)
	}
	if end.later {
		return inbox.Leave, nil
	}
	return disposition(end.outcome), nil
}

func disposition(o workflow.Outcomes) inbox.Disposition {
	if o == workflow.MailQuarantined {
		return inbox.Quarantine
	}
	return inbox.Done
}

// handle reads the mail and takes the way of its class.
func (d *Desk) handle(ctx context.Context, m inbox.Mail, rec *workflow.MailRecord) (ending, error) {
	if rec.Attempts > maxAttempts {
		return ending{outcome: workflow.MailQuarantined, rule: "attempts"}, nil
	}
	if m.Oversize {
		return ending{outcome: workflow.MailQuarantined, rule: "oversize"}, nil
	}
	in := d.read(ctx, m, rec.Digest)
	rec.Class, rec.Arrived = string(in.mail.Class), in.arrived
	if m.Junk {
		return d.junk(ctx, in)
	}
	switch in.mail.Class {
	case reader.Own:
		return ending{outcome: workflow.MailOwn}, nil
	case reader.Bounce:
		return d.bounce(ctx, in)
	case reader.Auto:
		return d.auto(ctx, in)
	case reader.Human:
		return d.human(ctx, in)
	}
	return noted(string(in.mail.Class)), nil
}

// incoming is a mail as facts.
type incoming struct {
	mail    *reader.Mail
	verdict authentic.Verdict
	raw     []byte
	digest  string
	arrived time.Time
	seen    time.Time // first seen, for waiting on look-ups
}

func (d *Desk) read(ctx context.Context, m inbox.Mail, digest string) incoming {
	mail := reader.Read(m.Raw, d.options())
	in := incoming{mail: mail, raw: m.Raw, digest: digest, arrived: Arrival(m.Arrived, m.Raw, d.Now())}
	in.verdict = d.Verifier.Verify(ctx, m.Raw, in.arrived)
	return in
}

func (d *Desk) options() reader.Options {
	return reader.Options{
		Own: d.Own, BouncePrefix: bouncePrefix(d.Marks.Bounce), Now: d.Now,
		IsOurMessageID: func(id string) bool { _, ours := d.Marks.MessageIDEffect(id); return ours },
		IsOurLoopMark:  d.Marks.IsLoopMark,
	}
}

// human is a mail that a person wrote: an answer if it names a request, a
// request otherwise.
func (d *Desk) human(ctx context.Context, in incoming) (ending, error) {
	ids, err := d.locate(ctx, in.mail)
	if err != nil {
		return ending{}, err
	}
	switch len(ids) {
	case 0:
		return d.intake(ctx, in)
	case 1:
		return d.answer(ctx, in, ids[0])
	}
	return ending{outcome: workflow.MailHeld, rule: ruleToken, requests: ids}, nil
}

// junk acts only on what the server took for junk wrongly: an authentic answer
// to an open question. All else stays where it is and is only counted.
func (d *Desk) junk(ctx context.Context, in incoming) (ending, error) {
	if in.mail.Class != reader.Human || !in.verdict.Confirmable() {
		return noted("junk"), nil
	}
	ids, err := d.locate(ctx, in.mail)
	if err != nil || len(ids) != 1 {
		return noted("junk"), err
	}
	return d.answer(ctx, in, ids[0])
}

// auto is an automatic reply: it never starts, confirms or answers anything. If
// the admin is away, the request's history says so.
func (d *Desk) auto(ctx context.Context, in incoming) (ending, error) {
	ids, err := d.locate(ctx, in.mail)
	if err != nil || len(ids) != 1 {
		return noted("auto"), err
	}
	e := workflow.Event{Type: workflow.Away, Op: mailOp(in.digest), Mail: in.digest, Arrived: in.arrived}
	return d.note(ctx, ids[0], e, noted("away"))
}

// bounce tells the workflow that a letter which mattered did not arrive. It must
// name a mail that we really sent; one that anybody could have made up counts
// for nothing, and no bounce is ever answered.
func (d *Desk) bounce(ctx context.Context, in incoming) (ending, error) {
	effect, ok := d.bounced(in.mail)
	if !ok {
		return noted("bounce/unknown"), nil
	}
	id, _, _ := cutEffect(effect)
	r, err := d.Requests.Load(ctx, id)
	if errors.Is(err, workflow.NotFound) {
		return noted("bounce/unknown"), nil
	}
	if err != nil {
		return ending{}, err
	}
	e := workflow.Event{
		Type: workflow.LetterDropped, Op: mailOp(in.digest), Mail: in.digest,
		Arrived: in.arrived, Reason: workflow.Undeliverable,
	}
	if failedForGood(in.mail) && carriedBy(r, workflow.EffectID(effect)) {
		e.Type = workflow.Bounced
	}
	return d.note(ctx, id, e, noted("bounce"))
}

// note applies an event that only notes something; a request that will not have
// it is left alone.
func (d *Desk) note(ctx context.Context, id workflow.ID, e workflow.Event, end ending) (ending, error) {
	_, err := d.Workflow.Step(ctx, id, e)
	if err != nil && !errors.Is(err, workflow.Refused) && !errors.Is(err, workflow.NotFound) {
		return ending{}, err
	}
	end.requests = []workflow.ID{id}
	return end, nil
}

// mailOp is the operation id of what a mail causes: one event a mail and request.
func mailOp(digest string) string { return "mail:" + digest }
