package courier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"time"
)

// A transaction is one mail and whether its bytes were touched.
type transaction struct {
	envelope Envelope
	mail     io.Reader
	size     int64
	check    func(context.Context) error
}

// aftermath is what may be done with a session after a transaction.
type aftermath int

const (
	mayContinue aftermath = iota // the next mail may follow
	mayQuit                      // say QUIT and close
	mustBreak                    // DATA is open: cut the connection, never QUIT
)

// run carries out t on s.
func (s *session) run(ctx context.Context, t *transaction) (Result, aftermath) {
	if s.limit > 0 && t.size > s.limit {
		return Result{Verdict: Refused, Permanent: true, Stage: StageSize, Limit: s.limit,
			Err: fmt.Errorf("submit mail: %d bytes, server takes %d", t.size, s.limit)}, mayContinue
	}
	s.mails++
	if r, after := s.announce(ctx, t); r != nil {
		r.Limit = s.limit
		return *r, after
	}
	if r := s.transmit(t); r != nil {
		r.Limit = s.limit
		return *r, mustBreak
	}
	r, after := s.finish(t)
	r.Limit = s.limit
	return r, after
}

// A step is a command and the class of reply that lets the dialogue go on.
type step struct {
	stage Stage
	line  string
	class int
	limit time.Duration
}

func (s *session) steps(t *transaction) []step {
	return []step{
		{StageMail, s.mailCommand(t), 2, s.limits.Command},
		{StageRcpt, "RCPT TO:<" + t.envelope.To + ">", 2, s.limits.Command},
		{StageData, "DATA", 3, s.limits.Data},
	}
}

// mailCommand tells the size (RFC 1870 section 5) and asks for bounces without the body (RFC 3461
// section 4.3), so that a bounce does not carry an export through the world a second time.
func (s *session) mailCommand(t *transaction) string {
	line := "MAIL FROM:<" + t.envelope.reversePath() + ">"
	if s.sized {
		line += fmt.Sprintf(" SIZE=%d", t.size)
	}
	if s.dsn && t.envelope.reversePath() != "" {
		line += " RET=HDRS"
	}
	return line
}

// announce names sender and recipient and opens DATA. A nil result means that the mail may follow.
func (s *session) announce(ctx context.Context, t *transaction) (*Result, aftermath) {
	if s.pipelining {
		return s.announceAtOnce(ctx, t)
	}
	for _, next := range s.steps(t) {
		if next.stage == StageRcpt {
			if r := t.ask(ctx); r != nil {
				return r, mayQuit
			}
		}
		s.wire.arm(next.limit)
		err := s.say(next.line)
		if err == nil {
			err = s.hear(next)
		}
		if err != nil {
			return failed(next.stage, t.envelope, err), s.ending(next, err)
		}
	}
	return nil, mayContinue
}

// announceAtOnce says all three commands in one go (RFC 2920 section 3.1) and hears all answers,
// since a server may open DATA although it refused the recipient.
func (s *session) announceAtOnce(ctx context.Context, t *transaction) (*Result, aftermath) {
	if r := t.ask(ctx); r != nil {
		return r, mayContinue
	}
	steps := s.steps(t)
	s.wire.arm(s.limits.Command)
	if err := s.say(steps[0].line, steps[1].line, steps[2].line); err != nil {
		return failed(StageMail, t.envelope, err), mustBreak
	}
	var first *Result
	after := mayContinue
	for _, next := range steps {
		s.wire.arm(next.limit)
		err := s.hear(next)
		after = s.ending(next, err)
		if err != nil && first == nil {
			first = failed(next.stage, t.envelope, err)
		}
		if !isReply(err) {
			break
		}
	}
	return first, after
}

// ask runs the caller's check.
func (t *transaction) ask(ctx context.Context) *Result {
	if t.check == nil {
		return nil
	}
	if err := t.check(ctx); err != nil {
		return &Result{Verdict: Withheld, Stage: StageCheck,
			Err: fmt.Errorf("submit mail: withheld: %w", err)}
	}
	return nil
}

// hear reads the answer to one step.
func (s *session) hear(after step) error {
	_, _, err := s.text.ReadResponse(after.class)
	return err
}

// ending says how to leave after the answer to a step: politely while no DATA is open.
func (s *session) ending(after step, err error) aftermath {
	switch {
	case after.stage == StageData && err == nil:
		return mustBreak // unless the mail follows, which the caller decides
	case isReply(err):
		return mayQuit
	}
	return mustBreak
}

// isReply is true when the server answered, well or badly, so that the dialogue is in step.
func isReply(err error) bool {
	var reply *textproto.Error
	return err == nil || errors.As(err, &reply)
}

// untouched is true of a failure that happened before the server said anything about the mail: on
// a kept connection that was closed meanwhile, or whose login ran out.
func (t *transaction) untouched(r Result) bool {
	if r.Verdict != Refused || r.Stage != StageMail {
		return false
	}
	return r.Code == 0 || r.Code == 421 || r.Code == 530 || r.Code == 535
}
