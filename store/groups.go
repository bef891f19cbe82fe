package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// groups are the digests under which Redis knows what a change occupies.
func (s *Store) groups(c workflow.Change) ([]string, error) {
	var digests []string
	for _, group := range c.Groups {
		digest, err := s.keyed("group", group)
		if err != nil {
			return nil, err
		}
		digests = append(digests, digest)
	}
	return digests, nil
}

// vacate frees the groups that a birth wants of the request that occupies them, if
// that one has ended, and reports whether it is worth trying again.
func (s *Store) vacate(ctx context.Context, occupant workflow.ID, c workflow.Change) (bool, error) {
	r, err := s.Load(ctx, occupant)
	if err != nil && !errors.Is(err, workflow.NotFound) {
		return false, fmt.Errorf("commit %s: %w", c.Request.ID, err)
	}
	if err == nil && !r.State.Terminal() {
		return false, nil
	}
	groups, err := s.groups(c)
	if err != nil {
		return false, fmt.Errorf("commit %s: %w", c.Request.ID, err)
	}
	k := s.keysOf(c.Request.ID.Partition())
	args := []any{string(occupant), r.Version}
	for _, group := range groups {
		args = append(args, group)
	}
	word, err := s.runWord(ctx, s.lua.vacate, []string{k.request(occupant), k.groups()}, args...)
	if err != nil {
		return false, failed(err, "commit %s", c.Request.ID)
	}
	return word == "free", nil
}

// isLetter reports whether an effect sends something.
func isLetter(e workflow.Effect) bool { return strings.HasPrefix(string(e.Type), "send_") }
