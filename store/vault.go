package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Vault keeps one secret that changes while the daemon runs, such as a refresh
// token, for all replicas: sealed with the master key and bound to its name.
type Vault struct {
	s    *Store
	name string
}

// Vault gives the place of that name; nothing is asked of Redis yet.
func (s *Store) Vault(name string) *Vault { return &Vault{s: s, name: name} }

// Load gives what was kept last; "" when nothing was.
func (v *Vault) Load(ctx context.Context) (string, error) {
	var sealed string
	err := v.s.again(ctx, func() (err error) {
		sealed, err = v.s.db.HGet(ctx, v.s.keysOf(0).vault(), v.name).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	if err != nil {
		return "", failed(err, "load secret %s", v.name)
	}
	token, err := v.s.openShort(sealed, v.binding())
	if err != nil {
		return "", fmt.Errorf("load secret %s: %w", v.name, err)
	}
	return string(token), nil
}

// Keep replaces the secret at once and as a whole.
func (v *Vault) Keep(ctx context.Context, token string) error {
	sealed, err := v.s.sealShort([]byte(token), v.binding())
	if err != nil {
		return fmt.Errorf("keep secret %s: %w", v.name, err)
	}
	key := v.s.keysOf(0).vault()
	err = v.s.write(ctx, key, func(p redis.Pipeliner) { p.HSet(ctx, key, v.name, sealed) })
	if err != nil {
		return failed(err, "keep secret %s", v.name)
	}
	return nil
}

// binding keeps one secret from being put in place of another.
func (v *Vault) binding() []byte { return []byte("dsrd vault|" + v.name) }
