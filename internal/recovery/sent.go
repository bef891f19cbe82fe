package recovery

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// letters are what copies in Sent tell of one request: the newest letter that asked the
// admin, the newest that ended the request, and all that left.
type letters struct {
	asked, closed *Copy
	left          []letter
}

type letter struct {
	effect workflow.EffectID
	kind   workflow.EffectType
}

// highest is the highest number of an effect that left.
func (l letters) highest() (n int) {
	for _, x := range l.left {
		n = max(n, ordinal(x.effect))
	}
	return n
}

// proof is the letter that ended the request, as far as we know: nil when the admin was asked
// after it, because the package came back for instance.
func (l letters) proof() *Copy {
	if l.closed == nil || l.asked != nil && ordinal(l.asked.Effect) > ordinal(l.closed.Effect) {
		return nil
	}
	return l.closed
}

// index is what all copies tell.
type index struct {
	requests map[workflow.ID]letters
	epoch    int64 // the highest of them
	number   int   // the highest of an effect that left
}

// next is the first life in which nothing that left can have its like: neither its codes, nor,
// from a request that ordered more than a life has numbers for, its Message-IDs.
func (x *index) next() int64 { return max(x.epoch+1, workflow.EpochPast(x.number)) }

func (x *index) add(c Copy) {
	x.epoch, x.number = max(x.epoch, c.Epoch), max(x.number, ordinal(c.Effect))
	l := x.requests[c.Request]
	l.left = append(l.left, letter{c.Effect, c.Type})
	switch c.means() {
	case asking:
		l.asked = newer(l.asked, c)
	case closing:
		l.closed = newer(l.closed, c)
	}
	x.requests[c.Request] = l
}

// ending is what a letter says of how its request stands.
type ending int

const (
	nothing ending = iota // the letter may leave in any state
	asking                // the admin was asked
	closing               // the request ended with it
)

// means tells what a copy proves. A package that left when the request was elsewhere already
// ended nothing: its copy does not say what released it.
func (c Copy) means() ending {
	switch c.Type {
	case workflow.SendConfirmation, workflow.SendReminder, workflow.SendEscalation:
		return asking
	case workflow.SendDeclined, workflow.SendRefusal:
		return closing
	case workflow.SendPackage:
		if c.Package != nil && c.Ack != nil {
			return closing
		}
	}
	return nothing
}

func newer(have *Copy, c Copy) *Copy {
	if have != nil && ordinal(have.Effect) >= ordinal(c.Effect) {
		return have
	}
	return &c
}

// ordinal is the number of an effect. Numbers never repeat, and rise from life to life.
func ordinal(id workflow.EffectID) int {
	n, err := strconv.Atoi(string(id[strings.LastIndexByte(string(id), '.')+1:]))
	if err != nil {
		return 0 // no effect of ours: it is older than all
	}
	return n
}

// sent reads every copy of every mailbox.
func (r *Recovery) sent(ctx context.Context, result *Result) (*index, error) {
	x := &index{requests: map[workflow.ID]letters{}}
	for _, m := range r.Mailboxes {
		report, err := m.Box.Replay(ctx, inbox.Sent, func(_ context.Context, mail inbox.Mail) error {
			r.tell(StepSent, result.Copies+result.Forged+1)
			c, err := r.Copies(mail.Raw)
			switch {
			case mail.Missing != nil:
				result.Unread++
			case errors.Is(err, ErrNotACopy):
			case err != nil: // forged, or of a kind that we do not know: it proves nothing
				result.Forged++
			default:
				result.Copies++
				x.add(c)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read what mailbox %s sent: %w", m.Name, err)
		}
		result.Unread += report.Failed
	}
	return x, nil
}

// tell reports progress: the beginning of a step, and then now and then.
func (r *Recovery) tell(s Step, done int) {
	if r.Tell != nil && done%toldEach == 0 {
		r.Tell(Progress{Step: s, Done: done})
	}
}

// proofOf is what the law is told of a letter that ended a request.
func proofOf(c Copy) *workflow.Proof {
	return &workflow.Proof{
		Type: c.Type, Effect: c.Effect, At: c.At.UTC(), Package: c.Package, Ack: c.Ack,
	}
}

// young reports whether what happened then is younger than the code's life.
func young(then time.Time, r workflow.Request, now time.Time) bool {
	return !then.IsZero() && now.Sub(then) < r.Policy.CodeLife
}
