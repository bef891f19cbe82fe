package courier

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// connect opens a connection and brings it to where a mail can be named. A token that the server
// refuses (RFC 4954 section 6) is asked for once more, on a connection of its own: it may have run
// out early.
func (c *Courier) connect(ctx context.Context) (*session, *Result) {
	s, r := c.attempt(ctx, false)
	if r != nil && r.Stage == StageAuth && r.Code == 535 && c.server.Token != nil {
		return c.attempt(ctx, true) // with another token
	}
	return s, r
}

// attempt connects once. The greeting, EHLO, STARTTLS and passwords are go-mail's; the dialogue of
// a mail is transaction.go's. refused tells the source of tokens that the last one was no good.
func (c *Courier) attempt(ctx context.Context, refused bool) (*session, *Result) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, failed(StageConnect, Envelope{}, err)
	}
	w := &wire{Conn: conn, now: c.now}
	stop := context.AfterFunc(ctx, w.abort)
	defer stop()
	s, stage, err := c.open(ctx, w, refused)
	if err != nil {
		w.abort()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, failed(stage, Envelope{}, err)
	}
	return s, nil
}

func (c *Courier) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.server.Timeouts.Dial)
	defer cancel()
	address := net.JoinHostPort(c.server.Host, strconv.Itoa(c.server.Port))
	return c.server.Dial(ctx, "tcp", address)
}

// open returns the stage that failed beside the error.
func (c *Courier) open(ctx context.Context, w *wire, refused bool) (*session, Stage, error) {
	limit := c.server.Timeouts
	conn, err := c.secure(ctx, w)
	if err != nil {
		return nil, StageConnect, err
	}
	w.arm(limit.Command)
	client, err := smtp.NewClient(conn, c.server.Host)
	if err != nil {
		return nil, StageGreeting, err
	}
	w.arm(limit.Command)
	if err := client.Hello(c.server.HELO); err != nil {
		return nil, StageEHLO, err
	}
	w.arm(limit.Command)
	if err := c.startTLS(client); err != nil {
		return nil, StageStartTLS, err
	}
	w.arm(limit.Command)
	if err := c.login(ctx, client, refused); err != nil {
		return nil, StageAuth, err
	}
	return newSession(w, client, limit), "", nil
}

// secure does the handshake of implicit TLS.
func (c *Courier) secure(ctx context.Context, w *wire) (net.Conn, error) {
	if c.server.TLS != ImplicitTLS {
		return w, nil
	}
	w.arm(c.server.Timeouts.Command)
	conn := tls.Client(w, c.server.tlsConfig())
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("tls handshake: %w", err)
	}
	return conn, nil
}

// startTLS never goes on in the clear: whoever can strip the offer can read the mail.
func (c *Courier) startTLS(client *smtp.Client) error {
	if c.server.TLS != StartTLS {
		return nil
	}
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return trustError("server does not offer STARTTLS, so neither login nor mail was sent: " +
			"is the port right, or does something on the way take the offer out?")
	}
	return client.StartTLS(c.server.tlsConfig())
}

func (c *Courier) login(ctx context.Context, client *smtp.Client, refused bool) error {
	if c.server.User == "" {
		return nil
	}
	offered, names := client.Extension("AUTH")
	if !offered {
		return trustError("server offers no login")
	}
	mechanisms := strings.Fields(strings.ToUpper(names))
	if c.server.Token != nil {
		return c.bearerLogin(ctx, client, mechanisms, refused)
	}
	auth, err := c.mechanism(ctx, mechanisms)
	if err != nil {
		return err
	}
	return client.Auth(auth)
}
