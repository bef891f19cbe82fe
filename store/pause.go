package store

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Pausing says who told the daemon to send nothing, why, and until when.
type Pausing struct {
	By, Why string
	Since   time.Time
	Until   time.Time // zero: until somebody resumes
}

// Pause is remembered for all replicas, until that moment or, when it is zero,
// until Resume. The latest one counts, also when it is shorter than the one before.
// Nothing personal belongs into why: it is kept as it is written.
func (s *Store) Pause(ctx context.Context, by, why string, until, now time.Time) error {
	if by == "" {
		return fmt.Errorf("pause: nobody says who wants it")
	}
	if !until.IsZero() && !until.After(now) {
		return fmt.Errorf("pause until %s: that is over: %w",
			until.UTC().Format(time.RFC3339), workflow.Refused)
	}
	key := s.keysOf(0).pause()
	err := s.write(ctx, key, func(p redis.Pipeliner) {
		p.HSet(ctx, key, "by", by, "why", why, "since", milli(now), "until", wake(until))
	})
	if err != nil {
		return failed(err, "pause")
	}
	return nil
}

// Resume ends a pause; it is no error when there is none.
func (s *Store) Resume(ctx context.Context) error {
	key := s.keysOf(0).pause()
	err := s.write(ctx, key, func(p redis.Pipeliner) { p.Del(ctx, key) })
	if err != nil {
		return failed(err, "resume")
	}
	return nil
}

// Paused reports whether a pause lasts at now, and which. One that is over is not
// told any more.
func (s *Store) Paused(ctx context.Context, now time.Time) (Pausing, bool, error) {
	var fields map[string]string
	err := s.again(ctx, func() (err error) {
		fields, err = s.db.HGetAll(ctx, s.keysOf(0).pause()).Result()
		return err
	})
	if err != nil {
		return Pausing{}, false, failed(err, "look for a pause")
	}
	if len(fields) == 0 {
		return Pausing{}, false, nil
	}
	p, err := readPausing(fields)
	if err != nil {
		return Pausing{}, false, fmt.Errorf("look for a pause: %v", err)
	}
	if !p.Until.IsZero() && !now.Before(p.Until) {
		return Pausing{}, false, nil
	}
	return p, true, nil
}

func readPausing(fields map[string]string) (p Pausing, err error) {
	p.By, p.Why = fields["by"], fields["why"]
	if p.Since, err = moment(fields["since"]); err != nil {
		return p, err
	}
	if until := fields["until"]; until != "" {
		p.Until, err = moment(until)
	}
	return p, err
}
