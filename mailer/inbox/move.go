package inbox

import (
	"context"
	"errors"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// errNoSafeMove: this server cannot move a mail without risking others; the keyword must do.
var errNoSafeMove = errors.New("the server can move no mail safely")

// canMove says whether safeMove can work here at all.
func (l *line) canMove() bool { return l.caps.Has(imap.CapMove) || l.caps.Has(imap.CapUIDPlus) }

// safeMove moves mails into a folder of ours.
//
// Client.Move of go-imap is called only where the server has MOVE (RFC 6851): without it the
// library sends COPY, STORE \Deleted and EXPUNGE in one go, so that a COPY answered with NO
// destroys the mail, and without UIDPLUS (RFC 4315) also every mail that somebody else had flagged.
// Here each step waits for the one before it, and only named UIDs are expunged.
func (l *line) safeMove(ctx context.Context, uids []uint32, to Folder) error {
	if len(uids) == 0 {
		return nil
	}
	if l.caps.Has(imap.CapMove) {
		return l.creating(ctx, to, func() error { return l.moveInto(ctx, uids, l.path(to)) })
	}
	if !l.caps.Has(imap.CapUIDPlus) {
		return errNoSafeMove
	}
	if err := l.copyTo(ctx, uids, to); err != nil {
		return err
	}
	return l.expunge(ctx, uids)
}

// expunge removes mails, and no others: only where the server has UIDPLUS.
func (l *line) expunge(ctx context.Context, uids []uint32) error {
	if err := l.flag(ctx, uids, imap.FlagDeleted); err != nil {
		return err
	}
	return l.do(ctx, l.config.Timeouts.Store, "expunge moved mails",
		func(c *imapclient.Client) error { return c.UIDExpunge(uidSet(uids)).Close() })
}

func (l *line) moveInto(ctx context.Context, uids []uint32, folder string) error {
	return l.do(ctx, l.config.Timeouts.Store, "move mails to "+folder,
		func(c *imapclient.Client) error {
			if !c.Caps().Has(imap.CapMove) { // go-imap would fall back to what is described above
				return &imap.Error{Type: imap.StatusResponseTypeNo, Text: "MOVE is not offered any more"}
			}
			_, err := c.Move(uidSet(uids), folder).Wait()
			return err
		})
}

func (l *line) copyTo(ctx context.Context, uids []uint32, to Folder) error {
	return l.creating(ctx, to, func() error { return l.copyInto(ctx, uids, l.path(to)) })
}

func (l *line) copyInto(ctx context.Context, uids []uint32, folder string) error {
	return l.do(ctx, l.config.Timeouts.Store, "copy mails to "+folder,
		func(c *imapclient.Client) error {
			_, err := c.Copy(uidSet(uids), folder).Wait()
			return err
		})
}

// creating runs a command that writes into a folder, and once more after creating the folder when
// the server says that this would help (RFC 9051 7.1, TRYCREATE).
func (l *line) creating(ctx context.Context, to Folder, command func() error) error {
	err := command()
	var no *refused
	if !errors.As(err, &no) || no.no.Code != imap.ResponseCodeTryCreate {
		return err
	}
	if err := l.create(ctx, l.path(to)); err != nil {
		return err
	}
	return command()
}

// flag adds a flag or keyword to mails.
func (l *line) flag(ctx context.Context, uids []uint32, flag imap.Flag) error {
	if len(uids) == 0 {
		return nil
	}
	return l.do(ctx, l.config.Timeouts.Store, "flag mails", func(c *imapclient.Client) error {
		return c.Store(uidSet(uids), &imap.StoreFlags{
			Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag},
		}, nil).Close()
	})
}
