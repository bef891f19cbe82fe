package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
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

// Remembered gives the owner whom First remembers for key, "" if nobody.
func (s *Store) Remembered(ctx context.Context, key string) (string, error) {
	var held string
	err := s.again(ctx, func() (err error) {
		held, err = s.db.HGet(ctx, s.keysOf(0).first(), key).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	if err != nil {
		return "", failed(err, "look for the first of %.12s", key)
	}
	_, owner, _ := strings.Cut(held, " ")
	return owner, nil
}
