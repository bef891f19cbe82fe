package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/dsrd/dsrd/workflow"
)

// A shelf is a store of blobs on which everything can go wrong.
type shelf struct {
	mu    sync.Mutex
	blobs map[string][]byte
	// calls are put, open and delete with the blob's name, in order.
	calls []string
	// fails is asked before each call; its error is the call's.
	fails func(call, name string) error
}

func newShelf() *shelf { return &shelf{blobs: map[string][]byte{}} }

func (s *shelf) ask(ctx context.Context, call, name string) error {
	s.calls = append(s.calls, call+" "+name)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s %s: %w", call, name, err)
	}
	if s.fails == nil {
		return nil
	}
	return s.fails(call, name)
}

func (s *shelf) Put(ctx context.Context, _ workflow.ID, name string, r io.Reader) (int64, error) {
	raw, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(err, s.ask(ctx, "put", name)); err != nil {
		return 0, err
	}
	s.blobs[name] = raw
	return int64(len(raw)), nil
}

func (s *shelf) Open(ctx context.Context, _ workflow.ID, name string) (io.ReadSeekCloser, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ask(ctx, "open", name); err != nil {
		return nil, 0, err
	}
	raw, ok := s.blobs[name]
	if !ok {
		return nil, 0, fmt.Errorf("open blob %s: %w", name, workflow.NotFound)
	}
	return blob{bytes.NewReader(raw)}, int64(len(raw)), nil
}

func (s *shelf) Delete(ctx context.Context, _ workflow.ID, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ask(ctx, "delete", name); err != nil {
		return err
	}
	delete(s.blobs, name)
	return nil
}

type blob struct{ *bytes.Reader }

func (blob) Close() error { return nil }

// names lists the blobs whose names begin so.
func (s *shelf) names(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.blobs)), func(name string) bool {
		return !strings.HasPrefix(name, prefix)
	})
}

// count is how often a call was made for names that begin so.
func (s *shelf) count(call, prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if strings.HasPrefix(c, call+" "+prefix) {
			n++
		}
	}
	return n
}
