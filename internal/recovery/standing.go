package recovery

import (
	"fmt"
	"time"
)

// Seen is how far a store has come, as somebody saw it: a marker in a mailbox, or this machine.
type Seen struct {
	Generation string
	// Epoch counts the lives of the store: each recovery begins another.
	Epoch int64
	// Sequence is the number of commits over all partitions; Sequences has them one by one.
	// What was written before there were Sequences knows the sum alone.
	Sequence  int64
	Sequences []int64
}

// Phase says whether a store may be worked with.
type Phase string

// The phases. The strings are stored.
const (
	// Working: it may.
	Working Phase = ""
	// Suspect: somebody saw more than it holds. A recovery moves it on.
	Suspect Phase = "behind"
	// Recovering: a recovery has begun. The same or another process ends it.
	Recovering Phase = "recovering"
)

// Standing is how far a store has come, as it says itself.
type Standing struct {
	Seen
	Phase Phase
	// Ancestors are the generations whose content it took over.
	Ancestors []string
	// Empty: nothing was ever committed to it.
	Empty   bool
	Created time.Time
}

// lacks says in what the store falls short of what was seen of the same generation; "" when
// it does not. A later life has more than an earlier one, whatever its sequences are.
func (s Standing) lacks(seen Seen) string {
	switch {
	case s.Epoch > seen.Epoch:
		return ""
	case s.Epoch < seen.Epoch:
		return fmt.Sprintf("redis is in its life %d, and %d was seen", s.Epoch, seen.Epoch)
	}
	for i, n := range seen.Sequences {
		if have := at(s.Sequences, i); have < n {
			return fmt.Sprintf("partition %d of redis stands at change %d, and %d was seen", i, have, n)
		}
	}
	if len(seen.Sequences) == 0 && s.Sequence < seen.Sequence {
		return fmt.Sprintf("redis stands at change %d, and %d was seen", s.Sequence, seen.Sequence)
	}
	return ""
}

func at(numbers []int64, i int) int64 {
	if i < len(numbers) {
		return numbers[i]
	}
	return 0
}

// commits reports whether something was ever committed where that was seen.
func (s Seen) commits() bool {
	for _, n := range s.Sequences {
		if n > 0 {
			return true
		}
	}
	return s.Sequence > 0
}
