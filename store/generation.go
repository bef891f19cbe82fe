package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Phase is what the store as a whole is doing.
type Phase string

// The phases of a store. Nothing is claimed and nothing sent but in Working.
const (
	Working    Phase = ""           // all goes on
	Lost       Phase = "behind"     // somebody saw more than there is; a recovery is due
	Recovering Phase = "recovering" // the mailboxes are read back
)

// Generation tells this content of Redis from any other: a restored backup, an
// emptied server or the wrong database shows another id or a lower sequence than
// was noted elsewhere.
type Generation struct {
	ID        string   // 32 hex digits, random; "" when none was founded
	Epoch     int64    // enters every code; a recovery raises it, and so kills them
	Sequences []int64  // commits so far, by partition
	Sequence  int64    // their sum
	Phase     Phase    // what the store is doing
	Why       string   // of Lost: what was seen
	Ancestors []string // ids of the generations whose place it took, by recoveries
	Empty     bool     // nothing was ever committed here
	Created   time.Time
}

// Seen is the generation as a process notes it down.
func (g Generation) Seen() Seen {
	return Seen{Generation: g.ID, Epoch: g.Epoch, Sequences: g.Sequences}
}

// Generation reads the store's generation and changes nothing, neither there nor in what
// this process knows; its ID is "" where none was founded.
func (s *Store) Generation(ctx context.Context) (Generation, error) {
	var row []any
	err := s.again(ctx, func() (err error) {
		row, err = s.db.HMGet(ctx, s.keysOf(0).generation(),
			"id", "epoch", "created", "partitions", "phase", "ancestors", "why").Result()
		return err
	})
	if err != nil {
		return Generation{}, failed(err, "read the store's generation")
	}
	g, err := s.readGeneration(row)
	if err != nil {
		return Generation{}, err
	}
	if g.Sequences, err = s.sequences(ctx); err != nil {
		return Generation{}, err
	}
	for _, n := range g.Sequences {
		g.Sequence += n
	}
	g.Empty = g.Sequence == 0
	return g, nil
}

func (s *Store) readGeneration(row []any) (g Generation, err error) {
	var v [7]string
	for i := range min(len(row), len(v)) {
		v[i], _ = row[i].(string)
	}
	g = Generation{
		ID: v[0], Phase: Phase(v[4]), Ancestors: strings.Fields(v[5]), Why: v[6],
	}
	if v[1] != "" {
		if g.Epoch, err = strconv.ParseInt(v[1], 10, 64); err != nil {
			return g, fmt.Errorf("read the store's generation: epoch %q", v[1])
		}
	}
	if v[2] != "" {
		if g.Created, err = moment(v[2]); err != nil {
			return g, fmt.Errorf("read the store's generation: %v", err)
		}
	}
	if most, _ := strconv.Atoi(v[3]); most > s.cfg.Partitions {
		return g, fmt.Errorf("read the store's generation: it has %d partitions, "+
			"only %d are configured: set redis.partitions: %d", most, s.cfg.Partitions, most)
	}
	return g, nil
}

// sequences are the commits of each partition.
func (s *Store) sequences(ctx context.Context) ([]int64, error) {
	cmds, err := s.each(ctx, func(p redis.Pipeliner, _ int, k keys) { p.Get(ctx, k.seq()) })
	if err != nil {
		return nil, failed(err, "read the store's sequences")
	}
	all := make([]int64, len(cmds))
	for i, cmd := range cmds {
		n, err := cmd.(*redis.StringCmd).Int64()
		if notNil(err) != nil {
			return nil, failed(err, "read the store's sequences")
		}
		all[i] = n
	}
	return all, nil
}

// Found gives the generation that there is, or founds one, and learns it. *Stale when the
// store rests: what was found out of date is recovered, not begun anew.
func (s *Store) Found(ctx context.Context) (Generation, error) {
	id, err := s.random(16)
	if err != nil {
		return Generation{}, err
	}
	word, err := s.runWord(ctx, s.lua.found, []string{s.keysOf(0).generation()},
		id, milli(s.cfg.Now()), s.cfg.Partitions, s.Epoch())
	if err != nil {
		return Generation{}, failed(err, "found the store's generation")
	}
	g, err := s.Learn(ctx)
	if err == nil && word != "founded" {
		return g, fmt.Errorf("found the store's generation: %w", &Stale{Epoch: g.Epoch})
	}
	return g, err
}

// Learn reads the generation and adopts its epoch and how far it is, if work goes on
// there: after that, what this process does is no longer *Stale. If the phase is another,
// nothing is adopted and nothing is wrong. *Behind when the store is in an epoch before
// the one that this process knows.
func (s *Store) Learn(ctx context.Context) (Generation, error) {
	g, err := s.Generation(ctx)
	if err != nil || g.Phase != Working || g.ID == "" {
		return g, err
	}
	if known := s.Epoch(); g.Epoch < known {
		return g, fmt.Errorf("learn the store's generation: %w", &Behind{Have: g.Epoch, Want: known})
	}
	// A partition that was configured later, or whose end of a recovery was lost, knows
	// nothing of it yet.
	if _, err := s.guardAll(ctx, g.Epoch, Working); err != nil {
		return g, err
	}
	s.known.adopt(g.Seen())
	return g, nil
}

// random gives n random bytes in hexadecimal.
func (s *Store) random(n int) (string, error) {
	b, err := s.bytes(n)
	return hex.EncodeToString(b), err
}
