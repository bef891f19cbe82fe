package store

import (
	"context"
	"fmt"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Forget removes what is personal beside the request itself: the private parts
// of its history, its blobs and its data key. Copies of the blobs in backups are
// unreadable from then on. The public history and the request stay.
func (s *Store) Forget(ctx context.Context, id workflow.ID) error {
	if err := s.checkID(id); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	k := s.keysOf(id.Partition())
	// The key goes first: a Put under way fails from here on, so that what is
	// removed below is all there will ever be.
	_, err := s.run(ctx, s.lua.forget, []string{k.request(id), k.private(id), k.groups()}, string(id))
	if err != nil {
		return failed(err, "forget %s", id)
	}
	if err := s.removeBlobs(ctx, id); err != nil {
		return failed(err, "forget blobs of %s", id)
	}
	if dir := s.folder(id).dir; dir != "" {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("forget blobs of %s: %v", id, err)
		}
	}
	return nil
}

func (s *Store) removeBlobs(ctx context.Context, id workflow.ID) error {
	k := s.keysOf(id.Partition())
	var names []string
	err := s.again(ctx, func() (err error) {
		names, err = s.db.HKeys(ctx, k.blobs(id)).Result()
		return err
	})
	if err != nil {
		return err
	}
	return s.writeAll(ctx, k.blobs(id), func(p redis.Pipeliner) {
		for _, name := range names {
			p.Del(ctx, k.blob(id, name))
		}
		p.Del(ctx, k.blobs(id))
	})
}
