package mailtest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// IMAPConfig says what kind of IMAP server to play.
type IMAPConfig struct {
	// Listen is where to listen; empty means a free port on loopback.
	Listen string
	// TLS is the server's side; nil means plain text, which only loopback clients accept.
	TLS *tls.Config
	// StartTLS begins in plain text and offers TLS as a command; otherwise TLS is implicit.
	StartTLS bool
	// Now dates what clients append without a date.
	Now func() time.Time
	// Caps are the capabilities besides IMAP4rev1, for example MOVE and UIDPLUS. Nil means
	// both, with NAMESPACE; an empty slice means none.
	Caps []string
	// NoKeywords makes the server refuse new keywords: PERMANENTFLAGS comes without \*.
	NoKeywords bool
	// Token says whether an OAuth 2 access token lets the user in, now; nil means that there are
	// only passwords.
	Token func(user, token string) bool
	// Mechanisms are the SASL mechanisms to offer: nil means PLAIN, and with Token XOAUTH2 and
	// OAUTHBEARER too.
	Mechanisms []string
	// Refuse is asked before each COPY, MOVE, STORE, APPEND, CREATE and IDLE; an error is
	// answered as NO. The folder is the one written to.
	Refuse func(verb, folder string) error
	// Withhold is asked before the body of a mail is fetched by its UID; an error is answered as
	// NO, for the whole command.
	Withhold func(folder string, uid uint32) error
}

// IMAP is a running IMAP server whose mailboxes live in memory.
type IMAP struct {
	config   IMAPConfig
	server   *imapserver.Server
	listener *door
	inside   *imapserver.Server // the way in for the test itself, past TLS and Refuse
	pipe     *pipe
	served   sync.WaitGroup

	mu       sync.Mutex
	users    map[string]*account
	commands []string
}

// account is a user and what is needed to look into his mailboxes.
type account struct {
	user     *imapmemserver.User
	password string
}

// NewIMAP starts an IMAP server. The caller closes it.
func NewIMAP(config IMAPConfig) (*IMAP, error) {
	if config.Now == nil {
		return nil, errors.New("start the IMAP server: no clock was given")
	}
	if config.Listen == "" {
		config.Listen = "127.0.0.1:0"
	}
	if config.Caps == nil {
		config.Caps = []string{"MOVE", "UIDPLUS", "NAMESPACE"}
	}
	raw, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("start the IMAP server: %w", err)
	}
	s := &IMAP{config: config, users: map[string]*account{}, listener: newDoor(raw), pipe: newPipe()}
	if config.Mechanisms == nil {
		s.config.Mechanisms = mechanisms(config.Token != nil)
	}
	s.server = s.serve(s.secured(), s.options(config.TLS, s.visitor))
	s.inside = s.serve(s.pipe, s.options(nil, s.owner))
	return s, nil
}

// secured is the listener with TLS around it, unless TLS comes by command or not at all.
func (s *IMAP) secured() net.Listener {
	if s.config.TLS == nil || s.config.StartTLS {
		return s.listener
	}
	return tls.NewListener(s.listener, s.config.TLS)
}

func (s *IMAP) options(secure *tls.Config, open func() imapserver.Session) *imapserver.Options {
	caps := imap.CapSet{imap.CapIMAP4rev1: {}}
	for _, c := range s.config.Caps {
		caps[imap.Cap(c)] = struct{}{}
	}
	return &imapserver.Options{
		Caps:         caps,
		TLSConfig:    secure,
		InsecureAuth: secure == nil,
		Logger:       log.New(io.Discard, "", 0),
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return open(), nil, nil
		},
	}
}

func (s *IMAP) serve(l net.Listener, options *imapserver.Options) *imapserver.Server {
	server := imapserver.New(options)
	s.served.Go(func() { _ = server.Serve(l) })
	return server
}

// Addr is host:port of the server.
func (s *IMAP) Addr() string { return s.listener.Addr().String() }

// AddUser opens an account with an INBOX and the given further folders.
func (s *IMAP) AddUser(name, password string, folders ...string) error {
	user := imapmemserver.NewUser(name, password)
	for _, folder := range append([]string{"INBOX"}, folders...) {
		if err := user.Create(folder, nil); err != nil {
			return fmt.Errorf("create folder %s: %w", folder, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[name] != nil {
		return errors.New("add a user: there is one of this name already")
	}
	s.users[name] = &account{user: user, password: password}
	return nil
}

// Has says whether the account exists.
func (s *IMAP) Has(name string) bool { return s.account(name) != nil }

func (s *IMAP) account(name string) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users[name]
}

// Deliver puts a mail into a folder as the local delivery agent would: with the given
// arrival and no flags.
func (s *IMAP) Deliver(name, folder string, raw []byte, at time.Time) error {
	a := s.account(name)
	if a == nil {
		return errors.New("deliver: no such user")
	}
	if _, err := a.user.Append(folder, newLiteral(raw), &imap.AppendOptions{Time: at}); err != nil {
		return fmt.Errorf("deliver to %s: %w", folder, err)
	}
	return nil
}

// Commands lists what clients asked for so far, one "VERB folder" each, for the verbs that
// IMAPConfig.Refuse is asked about, and EXPUNGE, "UID EXPUNGE", LOGIN and AUTHENTICATE with the
// mechanism of a token.
func (s *IMAP) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.commands...)
}

// Hangup cuts every connection, as a failing network does, and goes on listening.
func (s *IMAP) Hangup() { s.listener.hangup() }

// Close stops the server and cuts its connections.
func (s *IMAP) Close() error {
	err := s.listener.Close()
	_ = s.pipe.Close()
	s.served.Wait()
	s.listener.hangup()
	// Last, because imapserver's Close races with a Serve that has only just begun.
	return errors.Join(err, s.server.Close(), s.inside.Close())
}

// literal is a mail on its way into a mailbox.
type literal struct{ *bytes.Reader }

func newLiteral(raw []byte) literal { return literal{bytes.NewReader(raw)} }
