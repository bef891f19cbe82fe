package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Queue is how many letters to the admins of a tenant wait for a place, and since when
// the first of them does; zero when none waits.
type Queue struct {
	Count int
	Since time.Time
}

// A letter that waits says so again within heardFor, or it waits no more: it was
// dropped, or its request has ended. For forgottenAfter its place in the order is kept,
// so that an outage of ours does not make everybody look new.
const (
	heardFor       = time.Hour
	forgottenAfter = 24 * time.Hour
)

// Waits remembers that a letter of that request waits for a place; since when, is
// remembered from the first time. It may be repeated.
func (s *Store) Waits(ctx context.Context, tenant string, id workflow.ID, now time.Time) error {
	if tenant == "" || id == "" {
		return fmt.Errorf("remember that a letter waits: tenant or request is missing")
	}
	k := s.keysOf(0)
	_, err := s.run(ctx, s.lua.wait, []string{k.waits(tenant), k.waited(tenant)},
		string(id), milli(now), milli(now.Add(-forgottenAfter)))
	if err != nil {
		return failed(err, "remember that a letter of %s waits", id)
	}
	return nil
}

// WaitsNoMore forgets it; it is no error when it did not wait.
func (s *Store) WaitsNoMore(ctx context.Context, tenant string, id workflow.ID) error {
	k := s.keysOf(0)
	for _, key := range []string{k.waits(tenant), k.waited(tenant)} {
		err := s.write(ctx, key, func(p redis.Pipeliner) { p.ZRem(ctx, key, string(id)) })
		if err != nil {
			return failed(err, "remember that a letter of %s has its place", id)
		}
	}
	return nil
}

// Waiting tells how many letters to the admins of a tenant wait for a place.
func (s *Store) Waiting(ctx context.Context, tenant string, now time.Time) (Queue, error) {
	k := s.keysOf(0)
	answer, err := s.ask(ctx, s.lua.waiting, []string{k.waits(tenant), k.waited(tenant)},
		milli(now.Add(-heardFor)))
	if err != nil {
		return Queue{}, failed(err, "count what waits for tenant %s", tenant)
	}
	q, err := readQueue(answer)
	if err != nil {
		return Queue{}, fmt.Errorf("count what waits for tenant %s: %v", tenant, err)
	}
	return q, nil
}

func readQueue(answer any) (q Queue, err error) {
	list, _ := answer.([]any)
	if len(list) != 2 {
		return q, fmt.Errorf("script answered %T", answer)
	}
	count, _ := list[0].(string)
	if q.Count, err = strconv.Atoi(count); err != nil {
		return q, err
	}
	if since, _ := list[1].(string); since != "" {
		q.Since, err = moment(since)
	}
	return q, err
}
