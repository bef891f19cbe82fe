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
	Replays   Replays
	Verifier  *authentic.Verifier
	Second    func(raw []byte) (string, error) // another parser's reading of the text
	Marks     envelope.Marks
	Own       []string // our addresses
	Keys      Keys
	Epoch     func() int64 // of the store's generation
	Policy    func(workflow.Tenant) workflow.Policy
	Partition func(tenantID string) int
	Cooling   Cooling // nil: nobody waits
	// Suppression takes the addresses that mail came back from; nil for none.
	Suppression Suppression
	// Probes take what answers to probes show; nil: nothing is noted of them.
	Probes Probes
	Rand   io.Reader
	Now    func() time.Time
}

// maxAttempts at one mail that ended in a crash: then it is set aside for a person.
const maxAttempts = 3

// ruleJunk marks a mail that was left in the junk folder.
const ruleJunk = "junk"

// ruleOversize marks a mail that is too large to be read.
const ruleOversize = "oversize"

// ending is what became of a mail: its one visible outcome.
type ending struct {
	outcome  workflow.Outcomes
	rule     string
	requests []workflow.ID
}

// errLater leaves an answer for a later scan. It is an error of this one, so that
// no reminder and no end of a code overtakes the answer meanwhile.
var errLater = errors.New("a look-up failed for now, the answer will be judged again")

func noted(rule string) ending { return ending{outcome: workflow.MailNoted, rule: rule} }

// Handle is the inbox's handler: it says what to do with the mail after its
// effect is durable. An error leaves the mail where it is for the next scan; one that is
// inbox.ErrOurs would meet all other mails as well.
func (d *Desk) Handle(ctx context.Context, m inbox.Mail) (inbox.Disposition, error) {
	says, err := d.take(ctx, m)
	if ours(err) {
		err = fmt.Errorf("%w: %w", inbox.ErrOurs, err)
	}
	return says, err
}

// ours reports an error that is no mail's and no letter's fault: the store cannot do it
// now, what is known of it is out of date, or another replica has the right to act.
func ours(err error) bool {
	return errors.Is(err, workflow.Unavailable) || errors.Is(err, workflow.Outdated) ||
		errors.Is(err, workflow.Fenced)
}

func (d *Desk) take(ctx context.Context, m inbox.Mail) (inbox.Disposition, error) {
	sum := sha256.Sum256(m.Raw)
	digest := hex.EncodeToString(sum[:])
	rec, err := d.Journal.BeginMail(ctx, recordOf(m, digest), d.Now())
	if err != nil {
		return inbox.Leave, fmt.Errorf("begin mail %.12s: %w", digest, err)
	}
	if rec.Outcome != "" && !rescued(rec, m) {
		return disposition(rec), nil // a crash came before it was moved, or it came twice
	}
	end, err := d.handle(ctx, m, &rec)
	if err != nil {
		return inbox.Leave, errors.Join(fmt.Errorf("handle mail %.12s: %w", digest, err), d.putOff(ctx, rec, err))
	}
	rec.Outcome, rec.Rule, rec.Requests = end.outcome, end.rule, end.requests
	if err := d.Journal.FinishMail(ctx, rec); err != nil {
		return inbox.Leave, fmt.Errorf("finish mail %.12s: %w", digest, err)
	}
	return disposition(rec), nil
}

// recordOf is what is remembered of a mail when it is first seen.
func recordOf(m inbox.Mail, digest string) workflow.MailRecord {
	return workflow.MailRecord{
		Digest: digest, Mailbox: m.Mailbox + "/" + m.Folder, Folder: m.Folder, Size: m.Size,
		UID: fmt.Sprintf("%d/%d", m.UIDValidity, m.UID),
	}
}

// rescued reports whether somebody took the mail out of the junk folder: then it
// is read as if it had never lain there. One that was to be read at its full size, and
// is still too large, goes back to where people see it.
func rescued(rec workflow.MailRecord, m inbox.Mail) bool {
	large := m.Oversize && rec.Rule == ruleOversize && rec.Outcome == workflow.MailIgnored
	return large || rec.Rule == ruleJunk && !m.Junk
}

