package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// NameAdmins is told all entries that the registry names for a tenant (its admins, what
// it claims, its settings), and tells since when each is named: now for one that is new
// or has come back. While founding, the registry is noted for the first time, and nobody
// can know how old its entries are: they get the zero time. An entry counts by its exact
// bytes; it is kept as a keyed digest.
func (s *Store) NameAdmins(
	ctx context.Context, tenantID string, entries []string, founding bool, now time.Time,
) (map[string]time.Time, error) {
	key, err := s.namedKey(tenantID)
	if err != nil {
		return nil, fmt.Errorf("note admins: %w", err)
	}
	args := []any{milli(now), flag(founding)}
	for _, entry := range entries {
		digest, err := s.keyed("admin", tenantID, entry)
		if err != nil {
			return nil, fmt.Errorf("note admins: %w", err)
		}
		args = append(args, digest)
	}
	answer, err := s.run(ctx, s.lua.nameAdmins, []string{key}, args...)
	if err != nil {
		return nil, failed(err, "note admins of tenant %s", tenantID)
	}
	row, ok := answer.([]any)
	if !ok || len(row) != len(entries) {
		return nil, fmt.Errorf("note admins of tenant %s: odd answer", tenantID)
	}
	named := map[string]time.Time{}
	for i, entry := range entries {
		text, _ := row[i].(string)
		if named[entry], err = readSince(text); err != nil {
			return nil, fmt.Errorf("note admins of tenant %s: %v", tenantID, err)
		}
	}
	return named, nil
}

// Founding reports whether no registry was ever noted as a whole: whatever stands in it
// then is trusted from the beginning, for there is nothing that it could have replaced.
func (s *Store) Founding(ctx context.Context) (bool, error) {
	var there int64
	err := s.again(ctx, func() (err error) {
		there, err = s.db.Exists(ctx, s.keysOf(0).founded()).Result()
		return err
	})
	if err != nil {
		return false, failed(err, "ask whether the registry is known")
	}
	return there == 0, nil
}

// Founded ends the founding, for good.
func (s *Store) Founded(ctx context.Context, now time.Time) error {
	key := s.keysOf(0).founded()
	err := s.write(ctx, key, func(p redis.Pipeliner) { p.SetNX(ctx, key, milli(now), 0) })
	if err != nil {
		return failed(err, "note that the registry is known")
	}
	return nil
}

// NamedSince is since when the tenant names that admin entry, without a break: zero
// from the beginning. NotFound when NameAdmins never named it, or it is gone.
func (s *Store) NamedSince(ctx context.Context, tenantID, entry string) (time.Time, error) {
	key, err := s.namedKey(tenantID)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for an admin: %w", err)
	}
	digest, err := s.keyed("admin", tenantID, entry)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for an admin: %w", err)
	}
	var held string
	err = s.again(ctx, func() (err error) {
		held, err = s.db.HGet(ctx, key, digest).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return time.Time{}, fmt.Errorf("look for an admin of tenant %s: %w", tenantID, workflow.NotFound)
	}
	if err != nil {
		return time.Time{}, failed(err, "look for an admin of tenant %s", tenantID)
	}
	since, err := readSince(held)
	if err != nil {
		return since, fmt.Errorf("look for an admin of tenant %s: %v", tenantID, err)
	}
	return since, nil
}

func (s *Store) namedKey(tenantID string) (string, error) {
	if tenantID == "" {
		return "", fmt.Errorf("no tenant is given")
	}
	digest, err := s.keyed("tenant", tenantID)
	return s.keysOf(0).named(digest), err
}

// readSince reads what name_admins.lua wrote.
func readSince(text string) (time.Time, error) {
	if text == "0" {
		return time.Time{}, nil
	}
	return moment(text)
}
