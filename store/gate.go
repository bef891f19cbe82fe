package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Mode is when a change counts as committed.
type Mode string

// The modes of the gate.
const (
	ModeFsync   Mode = "fsync"   // Redis answers once it is on its disk (appendfsync always)
	ModeWait    Mode = "wait"    // so many replicas have it
	ModeWaitAOF Mode = "waitaof" // it is on the disks of Redis and of so many replicas; Redis 7.2
)

// Durability says when a change counts as committed. The zero value is ModeFsync.
//
// A failover loses nothing that was committed only if it elects a replica that had it: with
// fewer Replicas than there are, that is luck.
type Durability struct {
	Mode     Mode
	Replicas int           // that must have it; ModeWaitAOF takes 0, ModeWait means 1 by it
	Timeout  time.Duration // to wait for them, 0 means 1 s; then the change counts as not committed
}

const defaultWait = time.Second

func (d Durability) checked() (Durability, error) {
	d.Mode, d.Timeout = or(d.Mode, ModeFsync), or(d.Timeout, defaultWait)
	switch d.Mode {
	case ModeWait:
		d.Replicas = or(d.Replicas, 1)
	case ModeFsync, ModeWaitAOF:
	default:
		return d, fmt.Errorf("durability %q is none of fsync, wait and waitaof", d.Mode)
	}
	if d.Replicas < 0 || d.Timeout < time.Millisecond {
		return d, errors.New("a negative number of replicas, or no time for them")
	}
	return d, nil
}

// gates reports whether a write is followed by waiting for its copies.
func (s *Store) gates() bool { return !s.cfg.Embedded && s.cfg.Durability.Mode != ModeFsync }

// tooFew says that a change was made and that too few replicas are known to have it: it
// may be lost, so it is not committed. Repeating it makes it wait for them again.
type tooFew struct {
	mode              Mode
	local, have, want int
}

// Error is for an operator.
func (f *tooFew) Error() string {
	if f.mode == ModeWaitAOF && f.local < 1 {
		return "WAITAOF: it is not on the disk of Redis: is appendonly yes?"
	}
	return fmt.Sprintf("%s: %d of %d replicas have it: start the others, or lower "+
		"redis.wait_replicas; nothing was lost", f.command(), f.have, f.want)
}

// command is what Redis was asked with.
func (f *tooFew) command() string {
	if f.mode == ModeWaitAOF {
		return "WAITAOF"
	}
	return "WAIT"
}

// gated runs a script once. What it changed counts when the gate says so.
//
// WAIT speaks of what was done before on its own connection: on any other it answers for
// nothing, and a fresh one it tells that all replicas have everything. So it rides in one
// pipeline behind the script.
func (s *Store) gated(ctx context.Context, script *script, k []string, args []any) (any, error) {
	s.traced(script, k)
	if !s.gates() {
		return script.Run(ctx, s.db, k, args...).Result()
	}
	answer, err := s.ride(ctx, k[0], func(p redis.Pipeliner) *redis.Cmd {
		return script.EvalSha(ctx, p, k, args...)
	})
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		answer, err = s.ride(ctx, k[0], func(p redis.Pipeliner) *redis.Cmd {
			return script.Eval(ctx, p, k, args...)
		})
	}
	return answer, err
}

// ride sends one command with the gate behind it, in one pipeline to the node of the key.
// The answer comes with *tooFew, too.
func (s *Store) ride(
	ctx context.Context, key string, command func(p redis.Pipeliner) *redis.Cmd,
) (any, error) {
	node, err := s.nodeOf(ctx, key)
	if err != nil {
		return nil, err
	}
	var cmd, gate *redis.Cmd
	_, err = node.Pipelined(ctx, func(p redis.Pipeliner) error {
		cmd = command(p)
		gate = p.Do(ctx, s.cfg.Durability.wait()...)
		return nil
	})
	if cmd.Err() != nil {
		return nil, cmd.Err()
	}
	if gate.Err() != nil {
		return nil, gate.Err()
	}
	if err != nil {
		return nil, err
	}
	return cmd.Val(), s.verdict(gate.Val())
}

// wait is the command of the gate.
func (d Durability) wait() []any {
	if d.Mode == ModeWaitAOF {
		return []any{"WAITAOF", 1, d.Replicas, d.Timeout.Milliseconds()}
	}
	return []any{"WAIT", d.Replicas, d.Timeout.Milliseconds()}
}

// verdict reads what the gate answered: a number of replicas, or one of disks before it.
func (s *Store) verdict(answer any) error {
	f := tooFew{mode: s.cfg.Durability.Mode, local: 1, want: s.cfg.Durability.Replicas}
	have, ok := answer.(int64)
	if row, list := answer.([]any); list && len(row) == 2 {
		local, _ := row[0].(int64)
		f.local = int(local)
		have, ok = row[1].(int64)
	}
	if !ok {
		return fmt.Errorf("%s answered %v", f.command(), answer)
	}
	if f.have = int(have); f.have < f.want || f.local < 1 {
		return &f
	}
	return nil
}

// nodeOf is the server that a key's changes are made at.
func (s *Store) nodeOf(ctx context.Context, key string) (*redis.Client, error) {
	switch db := s.db.(type) {
	case *redis.ClusterClient:
		return db.MasterForKey(ctx, key)
	case *redis.Client:
		return db, nil
	}
	return nil, fmt.Errorf("no way to one server of %T", s.db)
}

// lookAnew lets a cluster's client ask where everything is. By itself it does so every ten
// seconds, or when a server that lives sends it elsewhere: one that died sends nobody.
func (s *Store) lookAnew(ctx context.Context) {
	if cluster, ok := s.db.(*redis.ClusterClient); ok {
		cluster.ReloadState(ctx)
	}
}

// write makes one change without a script, and repeats it like one.
func (s *Store) write(ctx context.Context, key string, f func(p redis.Pipeliner)) error {
	return s.again(ctx, func() error {
		return s.written(ctx, key, func(to redis.Cmdable) ([]redis.Cmder, error) {
			return to.Pipelined(ctx, func(p redis.Pipeliner) error { f(p); return nil })
		})
	})
}

// writeAll makes several changes as one.
func (s *Store) writeAll(ctx context.Context, key string, f func(p redis.Pipeliner)) error {
	return s.again(ctx, func() error {
		return s.written(ctx, key, func(to redis.Cmdable) ([]redis.Cmder, error) {
			return to.TxPipelined(ctx, func(p redis.Pipeliner) error { f(p); return nil })
		})
	})
}

// written lets the changes be made on one connection, and the gate be asked on the same.
func (s *Store) written(
	ctx context.Context, key string, change func(to redis.Cmdable) ([]redis.Cmder, error),
) error {
	s.traced(nil, []string{key})
	if !s.gates() {
		_, err := change(s.db)
		return notNil(err)
	}
	node, err := s.nodeOf(ctx, key)
	if err != nil {
		return err
	}
	conn := node.Conn()
	defer conn.Close()
	if _, err := change(conn); notNil(err) != nil {
		return err
	}
	gate, err := conn.Do(ctx, s.cfg.Durability.wait()...).Result()
	if err != nil {
		return err
	}
	return s.verdict(gate)
}
