package inbox

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// connect makes the connection if there is none: dial, greet, log in, ask what the server can do.
func (l *line) connect(ctx context.Context) error {
	if l.client != nil {
		return nil
	}
	if err := l.pace.begin(); err != nil {
		return err
	}
	err := l.open(ctx)
	if err == nil {
		return nil
	}
	l.drop()
	return fmt.Errorf("connect to the mailbox %s: %w", l.config.Name, err)
}

func (l *line) open(ctx context.Context) error {
	if err := l.dial(ctx); err != nil {
		return err
	}
	if err := l.logIn(ctx); err != nil {
		return err
	}
	return l.learn(ctx)
}

// dial makes the connection and its protection.
func (l *line) dial(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, l.config.Timeouts.Dial)
	defer cancel()
	raw, err := l.config.Dial(dialing, "tcp", l.config.Addr)
	if err != nil {
		return fmt.Errorf("dial: %w: %v", ErrLost, err)
	}
	l.conn = newBounded(raw, l.config.Timeouts.Silence)
	c, err := l.protect(dialing, raw)
	if err != nil {
		l.conn.abort()
		return err
	}
	// Below go-imap lies the guard, and below that what an empty answer of SASL needs.
	l.hush = &hushed{Conn: c}
	l.guard = newGuard(l.hush, l.config.MaxBytes+1)
	l.client = imapclient.New(l.guard, l.options())
	return nil
}

// protect makes the connection as safe as it will be.
func (l *line) protect(dialing context.Context, raw net.Conn) (net.Conn, error) {
	switch l.config.TLS {
	case TLSNone:
		if !onLoopback(raw) {
			return nil, errors.New("dial: plain text is for loopback alone: set TLS")
		}
		return l.conn, nil
	case TLSStart:
		c, err := l.startTLS(dialing)
		if err != nil {
			return nil, fmt.Errorf("STARTTLS: %w: %s%s", ErrLost, spoken(err), shown(err))
		}
		return c, nil
	}
	secure := tls.Client(l.conn, l.config.secured())
	if err := secure.HandshakeContext(dialing); err != nil {
		return nil, fmt.Errorf("TLS handshake: %w: %v%s", ErrLost, err, shown(err))
	}
	return secure, nil
}

func (l *line) options() *imapclient.Options {
	options := &imapclient.Options{}
	if l.news != nil {
		options.UnilateralDataHandler = &imapclient.UnilateralDataHandler{
			Mailbox: func(d *imapclient.UnilateralDataMailbox) {
				if d.NumMessages != nil {
					l.news()
				}
			},
		}
	}
	return options
}

// shown is the fingerprint of a certificate that was refused: whoever runs the server knows it, and
// tells an expired one from a stranger's.
func shown(err error) string {
	var refused *tls.CertificateVerificationError
	if !errors.As(err, &refused) || len(refused.UnverifiedCertificates) == 0 {
		return ""
	}
	return fmt.Sprintf(" (its SHA-256 is %x)", sha256.Sum256(refused.UnverifiedCertificates[0].Raw))
}

func onLoopback(c net.Conn) bool {
	addr, ok := c.RemoteAddr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// learn asks for the capabilities and for how folders are named.
//
// It asks itself rather than trusting Client.Caps: go-imap completes a login before it forgets the
// capabilities from before the login, so Caps may still answer with those, without MOVE.
func (l *line) learn(ctx context.Context) error {
	limit := l.config.Timeouts.Login
	err := l.do(ctx, limit, "ask for capabilities", func(c *imapclient.Client) (err error) {
		l.caps, err = c.Capability().Wait()
		return err
	})
	if err != nil {
		return err
	}
	if len(l.caps) == 0 {
		return fmt.Errorf("ask for capabilities: %w: the server named none", ErrLost)
	}
	return l.do(ctx, limit, "ask how folders are named", func(c *imapclient.Client) error {
		roots, err := c.List("", "", nil).Collect() // RFC 9051 6.3.9: the delimiter alone
		if err != nil {
			return err
		}
		l.prefix, l.delim = "", 0
		if len(roots) > 0 {
			l.delim = roots[0].Delim
		}
		if !l.caps.Has(imap.CapNamespace) {
			return nil
		}
		spaces, err := c.Namespace().Wait()
		if err != nil {
			return err
		}
		if len(spaces.Personal) > 0 {
			l.prefix, l.delim = spaces.Personal[0].Prefix, spaces.Personal[0].Delim
		}
		return nil
	})
}
