package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// What is asked for is UID, RFC822.SIZE, BODY.PEEK and, alone, INTERNALDATE: one ENVELOPE or
// BODYSTRUCTURE that go-imap cannot parse would kill the connection, and with it the mailbox
// (go-imap issues 557, 626, 659, 678).

// errNoBody: the server said OK and sent no body.
//
// go-imap gives a FETCH answer to its command when the first literal begins. When the server sends
// the body before the UID, which RFC 9051 allows, the mail is dropped and the command still
// succeeds. So success proves nothing: every UID asked for must have come back.
var errNoBody = errors.New("the server sent no body")

// fetched is what one FETCH answer said.
type fetched struct {
	seq   uint32
	uid   uint32
	size  int64
	sized bool // it said so
	date  time.Time
	body  []byte // nil when there was none
	full  bool   // there was one, and no room for it
}

// fetch runs one FETCH and hands over each answer as it comes. What came before an error is whole.
func (l *line) fetch(
	ctx context.Context, limit time.Duration, what string,
	set imap.NumSet, items *imap.FetchOptions, s *shelf, each func(fetched),
) error {
	return l.do(ctx, limit, what, func(c *imapclient.Client) error {
		cmd := c.Fetch(set, items)
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			f, err := collect(m, s)
			if err != nil {
				// The connection broke inside a literal. Next and Close would read on in the
				// buffer that go-imap's own reader has by now, so the command is left as it is:
				// that reader ends by itself, and do drops the connection.
				return err
			}
			each(f)
		}
		return cmd.Close()
	})
}

// collect reads one answer to its end: go-imap reads nothing else until the literals are read, and
// throws away those that are passed over.
func collect(m *imapclient.FetchMessageData, s *shelf) (f fetched, err error) {
	f.seq = m.SeqNum
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			f.uid = uint32(item.UID)
		case imapclient.FetchItemDataRFC822Size:
			f.size, f.sized = item.Size, true
		case imapclient.FetchItemDataInternalDate:
			f.date = item.Time
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || f.body != nil || !s.wants(item.Section) {
				continue
			}
			if f.full = !s.fits(item.Literal); f.full {
				continue
			}
			if f.body, err = readLiteral(item.Literal, s.most); err != nil {
				return fetched{}, err
			}
		}
	}
	return f, nil
}

// readLiteral reads a literal, most bytes of it; go-imap throws the rest away. One that ends early is
// an error: a connection that breaks looks to go-imap like the end of the text, and half a mail like
// a mail.
func readLiteral(r imap.LiteralReader, most int64) ([]byte, error) {
	body := make([]byte, min(r.Size(), most))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("in the middle of a mail: %v", err)
	}
	return body, nil
}

// sizes asks for the sizes of mails; one without an answer is not in the map.
func (l *line) sizes(ctx context.Context, uids []uint32, got map[uint32]int64) error {
	for chunk := range slices.Chunk(uids, uidsAtOnce) {
		err := l.fetch(ctx, l.config.Timeouts.Header, "fetch sizes", uidSet(chunk),
			&imap.FetchOptions{UID: true, RFC822Size: true}, nil,
			func(f fetched) {
				if f.uid != 0 && f.sized {
					got[f.uid] = f.size
				}
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// dates asks for the arrivals of mails, and for nothing else.
func (l *line) dates(ctx context.Context, uids []uint32, got map[uint32]time.Time) error {
	for chunk := range slices.Chunk(uids, uidsAtOnce) {
		err := l.fetch(ctx, l.config.Timeouts.Header, "fetch arrivals", uidSet(chunk),
			&imap.FetchOptions{UID: true, InternalDate: true}, nil,
			func(f fetched) {
				if f.uid != 0 && !f.date.IsZero() {
					got[f.uid] = f.date
				}
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// bodies fetches parts of mails onto the shelf: by UID first, and what did not come back by sequence
// number, where the order of items does not matter to go-imap.
func (l *line) bodies(ctx context.Context, uids []uint32, s *shelf) error {
	asked := uidSet(uids)
	keep := func(f fetched) {
		// What counts is the UID that comes back: an EXPUNGE in between shifts the numbers, and a
		// server may volunteer mails that nobody asked for.
		if asked.Contains(imap.UID(f.uid)) {
			s.put(f)
		}
	}
	limit := l.config.Timeouts.Body
	if err := l.fetch(ctx, limit, "fetch mails", asked, s.items(), s, keep); err != nil {
		return err
	}
	lacking := s.lacking(uids)
	if len(lacking) == 0 {
		return nil
	}
	numbers, err := l.sequence(ctx, lacking)
	if err != nil || len(numbers) == 0 {
		return err
	}
	return l.fetch(ctx, limit, "fetch mails by number", numbers, s.items(), s, keep)
}

// sequence finds the present sequence numbers of mails; those that are gone have none.
func (l *line) sequence(ctx context.Context, uids []uint32) (imap.SeqSet, error) {
	var numbers imap.SeqSet
	asked := uidSet(uids)
	err := l.fetch(ctx, l.config.Timeouts.Header, "find mails", asked, &imap.FetchOptions{UID: true},
		nil, func(f fetched) {
			if f.seq != 0 && asked.Contains(imap.UID(f.uid)) {
				numbers.AddNum(f.seq)
			}
		})
	return numbers, err
}

// exists says whether a mail is still in the folder and not deleted.
func (l *line) exists(ctx context.Context, uid uint32) (bool, error) {
	found, err := l.search(ctx, fmt.Sprintf("look for mail %d", uid), &imap.SearchCriteria{
		UID: []imap.UIDSet{uidSet([]uint32{uid})}, NotFlag: []imap.Flag{imap.FlagDeleted},
	})
	return len(found) > 0, err
}

// without lists the UIDs that are not in the map.
func without[V any](uids []uint32, got map[uint32]V) []uint32 {
	var rest []uint32
	for _, uid := range uids {
		if _, ok := got[uid]; !ok {
			rest = append(rest, uid)
		}
	}
	return rest
}
