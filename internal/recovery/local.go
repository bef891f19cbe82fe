package recovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"time"
)

// Local is what this machine saw of the store. It closes the gap between two markers.
type Local struct {
	Generation string  `json:"generation"`
	Epoch      int64   `json:"epoch"`
	Sequences  []int64 `json:"sequences"`
	// Nodes are the servers it was seen on, by what changes when one starts anew.
	Nodes []string `json:"nodes,omitempty"`
}

func (l Local) seen() Seen {
	s := Seen{Generation: l.Generation, Epoch: l.Epoch, Sequences: l.Sequences}
	for _, n := range l.Sequences {
		s.Sequence += n
	}
	return s
}

const (
	localName = "seen.json"
	localTemp = localName + ".tmp" // one process has the directory: no two write it
)

// ReadLocal reads what Write left in a directory; nil when nothing was written there yet.
func ReadLocal(dir string) (*Local, error) {
	text, err := os.ReadFile(filepath.Join(dir, localName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was seen of redis: %v", err)
	}
	var l Local
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("read what was seen of redis in %s: %v", localName, err)
	}
	return &l, nil
}

// Write keeps it in a directory: after a power cut there is what was written before, or this.
func (l Local) Write(dir string) error {
	text, err := json.Marshal(l)
	if err == nil {
		err = replace(dir, text)
	}
	if err != nil {
		return fmt.Errorf("keep what was seen of redis: %v", err)
	}
	return nil
}

// replace writes the file beside the old one, and takes its place only once it is on disk.
func replace(dir string, text []byte) error {
	temp := filepath.Join(dir, localTemp)
	if err := synced(temp, text); err != nil {
		_ = os.Remove(temp) // the next time begins with an empty one in any case
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, localName)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	// Without this the rename itself may be lost.
	return errors.Join(d.Sync(), d.Close())
}

// synced writes a file to the disk. After a failed fsync the file is given up: a second one
// on the same descriptor may report success for what was lost.
func synced(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// keptEvery bounds how often the file is written: each time costs two fsyncs.
const keptEvery = time.Second

// Keeper writes what this machine sees, now and then. It may be used by several goroutines.
type Keeper struct {
	Dir string
	Now func() time.Time

	mu      sync.Mutex
	written Local
	at      time.Time
}

// Keep writes it if it changed, and if the last time is a second ago.
func (k *Keeper) Keep(l Local) error { return k.keep(l, false) }

// End writes it if it changed, however soon: nothing comes after.
func (k *Keeper) End(l Local) error { return k.keep(l, true) }

func (k *Keeper) keep(l Local, last bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Now()
	soon := !k.at.IsZero() && now.Sub(k.at) < keptEvery && !now.Before(k.at)
	if reflect.DeepEqual(l, k.written) || soon && !last {
		return nil
	}
	if err := l.Write(k.Dir); err != nil {
		return err
	}
	k.written, k.at = l, now
	return nil
}
