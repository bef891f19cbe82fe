package mailtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// PostConfig says what kind of post office to open.
type PostConfig struct {
	// Host is the name in trace headers and greetings; empty means mail.example.test.
	Host string
	// IMAPListen and SMTPListen are where to listen; empty means free ports on loopback.
	IMAPListen, SMTPListen string
	// Now is the clock of every header, arrival and envelope.
	Now func() time.Time
	// Caps are the IMAP capabilities, as in IMAPConfig.
	Caps []string
	// MaxBytes is the SIZE of the SMTP server; 0 means without limit.
	MaxBytes int64
	// Hook interferes with the SMTP dialogues.
	Hook Hook
	// Refuse and Withhold interfere with IMAP, as in IMAPConfig.
	Refuse   func(verb, folder string) error
	Withhold func(folder string, uid uint32) error
	// Token says whether an OAuth 2 access token lets the user in at either server, now; nil means
	// that there are only passwords.
	Token func(user, token string) bool
	// Stamp returns further header lines, without CRLF, that the post office writes on top of a
	// mail at delivery, such as an Authentication-Results; nil writes none.
	Stamp func(e Envelope, raw []byte) []string
}

// Post is a post office: what is submitted over SMTP to user@domain, or to user+detail@domain,
// lies in that user's INBOX a moment later. Every address that has an account is local, whatever
// its domain; all others are refused at RCPT.
type Post struct {
	SMTP *SMTP
	IMAP *IMAP
	// CA signed the certificates of both servers; they name 127.0.0.1, localhost and the host.
	CA *CA

	config PostConfig
	serial atomic.Int64

	mu      sync.Mutex
	users   map[string]string // address in lower case -> password
	aliases map[string]string
}

// NewPost opens a post office: SMTP with STARTTLS and AUTH, IMAP with TLS. The caller
// closes it.
func NewPost(config PostConfig) (*Post, error) {
	if config.Now == nil {
		return nil, errors.New("open the post office: no clock was given")
	}
	if config.Host == "" {
		config.Host = "mail.example.test"
	}
	ca, err := NewCA()
	if err != nil {
		return nil, fmt.Errorf("open the post office: %w", err)
	}
	secure, err := ca.Server("127.0.0.1", "::1", "localhost", config.Host)
	if err != nil {
		return nil, fmt.Errorf("open the post office: %w", err)
	}
	p := &Post{CA: ca, config: config, users: map[string]string{}, aliases: map[string]string{}}
	p.IMAP, err = NewIMAP(IMAPConfig{
		Listen: config.IMAPListen, TLS: secure, Now: config.Now, Caps: config.Caps,
		Token: config.Token, Refuse: config.Refuse, Withhold: config.Withhold,
	})
	if err != nil {
		return nil, fmt.Errorf("open the post office: %w", err)
	}
	p.SMTP, err = NewSMTP(SMTPConfig{
		Listen: config.SMTPListen, Host: config.Host, TLS: secure, Password: p.password,
		Token: config.Token, NeedAuth: true, MaxBytes: config.MaxBytes, Now: config.Now, Hook: config.Hook,
		Recipient: p.recipient, Deliver: p.Deliver,
	})
	if err != nil {
		_ = p.IMAP.Close()
		return nil, fmt.Errorf("open the post office: %w", err)
	}
	return p, nil
}

// AddUser opens an account: the address is the login of both servers.
func (p *Post) AddUser(address, password string, folders ...string) error {
	address = strings.ToLower(address)
	if err := p.IMAP.AddUser(address, password, folders...); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[address] = password
	return nil
}

// Alias makes what is sent to an address, with or without +detail, arrive in an account.
func (p *Post) Alias(address, account string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.aliases[strings.ToLower(address)] = strings.ToLower(account)
}

func (p *Post) owner(address string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	owner := Owner(address)
	if account, ok := p.aliases[owner]; ok {
		return account
	}
	return owner
}

func (p *Post) password(address string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	password, known := p.users[strings.ToLower(address)]
	return password, known
}

func (p *Post) recipient(_ Envelope, to string) error {
	if _, known := p.password(p.owner(to)); !known {
		return Reply(550, "5.1.1 no such mailbox here")
	}
	return nil
}

// Deliver puts a mail into the INBOX of each recipient, with the trace headers of RFC 5321 4.4 on
// top. Tests and demonstrations call it for mail from outside; SMTP submissions end here too.
func (p *Post) Deliver(e Envelope, raw []byte) error {
	now := p.config.Now()
	var stamps []string
	if p.config.Stamp != nil {
		stamps = p.config.Stamp(e, raw)
	}
	for _, to := range e.To {
		owner := p.owner(to)
		if !p.IMAP.Has(owner) {
			return Reply(550, "5.1.1 no such mailbox here")
		}
		var mail bytes.Buffer
		fmt.Fprintf(&mail, "Return-Path: <%s>\r\nDelivered-To: %s\r\n", e.From, to)
		mail.WriteString(p.received(e, to, now))
		for _, line := range stamps {
			mail.WriteString(line + "\r\n")
		}
		mail.Write(raw)
		if err := p.IMAP.Deliver(owner, "INBOX", mail.Bytes(), now); err != nil {
			return Reply(451, "4.3.0 could not store the mail")
		}
	}
	return nil
}

// received is the trace line of this hop (RFC 5321 4.4.1; the protocol words are RFC 3848's).
func (p *Post) received(e Envelope, to string, now time.Time) string {
	with := "ESMTP"
	if e.TLS {
		with += "S"
	}
	if e.User != "" {
		with += "A"
	}
	peer := "127.0.0.1"
	if host, _, err := net.SplitHostPort(e.Peer); err == nil {
		peer = host
	}
	helo := e.Helo
	if helo == "" {
		helo = "localhost"
	}
	return fmt.Sprintf("Received: from %s ([%s])\r\n\tby %s with %s id %s\r\n\tfor <%s>; %s\r\n",
		helo, peer, p.config.Host, with, strconv.FormatInt(p.serial.Add(1), 36), to,
		now.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
}

// Close closes both servers.
func (p *Post) Close() error { return errors.Join(p.SMTP.Close(), p.IMAP.Close()) }

// Owner is the account that an address belongs to: in lower case and without its +detail
// (RFC 5233).
func Owner(address string) string {
	local, domain, found := strings.Cut(strings.ToLower(address), "@")
	if !found {
		return local
	}
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}
