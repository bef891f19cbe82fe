package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Generation tells this content of Redis from any other: a restored backup, an
// emptied server or the wrong database shows another id or a lower sequence than
// was noted elsewhere.
type Generation struct {
	ID       string // 32 hex digits, random
	Epoch    int64  // enters every code; a recovery raises it, and so kills them
	Sequence int64  // commits so far, over all partitions
	Empty    bool   // nothing was ever committed here
	Created  time.Time
}

// Generation gives the store's generation; the first call on an empty Redis
// founds it.
func (s *Store) Generation(ctx context.Context) (Generation, error) {
	id, err := s.random(16)
	if err != nil {
		return Generation{}, err
	}
	answer, err := s.run(ctx, s.lua.generation, []string{s.keysOf(0).generation()},
		id, milli(s.cfg.Now()), s.cfg.Partitions)
	if err != nil {
		return Generation{}, failed(err, "read the store's generation")
	}
	g, err := s.readGeneration(answer)
	if err != nil {
		return Generation{}, err
	}
	if g.Sequence, err = s.sequence(ctx); err != nil {
		return Generation{}, err
	}
	g.Empty = g.Sequence == 0
	return g, nil
}

func (s *Store) readGeneration(answer any) (Generation, error) {
	row, ok := answer.([]any)
	if !ok || len(row) != 4 {
		return Generation{}, fmt.Errorf("read the store's generation: odd answer")
	}
	var v [4]string
	for i := range row {
		v[i], _ = row[i].(string)
	}
	epoch, err1 := strconv.ParseInt(v[1], 10, 64)
	created, err2 := moment(v[2])
	partitions, err3 := strconv.Atoi(v[3])
	if err := errors.Join(err1, err2, err3); err != nil {
		return Generation{}, fmt.Errorf("read the store's generation: %v", err)
	}
	if partitions > s.cfg.Partitions {
		return Generation{}, fmt.Errorf("read the store's generation: it has %d partitions, "+
			"only %d are configured: set redis.partitions: %d", partitions, s.cfg.Partitions, partitions)
	}
	return Generation{ID: v[0], Epoch: epoch, Created: created}, nil
}

// sequence adds up the commits of all partitions.
func (s *Store) sequence(ctx context.Context) (int64, error) {
	cmds, err := s.each(ctx, func(p redis.Pipeliner, _ int, k keys) { p.Get(ctx, k.seq()) })
	if err != nil {
		return 0, failed(err, "read the store's sequence")
	}
	var sum int64
	for _, cmd := range cmds {
		n, err := cmd.(*redis.StringCmd).Int64()
		if notNil(err) != nil {
			return 0, failed(err, "read the store's sequence")
		}
		sum += n
	}
	return sum, nil
}

// RaiseEpoch makes the generation's epoch at least that one and gives it as it
// stands. Recovery raises it: codes issued under a lower epoch are dead.
func (s *Store) RaiseEpoch(ctx context.Context, epoch int64) (int64, error) {
	word, err := s.runWord(ctx, s.lua.epoch, []string{s.keysOf(0).generation()}, epoch)
	if err != nil {
		return 0, failed(err, "raise the store's epoch")
	}
	stands, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("raise the store's epoch: %q stands there", word)
	}
	return stands, nil
}

// random gives n random bytes in hexadecimal.
func (s *Store) random(n int) (string, error) {
	b, err := s.bytes(n)
	return hex.EncodeToString(b), err
}
