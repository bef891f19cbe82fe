package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// line is one connection to the server, made when it is needed and again when it broke. It is not
// safe for concurrent use.
type line struct {
	config *Config
	pace   pace
	news   func() // told of each EXISTS by go-imap's reader, which it must not hold up; may be nil

	conn   *bounded
	hush   *hushed
	guard  *guard
	client *imapclient.Client // nil while not connected
	caps   imap.CapSet
	prefix string // of the personal namespace
	delim  rune   // 0: the server knows no hierarchy
}

func newLine(c *Config) *line {
	return &line{config: c, pace: pace{
		now: c.Now, random: c.Random, maxLogins: c.MaxLogins, pauses: c.Pauses,
	}}
}

// do runs one command, bounded by its own time and by the server's silence.
//
// Two kinds of error come back: *refused, when the server said NO or BAD and the connection lives,
// and ErrLost, when it is gone. f must have read all it was sent before it returns.
func (l *line) do(
	ctx context.Context, limit time.Duration, what string, f func(*imapclient.Client) error,
) error {
	if l.client == nil {
		return fmt.Errorf("%s: %w: not connected", what, ErrLost)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// go-imap takes no context: closing the connection is the only way to end a command.
	stop := context.AfterFunc(timed, l.conn.abort)
	l.guard.asks()
	l.conn.wait()
	err := f(l.client)
	l.conn.rest()
	if !stop() {
		l.drop()
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
		if err != nil {
			return fmt.Errorf("%s: %w: no answer within %s", what, ErrLost, limit)
		}
		return nil
	}
	if err == nil {
		return nil
	}
	if no, ok := refusal(err); ok {
		return &refused{what: what, no: no}
	}
	l.drop()
	return fmt.Errorf("%s: %w: %s", what, ErrLost, spoken(err))
}

// drop closes the connection at once.
func (l *line) drop() {
	if l.client == nil {
		return
	}
	l.conn.rest()
	l.conn.abort()
	_ = l.client.Close() // waits for go-imap's reader, which ends with its connection
	l.client, l.conn, l.hush, l.guard, l.caps = nil, nil, nil, nil, nil
}

// hangUp says goodbye and closes the connection.
func (l *line) hangUp(ctx context.Context) {
	if l.client == nil {
		return
	}
	_ = l.do(ctx, l.config.Timeouts.Login, "log out", func(c *imapclient.Client) error {
		return c.Logout().Wait()
	})
	l.drop()
}

// selected opens a folder. readOnly keeps even \Recent as it is.
func (l *line) selected(
	ctx context.Context, folder string, readOnly bool,
) (*imap.SelectData, error) {
	var data *imap.SelectData
	err := l.do(ctx, l.config.Timeouts.Login, "select the folder "+folder,
		func(c *imapclient.Client) (err error) {
			data, err = c.Select(folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
			return err
		})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// search returns UIDs in ascending order.
func (l *line) search(ctx context.Context, what string, q *imap.SearchCriteria) ([]uint32, error) {
	var uids []uint32
	err := l.do(ctx, l.config.Timeouts.Search, what, func(c *imapclient.Client) error {
		data, err := c.UIDSearch(q, nil).Wait()
		if err == nil {
			uids, err = named(data)
		}
		return err
	})
	return ascending(uids), err
}

// maxNamed is how many mails a search may find: as many as fit a SEARCH response. An ESEARCH says
// 1:4294967295 in a few bytes, and AllUIDs of go-imap would write each of them down, as it would
// panic at a 0, which is "*" to go-imap.
const maxNamed = maxSearch / 4

// named lists what a search found.
func named(data *imap.SearchData) ([]uint32, error) {
	set, isUIDs := data.All.(imap.UIDSet)
	if !isUIDs && data.All != nil {
		return nil, errors.New("the server found sequence numbers where UIDs were asked for")
	}
	count := uint64(0)
	for _, r := range set {
		if r.Start == 0 || r.Stop < r.Start {
			return nil, errors.New("the server found mails that have no number")
		}
		if count += uint64(r.Stop-r.Start) + 1; count > maxNamed {
			return nil, errors.New("the server found more mails than a folder holds")
		}
	}
	uids := make([]uint32, 0, count)
	for _, r := range set {
		for uid := uint64(r.Start); uid <= uint64(r.Stop); uid++ {
			uids = append(uids, uint32(uid))
		}
	}
	return uids, nil
}
