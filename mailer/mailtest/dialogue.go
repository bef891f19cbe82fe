package mailtest

import (
	"crypto/subtle"
	"io"
	"slices"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// dialogue is one client's visit to the SMTP server.
type dialogue struct {
	server   *SMTP
	conn     *smtp.Conn
	envelope Envelope
}

var _ smtp.AuthSession = (*dialogue)(nil)

func (s *SMTP) visit(c *smtp.Conn) (smtp.Session, error) {
	_, secure := c.TLSConnectionState()
	d := &dialogue{server: s, conn: c, envelope: Envelope{
		Helo: c.Hostname(), Peer: c.Conn().RemoteAddr().String(), TLS: secure,
	}}
	if err := s.interfere(c, StageHello, d.envelope); err != nil {
		return nil, err
	}
	return d, nil
}

// AuthMechanisms offers what the server can check.
func (d *dialogue) AuthMechanisms() []string {
	var all []string
	if d.server.config.Password != nil {
		all = append(all, sasl.Plain)
	}
	if d.server.config.Token != nil {
		all = append(all, xoauth2, sasl.OAuthBearer)
	}
	return all
}

// Auth begins an AUTH exchange.
func (d *dialogue) Auth(mechanism string) (sasl.Server, error) {
	if !slices.Contains(d.AuthMechanisms(), mechanism) {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	switch mechanism {
	case xoauth2:
		return &xoauth2Server{check: d.bear}, nil
	case sasl.OAuthBearer:
		check := func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if d.bear(o.Username, o.Token) != nil {
				return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
			}
			return nil
		}
		return oauthBearer{sasl.NewOAuthBearerServer(check), smtp.ErrAuthFailed}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error {
		want, known := d.server.config.Password(user)
		if !known || subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 {
			return smtp.ErrAuthFailed
		}
		return d.enter(user)
	}), nil
}

// bear lets a user in who has a good token.
func (d *dialogue) bear(user, token string) error {
	if !d.server.config.Token(user, token) {
		return smtp.ErrAuthFailed
	}
	return d.enter(user)
}

func (d *dialogue) enter(user string) error {
	e := d.envelope
	e.User = user
	if err := d.server.interfere(d.conn, StageAuth, e); err != nil {
		return err
	}
	d.envelope.User = user
	return nil
}

// Mail begins a transaction.
func (d *dialogue) Mail(from string, _ *smtp.MailOptions) error {
	if d.server.config.NeedAuth && d.envelope.User == "" {
		return Reply(530, "5.7.0 authenticate first") // RFC 4954 6
	}
	d.envelope.From, d.envelope.At = from, d.server.config.Now()
	return d.server.interfere(d.conn, StageMail, d.envelope)
}

// Rcpt adds a recipient.
func (d *dialogue) Rcpt(to string, _ *smtp.RcptOptions) error {
	e := d.envelope
	e.To = append(append([]string(nil), e.To...), to)
	if err := d.server.interfere(d.conn, StageRcpt, e); err != nil {
		return err
	}
	if ask := d.server.config.Recipient; ask != nil {
		if err := ask(d.envelope, to); err != nil {
			return err
		}
	}
	d.envelope = e
	return nil
}

// Data takes the mail.
func (d *dialogue) Data(r io.Reader) error {
	if err := d.server.interfere(d.conn, StageData, d.envelope); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // the client went away, or the mail is too big: go-smtp has the answer
	}
	if err := d.server.interfere(d.conn, StageDot, d.envelope); err != nil {
		return err
	}
	if err := d.server.take(d.envelope, raw); err != nil {
		return err
	}
	return d.server.interfere(d.conn, StageAccepted, d.envelope)
}

// Reset ends the transaction.
func (d *dialogue) Reset() {
	_ = d.server.interfere(d.conn, StageReset, d.envelope)
	d.envelope.From, d.envelope.To = "", nil
}

// Logout ends the visit.
func (d *dialogue) Logout() error { return nil }
