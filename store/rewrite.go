package store

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Rewrite lets every server that was started since the last time write its append-only file
// anew, and waits until it has. When a server dies while it writes, its file can end inside a
// transaction. Redis 7.0.15 (and valkey before its change 4342 of 2026) then forgets the
// transaction, but leaves its beginning in the file: what is written next is read as its rest,
// and at the start after that, half of what never happened is there. A new file has no such end.
//
// An embedded store has no file. The error says which server could not; nothing is wrong yet.
func (s *Store) Rewrite(ctx context.Context) error {
	if s.cfg.Embedded {
		return nil
	}
	done, err := s.rewritten(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var now []any
	err = s.everyNode(ctx, func(ctx context.Context, c redis.Cmdable, addr string) error {
		n, err := s.node(ctx, c, addr)
		if err == nil && !done[n.RunID] {
			err = s.rewrite(ctx, c)
		}
		if err != nil {
			return failed(err, "rewrite the append-only file of %s", addr)
		}
		mu.Lock()
		defer mu.Unlock()
		now = append(now, n.RunID)
		return nil
	})
	if err != nil {
		return err
	}
	return s.noteRewritten(ctx, done, now)
}

// rewritten are the lives of servers whose file was written anew.
func (s *Store) rewritten(ctx context.Context) (map[string]bool, error) {
	var runs []string
	err := s.again(ctx, func() (err error) {
		runs, err = s.db.SMembers(ctx, s.keysOf(0).rewritten()).Result()
		return err
	})
	if err != nil {
		return nil, failed(err, "ask which append-only files are new")
	}
	done := map[string]bool{}
	for _, run := range runs {
		done[run] = true
	}
	return done, nil
}

// noteRewritten forgets the servers of before. Losing the note costs one more rewriting.
func (s *Store) noteRewritten(ctx context.Context, before map[string]bool, now []any) error {
	fresh := len(before) != len(now)
	for _, run := range now {
		fresh = fresh || !before[run.(string)]
	}
	if !fresh {
		return nil
	}
	key := s.keysOf(0).rewritten()
	err := s.again(ctx, func() error {
		_, err := s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Del(ctx, key)
			p.SAdd(ctx, key, now...)
			return nil
		})
		return err
	})
	if err != nil {
		return failed(err, "note which append-only files are new")
	}
	return nil
}

// rewrite lets one server write its file anew, whoever asked first.
func (s *Store) rewrite(ctx context.Context, c redis.Cmdable) error {
	now, err := s.persistence(ctx, c)
	if err != nil || now["aof_enabled"] != "1" {
		return err
	}
	err = c.BgRewriteAOF(ctx).Err()
	if err != nil && !strings.Contains(err.Error(), "already in progress") {
		return err
	}
	for n := 1; ; n++ {
		if now, err = s.persistence(ctx, c); err != nil {
			return err
		}
		if now["aof_rewrite_in_progress"] == "0" && now["aof_rewrite_scheduled"] == "0" {
			break
		}
		if err := s.cfg.Backoff(ctx, min(n, maxTries)); err != nil {
			return err
		}
	}
	if state := now["aof_last_bgrewrite_status"]; state != "ok" {
		return fmt.Errorf("it ended with %q (its log says why)", state)
	}
	return nil
}

func (s *Store) persistence(ctx context.Context, c redis.Cmdable) (map[string]string, error) {
	var text string
	err := s.again(ctx, func() (err error) {
		text, err = c.Info(ctx, "persistence").Result()
		return err
	})
	return readInfo(text), err
}
