package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// NameAdmins is told all admin entries that the registry names for a tenant, and
// tells since when each is named: now for one that is new or has come back. The
// entries of a tenant never seen before get the zero time, for nobody can know how
// old they are. An entry counts by its exact bytes; it is kept as a keyed digest.
func (s *Store) NameAdmins(
	ctx context.Context, tenantID string, entries []string, now time.Time,
) (map[string]time.Time, error) {
	key, err := s.namedKey(tenantID)
	if err != nil {
		return nil, fmt.Errorf("note admins: %w", err)
	}
	args := []any{milli(now)}
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
