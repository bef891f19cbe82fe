package store

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Store keeps everything in one Redis, be it single, behind Sentinel, or a
// cluster. It is safe for concurrent use.
type Store struct {
	cfg   Config
	db    redis.UniversalClient
	lua   scripts
	turn  *rotation
	dice  *sync.Mutex // of cfg.Rand: a reader need not be safe for concurrent use
	known *knowledge
	under workflow.Lease // that mail is handled under; zero if none
	apart *atomic.Bool   // another replica that lives has another blob_dir

	shadow string // begins every key of a self-test; "" for what is true
	trace  *trace // of a self-test; nil for none
}

// Open connects and asks once for an answer: *Unreachable when there is none.
// CheckDurability is separate, so that tools can read what a daemon may not.
func Open(ctx context.Context, c Config) (*Store, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	lua, err := loadScripts()
	if err != nil {
		return nil, err
	}
	redis.SetLogger(silent{})
	s := &Store{
		cfg: c, db: redis.NewUniversalClient(options), lua: lua,
		turn: &rotation{}, dice: &sync.Mutex{}, known: newKnowledge(c.Partitions),
		apart: &atomic.Bool{},
	}
	if err := s.Ping(ctx); err != nil {
		s.db.Close()
		return nil, err
	}
	return s, nil
}

// Under gives the same store, whose records of mails are written under that lease: Fenced
// once a later owner of it is known.
func (s *Store) Under(l workflow.Lease) *Store {
	held := *s
	held.under = l
	return &held
}

// silent keeps the client library from writing to standard error: what went
// wrong stands in the errors, and the caller decides what is logged.
type silent struct{}

// Printf does nothing.
func (silent) Printf(context.Context, string, ...any) {}

// Ping asks Redis for an answer; *Unreachable when there is none.
func (s *Store) Ping(ctx context.Context) error {
	err := s.again(ctx, func() error { return s.db.Ping(ctx).Err() })
	if err != nil {
		return failed(err, "open store")
	}
	return nil
}

// Close ends all connections; calls under way fail.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil && !strings.Contains(err.Error(), "closed") {
		return failed(err, "close store")
	}
	return nil
}
