package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dsrd/dsrd/workflow"
)

// folder is where the large blobs of one request lie. The names of its files are
// the store's own; what a Redis that was tampered with says is not believed.
type folder struct {
	root string // blob_dir
	dir  string // "" when there is no blob_dir
}

func (s *Store) folder(id workflow.ID) folder {
	if s.cfg.BlobDir == "" {
		return folder{}
	}
	return folder{root: s.cfg.BlobDir, dir: filepath.Join(s.cfg.BlobDir, string(id))}
}

// temporary is a file that nobody knows yet.
type temporary struct {
	*os.File
	folder folder
}

// DiskFault is what the disk under blob_dir does not take. No mail and no package is at
// fault: they wait until there is room, or another disk. What failed to be synced is thrown
// away whole, for a second sync of the same file can succeed without its bytes.
type DiskFault struct {
	Doing string
	Cause error // without a path: that names a request
}

func diskFault(doing string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return &DiskFault{doing, err}
}

// Error ends in what an operator can do about it.
func (f *DiskFault) Error() string {
	return fmt.Sprintf("%s: %v (has delivery.blob_dir room, and may dsrd write there?)",
		f.Doing, f.Cause)
}

// Is makes it workflow.Unavailable.
func (f *DiskFault) Is(target error) bool { return target == error(workflow.Unavailable) }

// create begins a file; the folder is made for the owner alone.
func (f folder) create() (*temporary, error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, diskFault("make blob folder", err)
	}
	if err := syncDir(f.root); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(f.dir, ".tmp-") // with mode 0600
	if err != nil {
		return nil, diskFault("make blob file", err)
	}
	return &temporary{File: file, folder: f}, nil
}

func (t *temporary) write(p []byte) (int, error) {
	n, err := t.Write(p)
	if err != nil {
		return n, diskFault("write blob file", err)
	}
	return n, nil
}

// keep makes the file durable under its name: a power cut leaves it whole or not
// at all.
func (w *spill) keep(name string) error {
	t := w.file
	if err := t.Sync(); err != nil {
		return diskFault("sync blob file", err)
	}
	if err := t.Close(); err != nil {
		return diskFault("close blob file", err)
	}
	if err := os.Rename(t.Name(), filepath.Join(t.folder.dir, name)); err != nil {
		return diskFault("name blob file", err)
	}
	w.where.File, w.file = name, nil
	if err := syncDir(t.folder.dir); err != nil {
		os.Remove(filepath.Join(t.folder.dir, name)) // nobody knows of it yet
		w.where.File = ""
		return err
	}
	return nil
}

// abandon removes a file that was not finished.
func (w *spill) abandon() {
	if w.file != nil {
		w.file.Close()
		os.Remove(w.file.Name()) // a rest goes when the request is forgotten
	}
}

// discard removes a file that was finished and is not wanted.
func (w *spill) discard() {
	if w.where.File != "" {
		os.RemoveAll(w.folder.dir) // the request is forgotten: nothing may stay
	}
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return diskFault("sync blob folder", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return diskFault("sync blob folder", err)
	}
	return nil
}

func openFile(f folder, name string) (*os.File, int64, error) {
	if f.dir == "" {
		return nil, 0, fmt.Errorf("it lies in a blob_dir, and none is configured")
	}
	if name != filepath.Base(name) {
		return nil, 0, errTampered
	}
	file, err := os.Open(filepath.Join(f.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("its file is gone: %w", workflow.NotFound)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open blob file: %v", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, fmt.Errorf("open blob file: %v", err)
	}
	return file, info.Size(), nil
}

func removeFile(f folder, name string) error {
	if f.dir == "" || name == "" || name != filepath.Base(name) {
		return nil
	}
	err := os.Remove(filepath.Join(f.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove blob file: %v", err)
	}
	return nil
}
