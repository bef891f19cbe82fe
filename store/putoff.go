package store

import (
	"context"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// PutOff takes back the attempt that BeginMail counted last: the mail waits for
// something that is no fault of its own. Its record stays, undecided.
func (s *Store) PutOff(ctx context.Context, m workflow.MailRecord) error {
	if m.Digest == "" {
		return fmt.Errorf("put off mail: it has no digest")
	}
	k := s.keysOf(0)
	_, err := s.runMail(ctx, "put off mail "+m.Digest, s.lua.putOffMail,
		[]string{k.mailTries(), k.mailOp()}, m.Digest)
	return err
}
