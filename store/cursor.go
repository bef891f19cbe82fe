package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cursor is how far a mailbox was read. It only saves work: what a mail is, its
// digest says.
type Cursor struct {
	Known       bool      // false: this mailbox was never read
	UIDValidity uint32    // RFC 9051 section 2.3.1.1; another one voids Baseline
	Baseline    uint32    // the first UID that is ours; what lies below was there before
	Since       time.Time // when the baseline was taken
	Renumbered  bool      // UIDVALIDITY has changed since then
}

// Cursor gives the cursor of a mailbox; not Known when none was saved.
func (s *Store) Cursor(ctx context.Context, mailbox string) (Cursor, error) {
	var body string
	err := s.again(ctx, func() (err error) {
		body, err = s.db.HGet(ctx, s.keysOf(0).cursor(), mailbox).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return Cursor{}, nil
	}
	if err != nil {
		return Cursor{}, failed(err, "read cursor of mailbox %q", mailbox)
	}
	var c Cursor
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return Cursor{}, fmt.Errorf("read cursor of mailbox %q: %v", mailbox, err)
	}
	return c, nil
}

// SaveCursor replaces the cursor of a mailbox; it is Known from then on.
func (s *Store) SaveCursor(ctx context.Context, mailbox string, c Cursor) error {
	c.Known = true
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("save cursor of mailbox %q: %v", mailbox, err)
	}
	key := s.keysOf(0).cursor()
	err = s.write(ctx, key, func(p redis.Pipeliner) { p.HSet(ctx, key, mailbox, body) })
	if err != nil {
		return failed(err, "save cursor of mailbox %q", mailbox)
	}
	return nil
}
