package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Append stores a copy in one of our folders, already seen. After ErrLost the copy may be there.
func (b *Box) Append(ctx context.Context, to Folder, raw []byte) error {
	return b.write(ctx, "store a mail in "+string(to), func(l *line) error {
		return l.append(ctx, to, raw, b.config.Now())
	})
}

// Find says whether one of our folders holds a mail with the Message-ID, in angle brackets or bare.
func (b *Box) Find(ctx context.Context, in Folder, messageID string) (bool, error) {
	want := strings.Trim(strings.TrimSpace(messageID), "<>")
	if want == "" {
		return false, errors.New("look for a mail: the Message-ID is empty")
	}
	var there bool
	err := b.write(ctx, "look for a mail in "+string(in), func(l *line) (err error) {
		there, err = l.holds(ctx, in, want)
		return err
	})
	return there, err
}

// holds searches a folder and then reads the header of each hit: the search is one for substrings
// (RFC 9051 6.4.4), and some servers look only for words of it.
func (l *line) holds(ctx context.Context, in Folder, want string) (bool, error) {
	if _, err := l.selected(ctx, l.path(in), true); err != nil {
		return false, err
	}
	hits, err := l.search(ctx, "search for a Message-ID", &imap.SearchCriteria{
		Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: want}},
	})
	if err != nil || len(hits) == 0 {
		return false, err
	}
	const plenty = 100
	hits = hits[max(0, len(hits)-plenty):]
	heads := newShelf(imap.PartSpecifierHeader, maxHeaderBytes, plenty*maxHeaderBytes)
	if err := l.bodies(ctx, hits, heads); err != nil {
		return false, err
	}
	for _, head := range heads.got {
		m, err := mail.ReadMessage(bytes.NewReader(head))
		if err == nil && strings.Trim(strings.TrimSpace(m.Header.Get("Message-ID")), "<>") == want {
			return true, nil
		}
	}
	return false, nil
}

// append stores one mail.
func (l *line) append(ctx context.Context, to Folder, raw []byte, at time.Time) error {
	return l.creating(ctx, to, func() error {
		err := l.do(ctx, l.config.Timeouts.Store, "append to "+string(to),
			func(c *imapclient.Client) error {
				cmd := c.Append(l.path(to), int64(len(raw)), &imap.AppendOptions{
					Flags: []imap.Flag{imap.FlagSeen}, Time: at,
				})
				_, written := cmd.Write(raw)
				closed := cmd.Close()
				if _, err := cmd.Wait(); err != nil {
					return err
				}
				return errors.Join(written, closed)
			})
		var no *refused
		if errors.As(err, &no) {
			// go-imap ends the command with a broken line when the server refuses the literal,
			// and closes the connection without saying so.
			l.drop()
			if no.no.Code != imap.ResponseCodeTryCreate {
				return err
			}
			if again := l.connect(ctx); again != nil {
				return errors.Join(err, again)
			}
		}
		return err
	})
}

// freshFor is how long after its last use a connection is believed to live without asking.
const freshFor = 20 * time.Second

// write runs something on the connection for writing. That connection is idle most of the time, so
// after a while a NOOP finds out first whether it is still there.
func (b *Box) write(ctx context.Context, what string, f func(*line) error) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	l := b.writer
	if l.client != nil && b.config.Now().Sub(b.written) >= freshFor {
		// An error shows in what follows.
		_ = l.do(ctx, b.config.Timeouts.Login, "see whether the connection lives",
			func(c *imapclient.Client) error { return c.Noop().Wait() })
	}
	err := b.ready(ctx, l)
	if err == nil {
		err = f(l)
	}
	l.pace.ended(ctx, err, l.client != nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	b.written = b.config.Now()
	return nil
}
