package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Halt ends an epoch in which something was lost: whoever knows no later one is refused by
// every partition, this process too, until a recovery has ended. It may be called again,
// and by anybody; who is first is told. In a store that was emptied it founds nothing.
// An error says that some partition could not be told yet.
func (s *Store) Halt(ctx context.Context, why string) error {
	answer, err := s.run(ctx, s.lua.halt, []string{s.keysOf(0).generation()}, s.Epoch(), why)
	if err != nil {
		return failed(err, "halt the store")
	}
	row, _ := answer.([]any)
	if len(row) != 2 {
		return fmt.Errorf("halt the store: odd answer")
	}
	text, _ := row[0].(string)
	phase, _ := row[1].(string)
	epoch, err := strconv.ParseInt(text, 10, 64)
	if err != nil || phase == string(Working) {
		return err // it was recovered meanwhile
	}
	_, err = s.guardAll(ctx, epoch, Phase(phase))
	return err
}

// BeginRecovery opens an epoch in which this process alone works: everybody else is *Stale
// until it has ended, and nothing is claimed or sent. An emptied store gets a generation of
// its own, which remembers the ancestor whose place it takes. A recovery that was broken
// off is gone on with by the same epoch; *Stale when that epoch, or a later one, is taken.
func (s *Store) BeginRecovery(ctx context.Context, epoch int64, ancestor string) (Generation, error) {
	id, err := s.random(16)
	if err != nil {
		return Generation{}, err
	}
	word, err := s.runWord(ctx, s.lua.beginRecovery, []string{s.keysOf(0).generation()},
		epoch, id, milli(s.cfg.Now()), s.cfg.Partitions, ancestor)
	if err != nil {
		return Generation{}, failed(err, "begin recovery")
	}
	if err := taken(word); err != nil {
		return Generation{}, fmt.Errorf("begin recovery: %w", err)
	}
	if above, err := s.guardAll(ctx, epoch, Recovering); err != nil || above > epoch {
		return Generation{}, errors.Join(err, staleAbove(above, epoch))
	}
	g, err := s.Generation(ctx)
	if err != nil {
		return g, err
	}
	s.known.adopt(g.Seen())
	return g, nil
}

// EndRecovery lets work go on in the epoch of the recovery; *Stale when another began.
func (s *Store) EndRecovery(ctx context.Context, epoch int64) error {
	// The generation comes last: as long as it says that a recovery is under way, nobody
	// learns the epoch, and the recovery can be gone on with.
	if above, err := s.guardAll(ctx, epoch, Working); err != nil || above > epoch {
		return errors.Join(err, staleAbove(above, epoch))
	}
	word, err := s.runWord(ctx, s.lua.endRecovery, []string{s.keysOf(0).generation()}, epoch)
	if err != nil {
		return failed(err, "end recovery")
	}
	if err := taken(word); err != nil {
		return fmt.Errorf("end recovery: %w", err)
	}
	return nil
}

// guardAll tells every partition an epoch and a phase, and gives the highest epoch that
// stands above it; those that answer are told, whichever do not.
func (s *Store) guardAll(ctx context.Context, epoch int64, phase Phase) (above int64, err error) {
	var errs []error
	for n := range s.cfg.Partitions {
		word, err := s.runWord(ctx, s.lua.guard, []string{s.keysOf(n).guard()}, epoch, string(phase))
		if err != nil {
			errs = append(errs, failed(err, "tell partition %02d the epoch", n))
			continue
		}
		var higher *Stale
		if errors.As(taken(word), &higher) {
			above = max(above, higher.Epoch)
		}
	}
	return above, errors.Join(errs...)
}

// taken makes an error of an epoch that stands where another was wanted.
func taken(word string) error {
	text, ok := strings.CutPrefix(word, "epoch ")
	if !ok {
		return nil
	}
	epoch, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("epoch %q", text)
	}
	return &Stale{Epoch: epoch}
}

func staleAbove(above, epoch int64) error {
	if above <= epoch {
		return nil
	}
	return &Stale{Epoch: above}
}
