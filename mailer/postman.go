package mailer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/templates"
	"github.com/dsrd/dsrd/workflow"
)

// Postman carries out every order to send: it renders the letter once, keeps the
// bytes, and sends them to whom the registry names at that moment.
type Postman struct {
	Requests Records
	Workflow Workflow
	Registry Registry
	Limits   Places
	Blobs    Blobs
	Courier  Courier
	Letters  *templates.Set
	Catalog  func(workflow.Tenant) []Offer // what could be exported for a tenant
	Marks    envelope.Marks
	From     string // address the reader sees
	Provider string // name the reader sees
	Contact  string // whom an admin may ask; "" tells of nobody
	CodeKey  []byte
	Epoch    func() int64 // of the store's generation
	Breaker  Breaker
	Asks     Lane // how often people are asked because of what others write to us
	Retry    courier.Schedule
	MaxBytes int64 // of a mail as it goes over the wire; 0: what the server says
	Rand     io.Reader
	Now      func() time.Time
	// ReceiptEvery is the period in which letters to strangers leave; zero: one minute.
	ReceiptEvery time.Duration

	// Sending is asked last of all before a recipient is named: whether the task is still this
	// worker's, and the store still what we know it to be. It notes that the mail may have left
	// from now on. An error withholds the mail; nil asks nobody.
	Sending func(ctx context.Context, t workflow.Task) error
	// Keep orders a copy of every letter that left. It needs a Copyist, who also clears the
	// rendered mail away.
	Keep bool

	Cooling Cooling // nil: nobody waits
	// Suppression lists the addresses that mail came back from; nil: none are.
	Suppression Suppression
}

// Records are requests, and what happened to them.
type Records interface {
	Requests
	// History gives all entries of a request, the birth first.
	History(ctx context.Context, id workflow.ID) ([]workflow.Entry, error)
}

// Offer is one kind of data that the sources hold.
type Offer struct {
	Category workflow.Category
	Name     string // for people
	Scope    string // customer | tenant
}

// Carry sends one letter. Its outcome is an event that ends the effect, or a
// time to try again.
func (p *Postman) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	if superseded(r, t) {
		return dropped("superseded"), nil
	}
	to, err := p.addressee(ctx, r, *t.Effect)
	if out, ok := endedBy(err); ok {
		return out, nil
	}
	if ours(err) {
		return workflow.Outcome{}, err
	}
	if err != nil {
		return p.putOff(t, p.Now().Add(p.Retry.WithDefaults().First), noteRegistry), nil
	}
	if out, err := p.stays(ctx, r, t, to); out != nil || err != nil {
		return p.stayed(t, out, err)
	}
	mail, size, err := p.rendered(ctx, errand{r, t, to})
	if out, ok := endedBy(err); ok {
		return out, nil
	}
	if err != nil {
		return p.stayed(t, nil, err)
	}
	defer mail.Close()
	if p.MaxBytes > 0 && size > p.MaxBytes {
		return failed(t, workflow.TooLarge, sizes(p.MaxBytes, size)), nil
	}
	result := p.Courier.Send(ctx, p.envelope(t, to), mail, size, p.lastLook(r.ID, t, to))
	if result.Verdict == courier.Withheld && ours(result.Err) {
		return workflow.Outcome{}, fmt.Errorf("look at %s for the last time: %w", t.Effect.ID, result.Err)
	}
	return p.outcome(t, size, result), nil
}

// stays says what becomes of a letter that does not leave now; nil when it may leave.
func (p *Postman) stays(
	ctx context.Context, r workflow.Request, t workflow.Task, to addressee,
) (*workflow.Outcome, error) {
	if to.stranger {
		return p.answerStays(ctx, r, t, to)
	}
	cool, err := p.cooling(ctx, r, to)
	if err != nil || cool.After(p.Now()) {
		out := p.putOff(t, cool, noteCooling)
		return &out, err
	}
	if on, err := p.suppressed(ctx, r.ID, to.address); err != nil || on {
		out := failed(t, workflow.Undeliverable, noteSuppressed)
		return &out, err
	}
	if out, err := p.askStays(ctx, r, t, to); err != nil || out != nil {
		return out, err
	}
	if until, err := p.broken(ctx, t); err != nil || !until.IsZero() {
		out := p.putOff(t, until, noteBreaker)
		return &out, err
	}
	return nil, nil
}

