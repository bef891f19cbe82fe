package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dsrd/dsrd/workflow"
)

// forgotten stands where the data key of a purged request was.
const forgotten = "-"

// dataKey is a request's own key, and the form in which Redis keeps it.
type dataKey struct {
	plain   []byte
	wrapped string
}

// errNoKey: the request has no data key, so it has no blobs.
var errNoKey = errors.New("no data key")

// keyOf gives the data key of a request; with create it is founded when there is
// none. Refused when it was forgotten.
func (s *Store) keyOf(ctx context.Context, id workflow.ID, create bool) (dataKey, error) {
	if len(s.cfg.MasterKey) == 0 {
		return dataKey{}, fmt.Errorf("no master key is configured")
	}
	fresh := ""
	if create {
		var err error
		if fresh, err = s.newKey(id); err != nil {
			return dataKey{}, err
		}
	}
	k := s.keysOf(id.Partition())
	wrapped, err := s.runWord(ctx, s.lua.key, []string{k.request(id)}, fresh)
	switch {
	case err != nil:
		return dataKey{}, failed(err, "read data key")
	case wrapped == forgotten:
		return dataKey{}, fmt.Errorf("its personal data were removed: %w", workflow.Refused)
	case wrapped == "":
		return dataKey{}, errNoKey
	}
	plain, err := s.unwrap(id, wrapped)
	return dataKey{plain: plain, wrapped: wrapped}, err
}

// newKey makes a data key and wraps it with AES-256-GCM, bound to the request.
func (s *Store) newKey(id workflow.ID) (string, error) {
	aead, err := newGCM(s.cfg.MasterKey)
	if err != nil {
		return "", err
	}
	b, err := s.bytes(aead.NonceSize() + keyBytes)
	if err != nil {
		return "", err
	}
	nonce, key := b[:aead.NonceSize()], b[aead.NonceSize():]
	return string(aead.Seal(nonce, nonce, key, wrapped(id))), nil
}

func (s *Store) unwrap(id workflow.ID, text string) ([]byte, error) {
	aead, err := newGCM(s.cfg.MasterKey)
	if err != nil {
		return nil, err
	}
	if len(text) < aead.NonceSize() {
		return nil, fmt.Errorf("open data key: %v", errTampered)
	}
	n := aead.NonceSize()
	key, err := aead.Open(nil, []byte(text[:n]), []byte(text[n:]), wrapped(id))
	if err != nil {
		return nil, fmt.Errorf("open data key: %v", errTampered)
	}
	return key, nil
}

func wrapped(id workflow.ID) []byte { return []byte("dsrd data key|" + string(id)) }

// bytes draws n random bytes.
func (s *Store) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	s.mu.Lock() // a reader need not be safe for concurrent use
	defer s.mu.Unlock()
	if _, err := io.ReadFull(s.cfg.Rand, b); err != nil {
		return nil, fmt.Errorf("draw random bytes: %v", err)
	}
	return b, nil
}