// faultPatience is how long faults are taken for somebody else's. A mail that is
// the only one to meet them for a day must not hold up all others for ever: while
// it fails, no scan is complete.
const faultPatience = 24 * time.Hour

// putOff lets an attempt count for nothing that a look-up, the store or the end of
// this process cut short: what kills us is the mail's own fault.
func (d *Desk) putOff(ctx context.Context, rec workflow.MailRecord, why error) error {
	if !ours(why) && d.Now().Sub(rec.FirstSeen) > faultPatience {
		return nil
	}
	if err := d.Journal.PutOff(context.WithoutCancel(ctx), rec); err != nil {
		return fmt.Errorf("put off mail %.12s: %w", rec.Digest, err)
	}
	return nil
}

func disposition(rec workflow.MailRecord) inbox.Disposition {
	switch {
	case rec.Outcome == workflow.MailQuarantined:
		return inbox.Quarantine
	case rec.Rule == ruleJunk:
		return inbox.Ignore // unmarked, so that it counts when somebody rescues it
	}
	return inbox.Done
}

// handle reads the mail and takes the way of its class.
func (d *Desk) handle(ctx context.Context, m inbox.Mail, rec *workflow.MailRecord) (ending, error) {
	if rec.Attempts > maxAttempts {
		return ending{outcome: workflow.MailQuarantined, rule: "attempts"}, nil
	}
	if m.Oversize {
		return ending{outcome: workflow.MailQuarantined, rule: ruleOversize}, nil
	}
	in := d.read(m, *rec)
	rec.Class, rec.Arrived = string(in.mail.Class), in.arrived
	if m.Junk && in.mail.Class != reader.Human {
		return noted(ruleJunk), nil
	}
	if in.mail.Class == reader.Own {
		return ending{outcome: workflow.MailOwn}, nil
	}
	if id, ok := d.probed(in.mail); ok {
		return d.probe(ctx, in, m.Mailbox, id)
	}
	switch in.mail.Class {
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
	verdict authentic.Verdict // of class human only: it costs look-ups
	raw     []byte
	digest  string
	arrived time.Time
	seen    time.Time // first seen, for waiting on look-ups
	replays int       // how often an operator had it judged again
	junk    bool
	stray   bool // it answers a mail of ours that leads nowhere, and asks for nothing new
	again   bool // it was handled once: nobody is written to for it
}

func (d *Desk) read(m inbox.Mail, rec workflow.MailRecord) incoming {
	in := incoming{
		mail: reader.Read(m.Raw, d.options()), raw: m.Raw, digest: rec.Digest,
		arrived: Arrival(m.Arrived, m.Raw, d.Now()), seen: rec.FirstSeen, junk: m.Junk,
		replays: rec.Replays,
	}
	in.verdict.Proof = -1
	return in
}

func (d *Desk) options() reader.Options {
	return reader.Options{
		Own: d.Own, BouncePrefix: bouncePrefix(d.Marks.Bounce), Now: d.Now,
		IsOurMessageID: func(id string) bool {
			_, ours := d.Marks.MessageIDEffect(id)
			_, probe := d.Marks.Probe(id)
			return ours || probe || d.Marks.IsDigest(id)
		},
		IsOurLoopMark: d.Marks.IsLoopMark,
	}
}

// human is a mail that a person wrote: an answer if it names a request, a
// request otherwise. In the junk folder only answers are looked for.
func (d *Desk) human(ctx context.Context, in incoming) (ending, error) {
	ids, err := d.locate(ctx, in.mail)
	if err != nil {
		return ending{}, err
	}
	if in.junk && len(ids) != 1 {
		return noted(ruleJunk), nil
	}
	in.verdict = d.Verifier.Verify(ctx, in.raw, in.arrived)
	if len(ids) == 0 {
		in.stray = d.marked(in.mail) && !asks(in.mail)
		return d.intake(ctx, in)
	}
	return d.named(ctx, in, ids)
}
