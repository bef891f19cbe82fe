package recovery

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
)

// treated is a mail that was treated once, with the mailbox that it lies in.
type treated struct {
	mailbox *Mailbox
	mail    inbox.Mail
	arrived time.Time
	taken   chan<- error // answered once it was taken
}

// stream hands the treated mails of all mailboxes to take, one at a time: the oldest arrival
// first, as far as each folder is in that order itself. A request that was answered must not
// be open any more when the next one of the same customer is read, wherever that one came.
// It gives how many mails could not be read.
func (r *Recovery) stream(
	ctx context.Context, take func(context.Context, treated) error,
) (unread int, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer stop(nil)
	sources := make([]*source, len(r.Mailboxes))
	for i := range r.Mailboxes {
		s := &source{mailbox: &r.Mailboxes[i], mails: make(chan treated), now: r.Now}
		sources[i] = s
		reading.Go(func() { s.run(ctx) })
	}
	for {
		next, err := oldest(sources)
		if err != nil || next == nil {
			return missed(sources), err
		}
		err = take(ctx, *next)
		if err != nil {
			stop(err)
			return missed(sources), err
		}
		next.taken <- nil
	}
}

// source is one mailbox that is being read.
type source struct {
	mailbox *Mailbox
	mails   chan treated
	now     func() time.Time
	unread  int   // to be read once mails is closed
	err     error // likewise

	head *treated // that was not taken yet
	over bool
}

// run reads Processed, and then what stayed where it arrived.
func (s *source) run(ctx context.Context) {
	defer close(s.mails)
	report, err := s.mailbox.Box.Replay(ctx, inbox.Processed, s.offer)
	s.unread += report.Failed
	if err == nil {
		report, err = s.mailbox.Box.ReplayDone(ctx, s.offer)
		s.unread += report.Failed
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.err = fmt.Errorf("read the mails of mailbox %s again: %w", s.mailbox.Name, err)
	}
}

// offer waits until it is the mail's turn.
func (s *source) offer(ctx context.Context, m inbox.Mail) error {
	if m.Missing != nil {
		return m.Missing
	}
	taken := make(chan error, 1)
	t := treated{
		mailbox: s.mailbox, mail: m, taken: taken,
		arrived: mailer.Arrival(m.Arrived, m.Raw, s.now()),
	}
	select {
	case s.mails <- t:
	case <-ctx.Done():
		return inbox.ErrOurs // no other mail is wanted
	}
	select {
	case err := <-taken:
		return err
	case <-ctx.Done():
		return inbox.ErrOurs
	}
}

// oldest is the next mail of all; nil when there is none left.
func oldest(sources []*source) (*treated, error) {
	var first *source
	for _, s := range sources {
		if s.head == nil && !s.over {
			t, ok := <-s.mails
			if ok {
				s.head = &t
			} else {
				s.over = true
			}
		}
		if s.over && s.err != nil {
			return nil, s.err
		}
		if s.head != nil && (first == nil || s.head.arrived.Before(first.head.arrived)) {
			first = s
		}
	}
	if first == nil {
		return nil, nil
	}
	next := first.head
	first.head = nil
	return next, nil
}

// missed counts what could not be read in the mailboxes that were read to their end.
func missed(sources []*source) (n int) {
	for _, s := range sources {
		if s.over {
			n += s.unread
		}
	}
	return n
}
