package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// maxRaised bounds how often a new owner's epoch is raised above what partitions saw.
const maxRaised = 3

// Acquire takes the lease for ttl, or renews it for the same owner. Owner must
// name one run of one process. The epoch rises with every change of owner, and
// is known to every partition before Acquire returns: from then on no commit
// under an older one succeeds anywhere. Fenced when another owner holds it; the
// lease returned then says who, and until when.
func (s *Store) Acquire(
	ctx context.Context, name, owner string, now time.Time, ttl time.Duration,
) (workflow.Lease, error) {
	if name == "" || owner == "" {
		return workflow.Lease{}, fmt.Errorf("acquire lease %q for %q: both must be named", name, owner)
	}
	least := int64(0)
	for range maxRaised {
		word, lease, err := s.take(ctx, name, owner, now, ttl, least)
		if err != nil {
			return lease, err
		}
		known := word == "held" && s.known.toldAll(lease)
		above, err := s.announce(ctx, lease, known)
		switch {
		case err != nil:
			return lease, err
		case above == 0:
			s.known.told(lease)
			return lease, nil
		case known: // what was done under it may be fenced: it has to be taken anew
			return lease, errors.Join(fmt.Errorf("renew lease %s: a later owner is known: %w",
				name, workflow.Fenced), s.Release(ctx, lease))
		}
		least = above + 1 // the lease itself was lost, or rolled back
	}
	return workflow.Lease{}, fmt.Errorf("acquire lease %s: others take it meanwhile: %w",
		name, workflow.Fenced)
}

// take gets the lease itself; Fenced.
func (s *Store) take(
	ctx context.Context, name, owner string, now time.Time, ttl time.Duration, least int64,
) (string, workflow.Lease, error) {
	answer, err := s.run(ctx, s.lua.acquire, []string{s.keysOf(0).lease(name)},
		owner, milli(now), milli(now.Add(ttl)), least)
	if err != nil {
		return "", workflow.Lease{}, failed(err, "acquire lease %s", name)
	}
	word, lease, err := readLease(name, answer)
	if err != nil {
		return "", workflow.Lease{}, err
	}
	if word == "refused" {
		return "", lease, fmt.Errorf("acquire lease %s: another has it: %w", name, workflow.Fenced)
	}
	return word, lease, nil
}

func readLease(name string, answer any) (string, workflow.Lease, error) {
	row, ok := answer.([]any)
	if !ok || len(row) != 4 {
		return "", workflow.Lease{}, fmt.Errorf("acquire lease %s: odd answer %v", name, answer)
	}
	var v [4]string
	for i := range row {
		v[i], _ = row[i].(string)
	}
	epoch, err := strconv.ParseInt(v[2], 10, 64)
	if err != nil {
		return "", workflow.Lease{}, fmt.Errorf("acquire lease %s: epoch %q", name, v[2])
	}
	until, err := moment(v[3])
	if err != nil {
		return "", workflow.Lease{}, err
	}
	return v[0], workflow.Lease{Name: name, Owner: v[1], Epoch: epoch, Until: until}, nil
}

// announce raises the fence of every partition to a lease's epoch, and gives the highest
// epoch that was there for somebody else; 0 if none was. It is done again with every
// renewal: a partition may have forgotten. One that does not answer then was told before, where
// the lease is known; of a new owner, all must know.
func (s *Store) announce(ctx context.Context, l workflow.Lease, known bool) (int64, error) {
	var above int64
	for n := range s.cfg.Partitions {
		word, err := s.runWord(ctx, s.lua.fence, []string{s.keysOf(n).fence()}, l.Name, l.Epoch, l.Owner)
		if err != nil && known {
			continue
		}
		if err != nil {
			return 0, failed(err, "announce lease %s", l.Name)
		}
		if word == "ours" {
			continue
		}
		epoch, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("announce lease %s: epoch %q", l.Name, word)
		}
		above = max(above, epoch)
	}
	return above, nil
}

// told notes that every partition knows the lease. That Redis calls the owner its holder is no
// sign of it: whoever takes a lease holds it there before the first partition is told.
func (k *knowledge) told(l workflow.Lease) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leases[l.Name] = l.Epoch
}

func (k *knowledge) toldAll(l workflow.Lease) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.leases[l.Name] == l.Epoch
}

// Release gives the lease back before its time; nothing happens when it is no
// longer the caller's.
func (s *Store) Release(ctx context.Context, l workflow.Lease) error {
	_, err := s.run(ctx, s.lua.release, []string{s.keysOf(0).lease(l.Name)}, l.Owner, l.Epoch)
	if err != nil {
		return failed(err, "release lease %s", l.Name)
	}
	return nil
}
