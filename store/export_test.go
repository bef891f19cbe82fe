package store

import (
	"context"
	"errors"
)

// DieWhileTesting leaves behind what a self-test leaves whose process dies before it ends.
func DieWhileTesting(ctx context.Context, s *Store) error {
	t, err := s.shade()
	if err != nil {
		return err
	}
	s.begun(ctx, 0, t)
	for _, step := range t.life(0)[:6] {
		err = errors.Join(err, step.do(ctx))
	}
	return err
}

// SelfTested gives the names of all scripts, and which of them a self-test ran.
func SelfTested(ctx context.Context, s *Store) (all []string, ran map[string]bool, err error) {
	t, err := s.shade()
	if err != nil {
		return nil, nil, err
	}
	for _, step := range t.life(0) {
		if err := step.do(ctx); err != nil {
			return nil, nil, err
		}
	}
	for name := range s.lua.names() {
		all = append(all, name)
	}
	return all, t.trace.ran, t.vanish(ctx)
}
