package store

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// some runs read commands for every partition in one round trip, as each does, and is
// content when one of them answers: while a shard of a cluster changes its primary, work
// goes on in the others. The commands are given by partition; of one that did not answer
// there are none.
func (s *Store) some(
	ctx context.Context, f func(p redis.Pipeliner, n int, k keys),
) (parts [][]redis.Cmder, err error) {
	err = s.again(ctx, func() error {
		var of []int
		p := s.db.Pipeline()
		for n := range s.cfg.Partitions {
			f(p, n, s.keysOf(n))
			for len(of) < p.Len() {
				of = append(of, n)
			}
		}
		cmds, err := p.Exec(ctx)
		err = firstOf(cmds, err)
		if parts = s.byPartition(cmds, of); err != nil && s.anyOf(parts) {
			s.lookAnew(ctx)
			return nil
		}
		return err
	})
	return parts, err
}

// byPartition sorts commands by their partitions and drops those of which one failed.
func (s *Store) byPartition(cmds []redis.Cmder, of []int) [][]redis.Cmder {
	parts := make([][]redis.Cmder, s.cfg.Partitions)
	failed := make([]bool, s.cfg.Partitions)
	for i, cmd := range cmds {
		parts[of[i]] = append(parts[of[i]], cmd)
		failed[of[i]] = failed[of[i]] || notNil(cmd.Err()) != nil
	}
	for n := range parts {
		if failed[n] {
			parts[n] = nil
		}
	}
	return parts
}

func (s *Store) anyOf(parts [][]redis.Cmder) bool {
	for _, cmds := range parts {
		if len(cmds) > 0 {
			return true
		}
	}
	return false
}

// firstOf is the first real error of a pipeline: that no key is there is none, but the
// client may tell of that alone.
func firstOf(cmds []redis.Cmder, err error) error {
	for _, cmd := range cmds {
		if notNil(cmd.Err()) != nil {
			return cmd.Err()
		}
	}
	return notNil(err)
}
