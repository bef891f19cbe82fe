package store

import (
	"context"
	"time"
)

// Time is what the clock of Redis says; of a cluster, that of any of its nodes.
func (s *Store) Time(ctx context.Context) (at time.Time, err error) {
	err = s.again(ctx, func() error {
		at, err = s.db.Time(ctx).Result()
		return err
	})
	if err != nil {
		return time.Time{}, failed(err, "ask Redis for the time")
	}
	return at.UTC(), nil
}
