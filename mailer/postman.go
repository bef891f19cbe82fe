package mailer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/templates"
	"github.com/dsrd/dsrd/workflow"
)

// Postman carries out every order to send: it renders the letter once, keeps the
// bytes, and sends them to whom the registry names at that moment.
type Postman struct {
	Requests Requests
	Workflow Workflow
	Registry Registry
	Limits   Limits
	Blobs    Blobs
	Courier  Courier
	Letters  *templates.Set
	Catalog  func(workflow.Tenant) []Offer // what could be exported for a tenant
	Marks    envelope.Marks
	From     string // address the reader sees
	Provider string // name the reader sees
	CodeKey  []byte
	Epoch    func() int64 // of the store's generation
	Breaker  Breaker
	Rand     io.Reader
	Now      func() time.Time
}

// Offer is one kind of data that the sources hold.
type Offer struct {
	Category workflow.Category
	Name     string // for people
	Scope    string // customer | tenant
}

// Breaker pauses all sending when more mails leave than ever should.
type Breaker struct {
	Limit  int // 0 means no limit
	Window time.Duration
}

// pauseAfterBreak is how long a mail waits when the breaker has opened.
const pauseAfterBreak = 10 * time.Minute

// Carry sends one letter. Its outcome is an event that ends the effect, or a
// time to try again.
func (p *Postman) Carry(ctx context.Context, r workflow.Request, t workflow.Task) (workflow.Outcome, error) {
	to, err := p.addressee(ctx, r, t.Effect.Type)
	if out, ok := endedBy(err); ok {
		return out, nil
	}
	if err != nil {
		return p.retry(t, "registry"), nil
	}
	if ok, err := p.mayAnswer(ctx, r, t, to); err != nil || !ok {
		return dropped("limit"), err
	}
	if !p.Breaker.allows(ctx, p.Limits, p.Now()) {
		return workflow.Outcome{Retry: p.Now().Add(pauseAfterBreak), Note: "breaker"}, nil
	}
	mail, size, err := p.rendered(ctx, r, t, to)
	if out, ok := endedBy(err); ok {
		return out, nil
	}
	if err != nil {
		return workflow.Outcome{}, err
	}
	defer mail.Close()
	result := p.Courier.Send(ctx, p.envelope(t, to), mail, size, p.lastLook(r.ID, t, to))
	return p.outcome(t, result), nil
}

// lastLook is asked immediately before the recipient is named: the registry must
// still name that address, and the letter must still be wanted.
func (p *Postman) lastLook(id workflow.ID, t workflow.Task, to addressee) func(context.Context) error {
	return func(ctx context.Context) error {
		r, err := p.Requests.Load(ctx, id)
		if err != nil {
			return err
		}
		if !t.Effect.Stands(r) {
			return errors.New("the letter is no longer wanted")
		}
		now, err := p.addressee(ctx, r, t.Effect.Type)
		if err != nil {
			return err
		}
		if now.address != to.address {
			return errors.New("the registry names another recipient now")
		}
		return nil
	}
}

// envelope names the recipient. Answers to strangers have the null sender, so
// that nothing can come back and loop (RFC 3834 3.3).
func (p *Postman) envelope(t workflow.Task, to addressee) courier.Envelope {
	e := courier.Envelope{From: p.Marks.BounceAddress(string(t.Effect.ID)), To: string(to.address)}
	if to.stranger {
		e.From = ""
	}
	return e
}

// Tidy removes the rendered mail when its end is committed: it held a code.
func (p *Postman) Tidy(ctx context.Context, t workflow.Task) error {
	if err := p.Blobs.Delete(ctx, t.Request, mailBlob(t)); err != nil {
		return fmt.Errorf("remove the rendered mail of %s: %w", t.Effect.ID, err)
	}
	return nil
}

func (b Breaker) allows(ctx context.Context, limits Limits, now time.Time) bool {
	if b.Limit == 0 {
		return true
	}
	ok, err := limits.Allow(ctx, "outbound", b.Limit, b.Window, now)
	return err == nil && ok
}

// answersADay is how many letters of one type a stranger's address gets in a day.
const answersADay = 1

// mayAnswer bounds what goes to people who merely wrote to us.
func (p *Postman) mayAnswer(ctx context.Context, r workflow.Request, t workflow.Task, to addressee) (bool, error) {
	if !to.stranger || t.Attempts > 0 { // a retry was counted when it was new
		return true, nil
	}
	key := fmt.Sprintf("answer:%s:%s", t.Effect.Type, r.Requester.Address.Redacted())
	return p.Limits.Allow(ctx, key, answersADay, 24*time.Hour, p.Now())
}
