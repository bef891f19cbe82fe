package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Allow reports whether one more call under key fits into the limit for the
// window that ends now, and counts it if so. The key is kept as a keyed digest:
// an address used as one cannot be read out of Redis.
func (s *Store) Allow(
	ctx context.Context, key string, limit int, window time.Duration, now time.Time,
) (bool, error) {
	op, err := s.random(8)
	if err != nil {
		return false, err
	}
	word, err := s.runWord(ctx, s.lua.limit, []string{s.keysOf(0).limit(s.digest(key))},
		milli(now), milli(now.Add(-window)), max(window.Milliseconds(), 1), limit, op)
	if err != nil {
		return false, failed(err, "count a call against its limit")
	}
	return word == "allowed", nil
}

// digest hides what a limit's key says, as well as the master key is kept.
func (s *Store) digest(key string) string {
	mac := hmac.New(sha256.New, s.cfg.MasterKey)
	mac.Write([]byte("limit|" + key))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
