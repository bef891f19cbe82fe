package courier

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
)

// blockBytes is what goes out under one deadline.
const blockBytes = 32 << 10

// transmit sends the mail up to its last line and leaves the dot to finish. An error means that
// the connection must be cut: go-mail's DataCloser, and net/textproto under it, would send the dot
// on Close and so complete a mail that was cut short.
func (s *session) transmit(t *transaction) *Result {
	var sent int64
	s.lines.begin()
	if s.block == nil {
		s.block = make([]byte, blockBytes)
	}
	for {
		n, err := t.mail.Read(s.block)
		if sent += int64(n); sent > t.size {
			return failed(StageData, t.envelope, errors.New("mail is longer than announced"))
		}
		out, bad := s.lines.stuff(s.block[:n])
		if bad != nil {
			r := failed(StageData, t.envelope, bad)
			r.Permanent = true
			return r
		}
		if werr := s.send(out); werr != nil {
			return failed(StageData, t.envelope, s.lastWords(werr))
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return failed(StageData, t.envelope, fmt.Errorf("read mail: %w", err))
		}
	}
	if sent != t.size {
		return failed(StageData, t.envelope,
			fmt.Errorf("mail has %d bytes, announced were %d", sent, t.size))
	}
	if !s.lines.lineStart {
		r := failed(StageData, t.envelope, errLines)
		r.Permanent = true
		return r
	}
	return nil
}

// send writes one block with a deadline of its own.
func (s *session) send(block []byte) error {
	s.wire.arm(s.limits.Block)
	_, err := s.text.W.Write(block)
	return err
}

// lastWords looks for the reply of a server that closed while the mail was being sent: a 552 there
// must not be tried again for five days.
func (s *session) lastWords(err error) error {
	var broken net.Error
	if errors.As(err, &broken) && broken.Timeout() {
		return err
	}
	s.wire.arm(quitPatience)
	code, text, heard := s.text.ReadResponse(0)
	if heard == nil && code >= 400 {
		return &textproto.Error{Code: code, Msg: text}
	}
	return err
}

// finish sends the dot. From here on only a reply that says 4xx or 5xx means that the server has
// not got the mail.
func (s *session) finish(t *transaction) (Result, aftermath) {
	s.wire.arm(s.limits.Dot)
	if err := s.say("."); err != nil {
		// A write that fails has not handed over its last bytes, and those are the dot.
		return *failed(StageData, t.envelope, s.lastWords(err)), mustBreak
	}
	code, text, err := s.text.ReadResponse(0)
	if err != nil {
		return unknown(err), mustBreak
	}
	r := Result{Stage: StageDot}
	r.read(code, text, t.envelope)
	switch code / 100 {
	case 2:
		r.Verdict, r.QueueID = Accepted, queueID(text)
		return r, mayContinue
	case 4, 5:
		r.Verdict = Refused
		r.judge()
		r.Err = fmt.Errorf("submit mail: dot: server said %d %s", r.Code, r.Reply)
		return r, mayQuit
	}
	r.Verdict = Ambiguous
	r.Err = fmt.Errorf("submit mail: dot: server said %d %s", r.Code, r.Reply)
	return r, mustBreak
}

// A stuffer doubles the dots that begin a line (RFC 5321 section 4.5.2).
type stuffer struct {
	lineStart bool
	afterCR   bool
	out       []byte
}

// errLines refuses what servers disagree on: where a bare CR or LF ends a line, a mail can hold
// another mail (RFC 5321 section 2.3.8).
var errLines = errors.New("mail has a line that does not end in CRLF")

func (s *stuffer) begin() { s.lineStart, s.afterCR = true, false }

// stuff returns p ready to be sent; the result is valid until the next call.
func (s *stuffer) stuff(p []byte) ([]byte, error) {
	s.out = s.out[:0]
	for len(p) > 0 {
		if s.lineStart && p[0] == '.' {
			s.out = append(s.out, '.')
		}
		line := p
		if i := bytes.IndexByte(p, '\n'); i >= 0 {
			line = p[:i+1]
		}
		if err := s.pass(line); err != nil {
			return nil, err
		}
		p = p[len(line):]
	}
	return s.out, nil
}

// pass takes a line, or the piece of a line that ends a block.
func (s *stuffer) pass(line []byte) error {
	ended := line[len(line)-1] == '\n'
	if s.afterCR && line[0] != '\n' {
		return errLines
	}
	cr := bytes.IndexByte(line, '\r')
	switch {
	case ended && len(line) == 1 && !s.afterCR: // a bare LF
		return errLines
	case ended && len(line) > 1 && cr != len(line)-2:
		return errLines
	case !ended && cr >= 0 && cr != len(line)-1:
		return errLines
	}
	s.lineStart, s.afterCR = ended, !ended && cr >= 0
	s.out = append(s.out, line...)
	return nil
}
