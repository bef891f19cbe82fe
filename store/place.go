package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// TakePlace counts op once in every window of the first road that has room in all of
// its windows, and reports whether there was one; if not, it is counted nowhere. An op
// that still stands in any of the windows keeps its place: it may be asked for again.
// One key has the same length on all roads; each is kept as a keyed digest.
func (s *Store) TakePlace(
	ctx context.Context, op string, roads [][]workflow.Window, now time.Time,
) (bool, error) {
	if op == "" {
		return false, fmt.Errorf("take a place: nobody says for what")
	}
	var names []string
	args := []any{milli(now), op}
	for _, road := range roads {
		args = append(args, len(road))
		for _, w := range road {
			name := s.keysOf(0).limit(s.digest(w.Key))
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			args = append(args, slices.Index(names, name)+1, w.Limit,
				milli(now.Add(-w.Length)), max(w.Length.Milliseconds(), 1))
		}
	}
	if len(names) == 0 {
		return len(roads) > 0, nil // a road without windows is free
	}
	word, err := s.runWord(ctx, s.lua.takePlace, names, args...)
	if err != nil {
		return false, failed(err, "take a place for %s", op)
	}
	return word == "allowed", nil
}
