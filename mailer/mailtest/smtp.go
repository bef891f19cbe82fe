package mailtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Stage names a moment of an SMTP dialogue at which a test may interfere.
type Stage string

// The stages, in the order of a dialogue.
const (
	StageHello    Stage = "hello"    // EHLO or HELO was said
	StageAuth     Stage = "auth"     // the password was right
	StageMail     Stage = "mail"     // MAIL FROM
	StageRcpt     Stage = "rcpt"     // RCPT TO, once a recipient
	StageData     Stage = "data"     // 354 was said, no byte of the mail was read yet
	StageDot      Stage = "dot"      // the whole mail was read, nobody has accepted it yet
	StageAccepted Stage = "accepted" // the mail is stored, 250 is not yet said
	StageReset    Stage = "reset"    // RSET, and the end of each transaction; only ErrDrop counts
)

// ErrDrop, returned by a Hook, cuts the connection instead of answering.
var ErrDrop = errors.New("drop the connection")

// Reply is an SMTP answer for a Hook to return: Reply(451, "4.7.1 come back later").
func Reply(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

// Hook interferes with a dialogue: nil lets it go on, a Reply is said to the client, ErrDrop cuts
// the connection. A hook that waits for ctx plays a server that hangs; ctx ends at Close.
type Hook func(ctx context.Context, stage Stage, e Envelope) error

// Envelope is what a mail travels in (RFC 5321), as known at the moment.
type Envelope struct {
	From string   // reverse path, empty for <>
	To   []string // forward paths accepted so far; at StageRcpt the last one is the one in question
	Helo string
	User string // who authenticated, if anybody
	Peer string // host:port of the client
	TLS  bool
	At   time.Time // when MAIL FROM came
}

// Accepted is a mail that the server took responsibility for.
type Accepted struct {
	Envelope Envelope
	Raw      []byte // as received after the dot-unstuffing, before any trace header
}

// SMTPConfig says what kind of SMTP server to play.
type SMTPConfig struct {
	// Listen is where to listen; empty means a free port on loopback.
	Listen string
	// Host is the name that the server gives itself.
	Host string
	// TLS is the server's side of STARTTLS; nil means that TLS is not offered.
	TLS *tls.Config
	// Implicit speaks TLS from the first byte instead of STARTTLS.
	Implicit bool
	// Password looks a user's password up; nil means that AUTH is not offered.
	Password func(user string) (string, bool)
	// Token says whether an OAuth 2 access token lets the user in, now; nil means that XOAUTH2 and
	// OAUTHBEARER are not offered.
	Token func(user, token string) bool
	// NeedAuth refuses MAIL FROM before AUTH.
	NeedAuth bool
	// MaxBytes is announced as SIZE and enforced; 0 means without limit.
	MaxBytes int64
	// Now dates the envelopes.
	Now func() time.Time
	// Hook interferes; nil never does.
	Hook Hook
	// Recipient is asked before RCPT TO is accepted; nil accepts all.
	Recipient func(e Envelope, to string) error
	// Deliver takes an accepted mail on; an error is said to the client instead of 250.
	Deliver func(e Envelope, raw []byte) error
}

// SMTP is a running SMTP server.
type SMTP struct {
	config SMTPConfig
	server *smtp.Server
	door   *door
	ctx    context.Context
	cancel context.CancelFunc
	served sync.WaitGroup

	mu       sync.Mutex
	accepted []Accepted
	hook     Hook
}

// NewSMTP starts an SMTP server. The caller closes it.
func NewSMTP(config SMTPConfig) (*SMTP, error) {
	if config.Now == nil {
		return nil, errors.New("start the SMTP server: no clock was given")
	}
	if config.Listen == "" {
		config.Listen = "127.0.0.1:0"
	}
	if config.Host == "" {
		config.Host = "mail.example.test"
	}
	raw, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("start the SMTP server: %w", err)
	}
	s := &SMTP{config: config, door: newDoor(raw), hook: config.Hook}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.server = smtp.NewServer(smtp.BackendFunc(s.visit))
	s.server.Domain = config.Host
	s.server.TLSConfig = config.TLS
	s.server.MaxMessageBytes = config.MaxBytes
	s.server.AllowInsecureAuth = config.TLS == nil
	s.server.EnableDSN = true
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	var l net.Listener = s.door
	if config.Implicit {
		l = tls.NewListener(s.door, config.TLS)
	}
	s.served.Go(func() { _ = s.server.Serve(l) })
	return s, nil
}

// Addr is host:port of the server.
func (s *SMTP) Addr() string { return s.door.Addr().String() }

// SetHook replaces the hook from the next stage on; nil interferes no more.
func (s *SMTP) SetHook(h Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = h
}

// Accepted lists the mails taken so far, oldest first.
func (s *SMTP) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Accepted(nil), s.accepted...)
}

// Hangup cuts every connection and goes on listening.
func (s *SMTP) Hangup() { s.door.hangup() }

// Close stops the server, frees hooks that hang and waits until every dialogue has ended.
func (s *SMTP) Close() error {
	s.cancel()
	err := s.door.Close()
	s.door.hangup()
	// Shutdown is the only call of go-smtp that waits for the dialogues. Closing its listener a
	// second time is not an error worth telling.
	_ = s.server.Shutdown(context.Background())
	s.served.Wait()
	return err
}

// interfere asks the hook, and cuts the connection when it says so.
func (s *SMTP) interfere(c *smtp.Conn, stage Stage, e Envelope) error {
	s.mu.Lock()
	hook := s.hook
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	err := hook(s.ctx, stage, e)
	if errors.Is(err, ErrDrop) {
		_ = c.Conn().Close()
	}
	return err
}

// take records a mail and hands it on.
func (s *SMTP) take(e Envelope, raw []byte) error {
	if s.config.Deliver != nil {
		if err := s.config.Deliver(e, bytes.Clone(raw)); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = append(s.accepted, Accepted{Envelope: e, Raw: raw})
	return nil
}
