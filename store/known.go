package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Seen is what one process knows of the store, by its own answers and by what was noted
// elsewhere: a store that holds less has lost something.
type Seen struct {
	Generation string  // "" if it was never asked for
	Epoch      int64   // 1 in the first life
	Sequences  []int64 // commits, by partition
}

// Behind says that a partition holds less than this process saw: Redis was emptied, rolled
// back, or replaced by a replica that lagged. Nothing was written.
type Behind struct {
	Partition  int
	Have, Want int64 // commits; of a store that was never recovered where it must have been, epochs
}

// Error ends in what it means.
func (b *Behind) Error() string {
	return fmt.Sprintf("partition %02d of redis stands at %d, this process saw %d: redis lost what "+
		"it had confirmed", b.Partition, b.Have, b.Want)
}

// Is makes it workflow.Outdated.
func (b *Behind) Is(target error) bool { return target == error(workflow.Outdated) }

// Stale says that a recovery began, or what calls for one was found, since this process
// looked. Nothing was written. Learn tells whether work goes on.
type Stale struct{ Epoch int64 }

// Error says so.
func (s *Stale) Error() string {
	return fmt.Sprintf("redis is in epoch %d, of which this process knows nothing", s.Epoch)
}

// Is makes it workflow.Outdated.
func (s *Stale) Is(target error) bool { return target == error(workflow.Outdated) }

// knowledge is what this process has seen of the store.
type knowledge struct {
	mu     sync.Mutex
	seen   Seen
	drawn  string           // that this process proves a shared folder with
	leases map[string]int64 // epochs of those that every partition was told
}

func newKnowledge(partitions int) *knowledge {
	return &knowledge{
		seen: Seen{Epoch: 1, Sequences: make([]int64, partitions)}, leases: map[string]int64{},
	}
}

// mark is what was known of a partition when it was called.
type mark struct {
	partition   int
	epoch, seen int64
	of          *knowledge
}

// mark gives what is known of a partition, to go with a call.
func (s *Store) mark(partition int) mark {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	return mark{partition, s.known.seen.Epoch, s.known.seen.Sequences[partition], s.known}
}

// trusted makes an error of what keeps the process and the store from trusting each other.
func (m mark) trusted(answer string) error {
	word, number, _ := strings.Cut(answer, " ")
	if word != "epoch" && word != "behind" {
		return nil
	}
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil:
		return fmt.Errorf("script answered %q", answer)
	case word == "epoch":
		return &Stale{Epoch: n}
	case n >= m.seen: // it counts enough, but in an earlier epoch
		return &Behind{Partition: m.partition, Have: m.epoch - 1, Want: m.epoch}
	}
	return &Behind{Partition: m.partition, Have: n, Want: m.seen}
}

// heard is trusted for answers that carry the commits so far, which it takes note of. It
// gives the answer's word.
func (m mark) heard(answer string) (word string, err error) {
	if err := m.trusted(answer); err != nil {
		return "", err
	}
	word, number, _ := strings.Cut(answer, " ")
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		m.of.note(m.partition, m.epoch, n)
	}
	return word, nil
}

// look is trusted for a partition whose guard and commits were read, by who wants to claim
// there. What is read is no more than looked at: only what is written is known to last.
func (m mark) look(guard, commits redis.Cmder) error {
	stands, phase := int64(1), ""
	if row := guard.(*redis.SliceCmd).Val(); len(row) == 2 {
		if text, _ := row[0].(string); text != "" {
			stands, _ = strconv.ParseInt(text, 10, 64)
		}
		phase, _ = row[1].(string)
	}
	have, _ := strconv.ParseInt(commits.(*redis.StringCmd).Val(), 10, 64) // "" is none
	switch {
	case stands > m.epoch || phase != string(Working):
		return &Stale{Epoch: stands}
	case have < m.seen || stands < m.epoch && have > 0:
		return m.trusted("behind " + strconv.FormatInt(have, 10))
	}
	return nil
}

// note raises what is known of a partition. An answer of an earlier epoch says nothing of
// this one.
func (k *knowledge) note(partition int, epoch, commits int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if epoch == k.seen.Epoch && commits > k.seen.Sequences[partition] {
		k.seen.Sequences[partition] = commits
	}
}

// adopt takes over what a generation says: all of it in a later epoch, what is more in the
// same one.
func (k *knowledge) adopt(g Seen) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if g.Generation != "" {
		k.seen.Generation = g.Generation
	}
	if g.Epoch < k.seen.Epoch {
		return
	}
	if g.Epoch > k.seen.Epoch {
		clear(k.seen.Sequences)
	}
	k.seen.Epoch = g.Epoch
	for n := range min(len(g.Sequences), len(k.seen.Sequences)) {
		k.seen.Sequences[n] = max(k.seen.Sequences[n], g.Sequences[n])
	}
}

// Seen gives what this process has seen so far.
func (s *Store) Seen() Seen {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	seen := s.known.seen
	seen.Sequences = slices.Clone(seen.Sequences)
	return seen
}

// Expect tells what was noted of the store elsewhere: from now on one that holds less is
// *Behind. What is known better already stays.
func (s *Store) Expect(seen Seen) { s.known.adopt(seen) }

// Epoch is that of the store as it was last learnt; 1 before.
func (s *Store) Epoch() int64 {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	return s.known.seen.Epoch
}
