package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/dsrd/dsrd/workflow"
)

// runMail runs a script on the records of mails: only as long as this process and the store
// can trust each other, and nobody took over the lease.
func (s *Store) runMail(
	ctx context.Context, doing string, script *script, names []string, args ...any,
) (answer any, err error) {
	k, m := s.keysOf(0), s.mark(0)
	names = append([]string{k.guard(), k.seq(), k.fence()}, names...)
	args = slices.Concat([]any{m.epoch, m.seen, s.under.Name, s.under.Epoch}, args)
	if answer, err = s.run(ctx, script, names, args...); err != nil {
		return nil, failed(err, "%s", doing)
	}
	word, ok := answer.(string)
	if row, list := answer.([]any); list && len(row) > 0 {
		word, ok = row[0].(string)
	}
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: script answered %T", doing, answer)
	case word == "fenced":
		return nil, fmt.Errorf("%s: %w", doing, workflow.Fenced)
	}
	if err := m.trusted(word); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return answer, nil
}
