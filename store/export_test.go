package store

import "context"

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