// stayed ends an attempt at which nothing was said to the relay. An error of our own
// must not cost what the note tells, and refusals of the relay before must not add up
// with it to the few attempts that an error has.
func (p *Postman) stayed(
	t workflow.Task, out *workflow.Outcome, err error,
) (workflow.Outcome, error) {
	switch {
	case err == nil:
		return *out, nil
	case ours(err): // no attempt at all: the note stays as it is
	case ambiguous(t.Note), t.Attempts > 0 && t.Note != noteFailed:
		return p.retry(t, noteFailed), nil
	}
	return workflow.Outcome{}, err
}

// cooling tells until when the admin must not be written to yet: whoever can change
// the registry must not have a code, or data, before anybody could notice.
func (p *Postman) cooling(ctx context.Context, r workflow.Request, to addressee) (time.Time, error) {
	if p.Cooling == nil || to.admin.Address == "" {
		return time.Time{}, nil
	}
	until, err := p.Cooling(ctx, to.tenant, to.admin, r.Customer)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask since when an admin of %s is named: %w", to.tenant.ID, err)
	}
	return until, nil
}

// errHold withholds a letter whose request was put on hold meanwhile.
var errHold = errors.New("the request is on hold")

func isHeld(err error) bool { return errors.Is(err, errHold) }

// lastLook is asked immediately before the recipient is named: the registry must
// still name that address, and the letter must still be wanted.
func (p *Postman) lastLook(
	id workflow.ID, t workflow.Task, to addressee,
) func(context.Context) error {
	return func(ctx context.Context) error {
		r, err := p.Requests.Load(ctx, id)
		if err != nil {
			return err
		}
		if t.Effect.Waits(r) {
			return errHold
		}
		if !t.Effect.Stands(r) || superseded(r, t) {
			return errors.New("the letter is no longer wanted")
		}
		now, err := p.addressee(ctx, r, *t.Effect)
		if err != nil {
			return err
		}
		if now.address != to.address {
			return errors.New("the registry names another recipient now")
		}
		if carriesCode(t.Effect.Type) && !p.issued(r, t, to) {
			return errors.New("the code in the letter is no longer live")
		}
		if p.Sending == nil {
			return nil
		}
		// Last of all: whatever is found out after it was not asked in time.
		return p.Sending(ctx, t)
	}
}

// superseded reports whether a later order has issued a code since: a letter that
// brought an earlier one, or spoke of it, would only kill or confuse the later.
func superseded(r workflow.Request, t workflow.Task) bool {
	if !carriesCode(t.Effect.Type) && t.Effect.Type != workflow.SendQuestion || r.Challenge == nil {
		return false
	}
	_, mine, _ := cutEffect(string(t.Effect.ID))
	_, live, _ := cutEffect(string(r.Challenge.Effect))
	own, err := strconv.Atoi(mine)
	other, err2 := strconv.Atoi(live)
	return err == nil && err2 == nil && other > own
}

// envelope names the recipient. Answers to strangers have the null sender, so
// that nothing can come back and loop (RFC 3834 3.3).
func (p *Postman) envelope(t workflow.Task, to addressee) courier.Envelope {
	e := courier.Envelope{From: p.Marks.BounceAddress(markOf(*t.Effect)), To: string(to.address)}
	if to.stranger {
		e.From = ""
	}
	return e
}

// Tidy removes the rendered mail when its end is committed: it held a code. One of which a
// copy is ordered is left to the Copyist.
func (p *Postman) Tidy(ctx context.Context, t workflow.Task) error {
	if kept, err := p.keeps(ctx, t); err != nil || kept {
		return err
	}
	if err := p.Blobs.Delete(ctx, t.Request, mailBlob(t)); err != nil {
		return fmt.Errorf("remove the rendered mail of %s: %w", t.Effect.ID, err)
	}
	return nil
}

// keeps reports whether the mail has left, or may have, and a copy of it is ordered.
func (p *Postman) keeps(ctx context.Context, t workflow.Task) (bool, error) {
	if !p.Keep {
		return false, nil
	}
	// A package that nobody waited for any more is written down as a letter.
	ends := []workflow.EventType{sentEvent(t.Effect.Type), workflow.LetterSent}
	if t.Perhaps+p.MayHaveLeft(t) > 0 { // given up, it may have left all the same
		ends = append(ends, workflow.EffectDropped, workflow.LetterFailed)
	}
	for _, sent := range ends {
		is, err := p.Requests.Applied(ctx, t.Request, fmt.Sprintf("%s:%s", t.Effect.ID, sent))
		if err != nil {
			return false, fmt.Errorf("look whether %s has left: %w", t.Effect.ID, err)
		}
		if is {
			return true, nil
		}
	}
	return false, nil
}
