// Package courier hands one mail for one recipient to the submission server and says which of
// three things happened: the server took it, the server has not got it, or nobody can know.
//
// It must never call a mail refused that the server may have stored, never let a mail that was cut
// short look complete, and never send a secret or a mail over a connection that is not verified.
package courier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// A Courier sends mail through one server. It may be used by many goroutines at a time; each Send
// has a connection of its own.
type Courier struct {
	server Server
	now    func() time.Time
	idle   shelf
}

// New returns a courier for s. The clock is what deadlines are reckoned from, so it has to agree
// with the clock of the machine. What is wrong with s is reported by s.Validate, and by each Send.
func New(s Server, now func() time.Time) *Courier {
	return &Courier{server: s.withDefaults(), now: now}
}

// Close ends the connections that are kept for the next mail. The courier may be used afterwards,
// and then keeps none.
func (c *Courier) Close() { c.idle.close() }

// Envelope is the sender and the one recipient of the SMTP dialogue (RFC 5321 section 2.3.1).
type Envelope struct {
	From string // where bounces go; "" or "<>" is the null sender
	To   string
}

// Send submits the mail of exactly size bytes, whose lines end in CRLF.
//
// check runs immediately before the server is told the recipient; its error withholds the mail. It
// may run twice when a kept connection turns out to be dead. A nil check checks nothing.
//
// A context that ends before the final dot means a temporary refusal, after it an ambiguous one.
func (c *Courier) Send(ctx context.Context, e Envelope, mail io.Reader, size int64,
	check func(context.Context) error) Result {
	if err := c.server.Validate(); err != nil {
		return Result{Verdict: Refused, Stage: StageConnect, Config: true, Err: err}
	}
	if err := e.validate(); err != nil {
		return Result{Verdict: Refused, Permanent: true, Stage: StageAddress, Err: err}
	}
	if size <= 0 {
		return Result{Verdict: Refused, Permanent: true, Stage: StageSize,
			Err: errors.New("send mail: its size is not known")}
	}
	t := &transaction{envelope: e, mail: mail, size: size, check: check}
	for {
		s := c.idle.take()
		kept := s != nil
		if !kept {
			var failed *Result
			if s, failed = c.connect(ctx); failed != nil {
				return *failed
			}
		}
		r := c.deliver(ctx, s, t)
		if kept && t.untouched(r) && ctx.Err() == nil {
			continue // the server closed the kept connection; nothing was said about this mail
		}
		return r
	}
}

// deliver runs t on s, then keeps s or ends it.
func (c *Courier) deliver(ctx context.Context, s *session, t *transaction) Result {
	stop := context.AfterFunc(ctx, s.wire.abort)
	r, after := s.run(ctx, t)
	if !stop() && r.Err != nil && r.Verdict != Withheld {
		r.Err = fmt.Errorf("%w: %w", r.Err, ctx.Err())
	}
	switch {
	case after == mayContinue && ctx.Err() == nil && c.idle.keep(s, c.server.Idle):
	case after == mustBreak:
		s.wire.abort()
	default:
		s.quit()
	}
	return r
}
