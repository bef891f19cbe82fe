package mailtest

import (
	"crypto/subtle"
	"io"

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

// AuthMechanisms offers PLAIN when there are passwords to compare with.
func (d *dialogue) AuthMechanisms() []string {
	if d.server.config.Password == nil {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth begins an AUTH exchange.
func (d *dialogue) Auth(mechanism string) (sasl.Server, error) {
	if mechanism != sasl.Plain || d.server.config.Password == nil {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(_, user, password string) error {
		want, known := d.server.config.Password(user)
		if !known || subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 {
			return smtp.ErrAuthFailed
		}
		e := d.envelope
		e.User = user
		if err := d.server.interfere(d.conn, StageAuth, e); err != nil {
			return err
		}
		d.envelope.User = user
		return nil
	}), nil
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
