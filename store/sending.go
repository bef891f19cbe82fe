package store

import (
	"context"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// Sending asks for the last time whether a claimed letter may leave, and remembers that it
// may have left: should the claim lapse from here on, the next one is told so by
// Task.Perhaps. Fenced when somebody else has the task; *Behind or *Stale, and then
// nothing may leave at all.
func (s *Store) Sending(ctx context.Context, t workflow.Task) error {
	partition := t.Request.Partition()
	if err := s.checkID(t.Request); err != nil {
		return fmt.Errorf("send by task %s: %w", member(t), err)
	}
	k, m := s.keysOf(partition), s.mark(partition)
	answer, err := s.runWord(ctx, s.lua.sending,
		[]string{k.guard(), k.seq(), k.claim(), k.sending()}, member(t), t.Claim, m.epoch, m.seen)
	if err != nil {
		return failed(err, "send by task %s", member(t))
	}
	word, err := m.heard(answer)
	switch {
	case err != nil:
		return fmt.Errorf("send by task %s: %w", member(t), err)
	case word == "fenced":
		return fmt.Errorf("send by task %s: %w", member(t), workflow.Fenced)
	case word != "go":
		return fmt.Errorf("send by task %s: odd answer %q", member(t), answer)
	}
	return nil
}
