package app

import (
	"context"
	"errors"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
)

// rebuilding is the desk as a recovery sees it.
type rebuilding struct{ desk *mailer.Desk }

// Recover makes of a mail what can be made of it again.
func (r rebuilding) Recover(ctx context.Context, m inbox.Mail, last bool) (recovery.Rebuilt, error) {
	made, err := r.desk.Recover(ctx, m, last)
	return recovery.Rebuilt(made), err
}

// copyOf reads a mail of Sent.
func (a *App) copyOf(raw []byte) (recovery.Copy, error) {
	c, err := mailer.ReadCopy(raw, a.options.Keys.Marker)
	switch {
	case errors.Is(err, mailer.ErrForged):
		return recovery.Copy{}, recovery.ErrForged
	case err != nil:
		return recovery.Copy{}, recovery.ErrNotACopy
	}
	return recovery.Copy{
		Request: c.Request, Effect: c.Effect, Type: c.Type, Epoch: c.Epoch, At: c.At,
		Package: c.Package, Ack: c.Ack,
	}, nil
}
