package recovery

import (
	"context"
	"errors"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
)

// DeskOf is a mailer's desk as a recovery sees it.
func DeskOf(d *mailer.Desk) Desk { return desk{d} }

type desk struct{ *mailer.Desk }

// Recover makes of a mail what can be made of it again.
func (d desk) Recover(ctx context.Context, m inbox.Mail, last bool) (Rebuilt, error) {
	made, err := d.Desk.Recover(ctx, m, last)
	return Rebuilt(made), err
}

// ReadCopy reads a mail of Sent that was sealed with the key: ErrForged, ErrNotACopy.
func ReadCopy(raw, key []byte) (Copy, error) {
	c, err := mailer.ReadCopy(raw, key)
	switch {
	case errors.Is(err, mailer.ErrForged):
		return Copy{}, ErrForged
	case err != nil:
		return Copy{}, ErrNotACopy
	}
	return Copy{
		Request: c.Request, Effect: c.Effect, Type: c.Type, Epoch: c.Epoch, At: c.At,
		Package: c.Package, Ack: c.Ack,
	}, nil
}
