package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

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
	answer, err := s.run(ctx, s.lua.acquire, []string{s.keysOf(0).lease(name)},
		owner, milli(now), milli(now.Add(ttl)))
	if err != nil {
		return workflow.Lease{}, failed(err, "acquire lease %s", name)
	}
	word, lease, err := readLease(name, answer)
	if err != nil {
		return workflow.Lease{}, err
	}
	if word != "held" {
		return lease, fmt.Errorf("acquire lease %s: another has it: %w", name, workflow.Fenced)
	}
	return lease, s.announce(ctx, lease)
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

// announce raises the fence of every partition to a lease's epoch.
func (s *Store) announce(ctx context.Context, l workflow.Lease) error {
	s.mu.Lock()
	known := s.epoch[l.Name]
	s.mu.Unlock()
	if known == l.Epoch {
		return nil
	}
	for n := range s.cfg.Partitions {
		_, err := s.run(ctx, s.lua.fence, []string{s.keysOf(n).fence()}, l.Name, l.Epoch)
		if err != nil {
			return failed(err, "announce lease %s", l.Name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch[l.Name] = l.Epoch
	return nil
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
