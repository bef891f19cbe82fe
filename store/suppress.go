package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Suppress puts an address on the list of those that get nothing until then; with
// zero until Unsuppress. why is a code for people, without personal data; it and
// the end of an earlier call are replaced. The address is kept as a keyed digest.
func (s *Store) Suppress(
	ctx context.Context, a workflow.Address, why string, until, now time.Time,
) error {
	field, err := s.suppressed(a)
	if err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	if !until.IsZero() && !until.After(now) {
		return nil // what is over needs no list
	}
	key := s.keysOf(0).suppressed()
	err = s.write(ctx, key, func(p redis.Pipeliner) { p.HSet(ctx, key, field, wake(until)+" "+why) })
	if err != nil {
		return failed(err, "suppress an address")
	}
	return nil
}

// Suppressed reports whether the address is on the list at now, and why.
func (s *Store) Suppressed(
	ctx context.Context, a workflow.Address, now time.Time,
) (string, bool, error) {
	field, err := s.suppressed(a)
	if err != nil {
		return "", false, fmt.Errorf("look for a suppressed address: %w", err)
	}
	var held string
	err = s.again(ctx, func() (err error) {
		held, err = s.db.HGet(ctx, s.keysOf(0).suppressed(), field).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, failed(err, "look for a suppressed address")
	}
	end, why, _ := strings.Cut(held, " ")
	if end == "" {
		return why, true, nil
	}
	until, err := moment(end)
	if err != nil {
		return "", false, fmt.Errorf("look for a suppressed address: %v", err)
	}
	if !now.Before(until) {
		return "", false, nil
	}
	return why, true, nil
}

// Unsuppress takes the address off the list; it is no error when it is not on it.
func (s *Store) Unsuppress(ctx context.Context, a workflow.Address) error {
	field, err := s.suppressed(a)
	if err != nil {
		return fmt.Errorf("take an address off the list: %w", err)
	}
	key := s.keysOf(0).suppressed()
	err = s.write(ctx, key, func(p redis.Pipeliner) { p.HDel(ctx, key, field) })
	if err != nil {
		return failed(err, "take an address off the list")
	}
	return nil
}

func (s *Store) suppressed(a workflow.Address) (string, error) {
	a = workflow.FoldAddress(string(a))
	if a == "" {
		return "", errors.New("no address is given")
	}
	return s.keyed("suppressed", string(a))
}
