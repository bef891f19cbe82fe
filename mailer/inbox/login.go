package inbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// logIn waits for the greeting and authenticates, twice at most: with the credential as it is, and
// with the renewed one when that is another.
func (l *line) logIn(ctx context.Context) error {
	err := l.do(ctx, l.config.Timeouts.Login, "wait for the greeting",
		func(c *imapclient.Client) error { return c.WaitGreeting() })
	if err != nil {
		return err
	}
	if l.client.State() == imap.ConnStateAuthenticated {
		return nil // PREAUTH, over TLS or loopback
	}
	l.pace.login()
	first, err := l.credential(ctx, false)
	if err != nil {
		return err
	}
	err = l.authenticate(ctx, first)
	if !errors.Is(err, ErrAuth) {
		return err
	}
	renewed, again := l.credential(ctx, true)
	if again != nil {
		// The refusal stays what this is; why there is nothing better tells what to do about it.
		return fmt.Errorf("%w; %w", err, again)
	}
	if renewed == first {
		return err
	}
	return l.authenticate(ctx, renewed)
}

func (l *line) credential(ctx context.Context, refused bool) (Login, error) {
	who, err := l.config.Credential(ctx, refused)
	if err == nil {
		err = who.check()
	}
	if err != nil {
		return Login{}, fmt.Errorf("get the credential: %w", err)
	}
	return who, nil
}

func (l *line) authenticate(ctx context.Context, who Login) error {
	var token *bearer
	err := l.do(ctx, l.config.Timeouts.Login, "log in", func(c *imapclient.Client) error {
		caps := c.Caps()
		if caps == nil {
			return errors.New("the server does not say what it can do")
		}
		if who.Token == "" {
			return who.unsaid(sayPassword(c, caps, who))
		}
		if token = l.bearer(caps, who); token == nil {
			return noWay("the server does not offer " + cmp.Or(l.config.Mechanism, "XOAUTH2 or OAUTHBEARER"))
		}
		return who.unsaid(c.Authenticate(token))
	})
	var no *refused
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.As(err, &no) && no.no.Type == imap.StatusResponseTypeNo:
		if !deniesUs(no.no) {
			return err
		}
		return fmt.Errorf("%w: %s", ErrAuth, no)
	case token != nil && token.refused:
		// The token was refused before whatever happened then: servers that stumble over the
		// answer to their challenge say BAD or hang up.
		return fmt.Errorf("%w: after the token was refused: %v", ErrAuth, err)
	}
	return err
}

func sayPassword(c *imapclient.Client, caps imap.CapSet, who Login) error {
	if caps.Has(imap.AuthCap(sasl.Plain)) {
		return c.Authenticate(sasl.NewPlainClient("", who.User, who.Password))
	}
	if caps.Has(imap.CapLoginDisabled) { // RFC 9051 6.2.3
		return noWay("no way to log in is offered")
	}
	return c.Login(who.User, who.Password).Wait()
}

func noWay(why string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Text: why}
}

// deniesUs tells a refused login from a server that has trouble of its own (RFC 5530 3).
func deniesUs(no *imap.Error) bool {
	switch no.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit,
		imap.ResponseCodeServerBug:
		return false
	}
	return true
}
