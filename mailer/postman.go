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
	if superseded(r, t) {
		return dropped("superseded"), nil
	}
	to, err := p.addressee(ctx, r, t.Effect.Type)
	if out, ok := endedBy(err); ok {
		return out, nil
	}
	if err != nil {
		return p.retry(t, "registry"), nil
	}
	ok, err := p.mayAnswer(ctx, r, t, to)
	if err != nil {
		return workflow.Outcome{}, err
	}
	if !ok {
		return dropped("limit"), nil
	}
	if !p.Breaker.allows(ctx, p.Limits, p.Now()) {
		return workflow.Outcome{Retry: p.Now().Add(pauseAfterBreak), Note: keep(t.Note, "breaker")}, nil
	}
	mail, size, err := p.rendered(ctx, errand{r, t, to})
	if out, ok := endedBy(err); ok {
		return out, nil
	}
	if err != nil && ambiguous(t.Note) { // the note must not be lost with the attempt
		return p.retry(t, "failed"), nil
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
		if !t.Effect.Stands(r) || superseded(r, t) {
			return errors.New("the letter is no longer wanted")
		}
		now, err := p.addressee(ctx, r, t.Effect.Type)
		if err != nil {
			return err
		}
		if now.address != to.address {
			return errors.New("the registry names another recipient now")
		}
		if carriesCode(t.Effect.Type) && !p.issued(r, t, to) {
			return errors.New("the code in the letter is no longer live")
		}
		return nil
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

// What goes to people who merely wrote to us is bounded: letters of one type and of
// any type to an address in a day, and letters to a whole domain.
const (
	answersADay       = 1
	lettersADay       = 5
	domainLettersADay = 50
)

func (p *Postman) mayAnswer(ctx context.Context, r workflow.Request, t workflow.Task, to addressee) (bool, error) {
	if !to.stranger || t.Attempts > 0 { // a retry was counted when it was new
		return true, nil
	}
	address := string(r.Requester.Address)
	for _, bound := range []struct {
		key   string
		limit int
	}{
		{fmt.Sprintf("answer:%s:%s", t.Effect.Type, address), answersADay},
		{"answer:" + address, lettersADay},
		{"answer:@" + r.Requester.Address.Domain(), domainLettersADay},
	} {
		ok, err := p.Limits.Allow(ctx, bound.key, bound.limit, 24*time.Hour, p.Now())
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}
