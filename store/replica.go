package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Replica is a process that works on the same store.
type Replica struct {
	Owner  string    // as it calls itself in leases
	Seen   time.Time // when it was last heard of
	Shares bool      // it has the same blob_dir as this process, or none is configured
}

// A replica says that it lives each minute; one not heard of for aliveFor does not count,
// and after a day it is forgotten.
const (
	aliveFor     = 3 * time.Minute
	rememberedAs = 24 * time.Hour
)

// ErrNotShared says that a replica which lives writes its blobs into another folder: what
// one of the two makes, the other cannot send.
var ErrNotShared = errors.New("blob_dir is not shared with every replica")

// Here says that this process lives, and gives all that do. Each of them leaves a file in
// its blob_dir that nobody can guess; one whose file is not in ours has another folder.
// ErrNotShared then, and until it is mended nothing is put into the folder: whoever goes on
// with it elsewhere would not find it. Owner must name one run of one process.
func (s *Store) Here(ctx context.Context, owner string, now time.Time) ([]Replica, error) {
	if owner == "" {
		return nil, fmt.Errorf("note this replica: it has no name")
	}
	nonce, err := s.leaveNonce(owner)
	if err != nil {
		return nil, fmt.Errorf("note this replica: %w", err)
	}
	answer, err := s.run(ctx, s.lua.replica, []string{s.keysOf(0).replicas()},
		owner, milli(now), nonce, milli(now.Add(-rememberedAs)))
	if err != nil {
		return nil, failed(err, "note this replica")
	}
	row, _ := answer.([]any)
	var all []Replica
	kept := map[string]bool{}
	for i := 0; i+1 < len(row); i += 2 {
		name, _ := row[i].(string)
		held, _ := row[i+1].(string)
		kept[nonceFile(name)] = true
		r, err := s.readReplica(name, held)
		if err != nil {
			return nil, fmt.Errorf("note this replica: %w", err)
		}
		if now.Sub(r.Seen) < aliveFor {
			all = append(all, r)
		}
	}
	apart := notShared(all)
	s.apart.Store(apart != nil)
	return all, errors.Join(s.dropNonces(kept), apart)
}

func notShared(all []Replica) error {
	var others []string
	for _, r := range all {
		if !r.Shares {
			others = append(others, r.Owner)
		}
	}
	if len(others) == 0 {
		return nil
	}
	return fmt.Errorf("%w: not with %s", ErrNotShared, strings.Join(others, ", "))
}

// readReplica reads what replica.lua wrote: a moment and a nonce.
func (s *Store) readReplica(owner, held string) (r Replica, err error) {
	at, nonce, _ := strings.Cut(held, " ")
	r.Owner = owner
	if r.Seen, err = moment(at); err != nil {
		return r, err
	}
	if s.cfg.BlobDir == "" {
		r.Shares = true
		return r, nil
	}
	found, err := os.ReadFile(filepath.Join(s.cfg.BlobDir, nonceFile(owner)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("look for a replica's file: %v", err)
	}
	r.Shares = err == nil && string(found) == nonce
	return r, nil
}

// leaveNonce writes this process's file, unless it lies there already.
func (s *Store) leaveNonce(owner string) (string, error) {
	nonce, err := s.known.nonce(s)
	if err != nil || s.cfg.BlobDir == "" {
		return nonce, err
	}
	path := filepath.Join(s.cfg.BlobDir, nonceFile(owner))
	if there, err := os.ReadFile(path); err == nil && string(there) == nonce {
		return nonce, nil
	}
	return nonce, s.writeNonce(path, nonce)
}

// writeNonce writes a file whole or not at all: others read it meanwhile.
func (s *Store) writeNonce(path, nonce string) error {
	file, err := os.CreateTemp(s.cfg.BlobDir, ".tmp-")
	if err != nil {
		return fmt.Errorf("leave a file in blob_dir: %v", err)
	}
	_, err = file.WriteString(nonce)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		return fmt.Errorf("leave a file in blob_dir: %v", err)
	}
	return nil
}

// nonce is drawn once a process.
func (k *knowledge) nonce(s *Store) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.drawn == "" {
		var err error
		if k.drawn, err = s.random(16); err != nil {
			return "", err
		}
	}
	return k.drawn, nil
}

const nonceBegins = ".replica-"

func nonceFile(owner string) string {
	sum := sha256.Sum256([]byte(owner))
	return nonceBegins + hex.EncodeToString(sum[:8])
}

// dropNonces removes the files of replicas that are forgotten.
func (s *Store) dropNonces(kept map[string]bool) error {
	if s.cfg.BlobDir == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(s.cfg.BlobDir, nonceBegins+"*"))
	if err != nil {
		return fmt.Errorf("look through blob_dir: %v", err)
	}
	for _, file := range files {
		if kept[filepath.Base(file)] {
			continue
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a replica's file: %v", err)
		}
	}
	return nil
}
