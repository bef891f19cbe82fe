package store

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Ages say what has waited longest, and what is due next by law. Each is zero where
// there is nothing of the kind.
type Ages struct {
	UnprocessedSince time.Time // first sight of the oldest undecided mail
	OutboxSince      time.Time // order of the oldest letter that has not left
	NearestDeadline  time.Time // legal, of the open requests
}

// Oldest gives the ages over all partitions that answer, in one round trip.
func (s *Store) Oldest(ctx context.Context) (Ages, error) {
	var open []workflow.State
	for _, state := range workflow.States() {
		if !state.Terminal() {
			open = append(open, state)
		}
	}
	parts, err := s.some(ctx, func(p redis.Pipeliner, _ int, k keys) {
		p.ZRangeWithScores(ctx, k.mails(undecided), 0, 0) // empty but in partition 0
		p.ZRangeWithScores(ctx, k.outbox(), 0, 0)
		for _, state := range open {
			p.ZRangeWithScores(ctx, k.state(state), 0, 0)
		}
	})
	if err != nil {
		return Ages{}, failed(err, "look for what is oldest")
	}
	var a Ages
	for _, cmds := range parts {
		for i, cmd := range cmds {
			age := &a.NearestDeadline
			switch i {
			case 0:
				age = &a.UnprocessedSince
			case 1:
				age = &a.OutboxSince
			}
			*age = earliest(*age, cmd)
		}
	}
	return a, nil
}
