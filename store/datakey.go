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

// errNoMasterKey: what is personal or secret cannot be kept without one.
var errNoMasterKey = errors.New("no master key is configured")

// errNoKey: the request has no data key, so it has no blobs.
var errNoKey = errors.New("no data key")

// keyOf gives the data key of a request; with create it is founded when there is
// none. Refused when it was forgotten.
func (s *Store) keyOf(ctx context.Context, id workflow.ID, create bool) (dataKey, error) {
	if len(s.cfg.MasterKey) == 0 {
		return dataKey{}, errNoMasterKey
	}
	fresh := ""
	if create {
		var err error
		if fresh, err = s.newKey(id); err != nil {
			return dataKey{}, err
		}
	}
	k := s.keysOf(id.Partition())
	run := s.ask
	if create {
		run = s.run
	}
	answer, err := run(ctx, s.lua.key, []string{k.request(id)}, fresh)
	wrapped, _ := answer.(string)
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

// newKey makes a data key and wraps it, bound to the request.
func (s *Store) newKey(id workflow.ID) (string, error) {
	key, err := s.bytes(keyBytes)
	if err != nil {
		return "", err
	}
	return s.sealShort(key, wrapped(id))
}

func (s *Store) unwrap(id workflow.ID, text string) ([]byte, error) {
	key, err := s.openShort(text, wrapped(id))
	if err != nil {
		return nil, fmt.Errorf("open data key: %v", err)
	}
	return key, nil
}

// sealShort encrypts something short under the master key, with AES-256-GCM and a random
// nonce before it. It opens only with the same binding.
func (s *Store) sealShort(plain, binding []byte) (string, error) {
	if len(s.cfg.MasterKey) == 0 {
		return "", errNoMasterKey
	}
	aead, err := newGCM(s.cfg.MasterKey)
	if err != nil {
		return "", err
	}
	nonce, err := s.bytes(aead.NonceSize())
	if err != nil {
		return "", err
	}
	return string(aead.Seal(nonce, nonce, plain, binding)), nil
}

func (s *Store) openShort(sealed string, binding []byte) ([]byte, error) {
	if len(s.cfg.MasterKey) == 0 {
		return nil, errNoMasterKey
	}
	aead, err := newGCM(s.cfg.MasterKey)
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(sealed) < n {
		return nil, errTampered
	}
	plain, err := aead.Open(nil, []byte(sealed[:n]), []byte(sealed[n:]), binding)
	if err != nil {
		return nil, errTampered
	}
	return plain, nil
}

func wrapped(id workflow.ID) []byte { return []byte("dsrd data key|" + string(id)) }

// bytes draws n random bytes.
func (s *Store) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	s.dice.Lock()
	defer s.dice.Unlock()
	if _, err := io.ReadFull(s.cfg.Rand, b); err != nil {
		return nil, fmt.Errorf("draw random bytes: %v", err)
	}
	return b, nil
}
