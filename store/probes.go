package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Probe is a harmless mail to an admin, and what the answer showed of that admin's
// mail. It belongs to no request.
type Probe struct {
	ID         string           // names it in our mail
	Tenant     string           // whose admin was written to
	Entry      string           // the admin as the registry named them then
	Admin      workflow.Address // that the mail went to
	SentAt     time.Time
	AnsweredAt time.Time // zero: not answered yet
	Verdict    []byte    // JSON of what the answer showed; nobody reads it here
}

// BeginProbe notes that a probe was sent: it is the latest one of that admin entry from
// then on. It is kept sealed, and found by digests alone, until ForgetProbes.
func (s *Store) BeginProbe(ctx context.Context, p Probe) error {
	if p.ID == "" || p.Tenant == "" || p.Entry == "" || p.SentAt.IsZero() {
		return fmt.Errorf("note a probe: id, tenant, entry or moment is missing")
	}
	entry, err := s.probedEntry(p.Tenant, p.Entry)
	if err != nil {
		return fmt.Errorf("note a probe: %w", err)
	}
	sealed, err := s.sealProbe(p)
	if err != nil {
		return fmt.Errorf("note probe %s: %w", p.ID, err)
	}
	k := s.keysOf(0)
	err = s.writeAll(ctx, k.probes(), func(t redis.Pipeliner) {
		t.HSet(ctx, k.probes(), p.ID, sealed)
		t.HSet(ctx, k.probed(), entry, p.ID)
	})
	if err != nil {
		return failed(err, "note probe %s", p.ID)
	}
	return nil
}

// FinishProbe notes what an answer showed; a later answer takes the place of an
// earlier one. NotFound when there is no such probe, or no more.
func (s *Store) FinishProbe(ctx context.Context, id string, verdict []byte, now time.Time) error {
	p, err := s.Probe(ctx, id)
	if err != nil {
		return err
	}
	p.AnsweredAt, p.Verdict = now, verdict
	sealed, err := s.sealProbe(p)
	if err != nil {
		return fmt.Errorf("finish probe %s: %w", id, err)
	}
	key := s.keysOf(0).probes()
	err = s.write(ctx, key, func(t redis.Pipeliner) { t.HSet(ctx, key, id, sealed) })
	if err != nil {
		return failed(err, "finish probe %s", id)
	}
	return nil
}

// Probe gives the probe of that id; NotFound.
func (s *Store) Probe(ctx context.Context, id string) (Probe, error) {
	var sealed string
	err := s.again(ctx, func() (err error) {
		sealed, err = s.db.HGet(ctx, s.keysOf(0).probes(), id).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return Probe{}, fmt.Errorf("look for probe %.40q: %w", id, workflow.NotFound)
	}
	if err != nil {
		return Probe{}, failed(err, "look for probe %.40q", id)
	}
	return s.openProbe(id, sealed)
}

// LatestProbe gives the probe that was last sent to that admin entry of a tenant;
// NotFound.
func (s *Store) LatestProbe(ctx context.Context, tenant, entry string) (Probe, error) {
	field, err := s.probedEntry(tenant, entry)
	if err != nil {
		return Probe{}, fmt.Errorf("look for a probe: %w", err)
	}
	var id string
	err = s.again(ctx, func() (err error) {
		id, err = s.db.HGet(ctx, s.keysOf(0).probed(), field).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return Probe{}, fmt.Errorf("look for a probe of tenant %s: %w", tenant, workflow.NotFound)
	}
	if err != nil {
		return Probe{}, failed(err, "look for a probe of tenant %s", tenant)
	}
	return s.Probe(ctx, id)
}

// ForgetProbes drops what was sent before that moment, answered or not, and tells how
// much there was.
func (s *Store) ForgetProbes(ctx context.Context, before time.Time) (int, error) {
	k, dropped := s.keysOf(0), 0
	for cursor := uint64(0); ; {
		var row []string
		err := s.again(ctx, func() (err error) {
			row, cursor, err = s.db.HScan(ctx, k.probes(), cursor, "", scanAtOnce).Result()
			return err
		})
		if err != nil {
			return dropped, failed(err, "forget probes")
		}
		for pair := range slices.Chunk(row, 2) {
			gone, err := s.forgetProbe(ctx, pair[0], pair[1], before)
			if err != nil {
				return dropped, err
			}
			if gone {
				dropped++
			}
		}
		if cursor == 0 {
			return dropped, nil
		}
	}
}

// forgetProbe drops one that is old enough, or that cannot be read.
func (s *Store) forgetProbe(ctx context.Context, id, sealed string, before time.Time) (bool, error) {
	at, rest, _ := strings.Cut(sealed, " ")
	sent, err := moment(at)
	if err == nil && !sent.Before(before) {
		return false, nil
	}
	entry, _, _ := strings.Cut(rest, " ")
	k := s.keysOf(0)
	_, err = s.run(ctx, s.lua.forgetProbe, []string{k.probes(), k.probed()}, id, entry)
	if err != nil {
		return false, failed(err, "forget probe %s", id)
	}
	return true, nil
}

// probedEntry is the digest of an admin entry by which its latest probe is found.
func (s *Store) probedEntry(tenant, entry string) (string, error) {
	return s.keyed("probe", tenant, entry)
}

// sealProbe writes "moment digest sealed": what ForgetProbes needs, nothing personal,
// stands open.
func (s *Store) sealProbe(p Probe) (string, error) {
	entry, err := s.probedEntry(p.Tenant, p.Entry)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write it: %v", err)
	}
	open := milli(p.SentAt) + " " + entry + " "
	sealed, err := s.sealShort(plain, probeBinding(p.ID, open))
	return open + sealed, err
}

func (s *Store) openProbe(id, held string) (p Probe, err error) {
	parts := strings.SplitN(held, " ", 3)
	if len(parts) != 3 {
		return p, fmt.Errorf("open probe %s: %w", id, errTampered)
	}
	open := parts[0] + " " + parts[1] + " "
	plain, err := s.openShort(parts[2], probeBinding(id, open))
	if err == nil {
		err = json.Unmarshal(plain, &p)
	}
	if err != nil {
		return Probe{}, fmt.Errorf("open probe %s: %w", id, err)
	}
	return p, nil
}

// probeBinding keeps one probe from being put in place of another.
func probeBinding(id, open string) []byte { return []byte("dsrd probe|" + id + "|" + open) }
