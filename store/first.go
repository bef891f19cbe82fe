package store

import (
	"context"
	"fmt"
	"time"
)

// First remembers owner for key if nobody is remembered for it, and reports
// whether owner is the one who is. It may be repeated: an owner stays the first.
// What is remembered stays for good.
func (s *Store) First(ctx context.Context, key, owner string, now time.Time) (bool, error) {
	if key == "" || owner == "" {
		return false, fmt.Errorf("remember the first: key or owner is empty")
	}
	held, err := s.runWord(ctx, s.lua.first, []string{s.keysOf(0).first()}, key, owner, milli(now))
	if err != nil {
		return false, failed(err, "remember the first of %.12s", key)
	}
	return held == owner, nil
}
