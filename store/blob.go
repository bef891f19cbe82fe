package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// whereabouts of a blob, as Redis keeps them.
type whereabouts struct {
	File string `json:",omitempty"` // in the request's folder; "" means in Redis
}

// checkBlob refuses names that neither a key nor a person could carry.
func (s *Store) checkBlob(id workflow.ID, name string) error {
	if err := s.checkID(id); err != nil {
		return err
	}
	if name == "" || len(name) > 128 || strings.Trim(name, idCharacters+".") != "" {
		return fmt.Errorf("blob name %.40q is malformed: %w", name, workflow.NotFound)
	}
	return nil
}

// Put stores all of r under the name, replacing what was there, and reports its
// size in bytes. Refused when the request's personal data were removed.
func (s *Store) Put(ctx context.Context, id workflow.ID, name string, r io.Reader) (int64, error) {
	size, err := s.put(ctx, id, name, r)
	if err != nil {
		return 0, fmt.Errorf("store blob %s of %s: %w", name, id, err)
	}
	return size, nil
}

func (s *Store) put(ctx context.Context, id workflow.ID, name string, r io.Reader) (int64, error) {
	if err := s.checkBlob(id, name); err != nil {
		return 0, err
	}
	key, err := s.keyOf(ctx, id, true)
	if err != nil {
		return 0, err
	}
	to := &spill{max: s.cfg.BlobInRedisMax, folder: s.folder(id), apart: s.apart.Load()}
	defer to.abandon()
	size, err := s.seal(to, key, id, name, r)
	if err != nil {
		return 0, err
	}
	if err := s.keep(to, name); err != nil {
		if _, gone := s.keyOf(ctx, id, false); errors.Is(gone, workflow.Refused) {
			return 0, gone // its folder went meanwhile, with the key
		}
		return 0, err
	}
	return size, s.record(ctx, key, id, name, to)
}

func (s *Store) seal(
	w io.Writer, key dataKey, id workflow.ID, name string, r io.Reader,
) (int64, error) {
	salt, err := s.bytes(saltBytes)
	if err != nil {
		return 0, err
	}
	c, err := newChunks(key.plain, salt, id, name)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(append([]byte{sealVersion}, salt...)); err != nil {
		return 0, err
	}
	return c.sealTo(w, r)
}

// keep gives a blob on disk its final name; one in memory needs none.
func (s *Store) keep(to *spill, name string) error {
	if to.file == nil {
		return nil
	}
	suffix, err := s.random(8)
	if err != nil {
		return err
	}
	return to.keep(name + "." + suffix)
}

// record makes the blob the one that counts. One that lies on disk unrecorded is
// unknown to everybody and goes when the request is forgotten.
func (s *Store) record(
	ctx context.Context, key dataKey, id workflow.ID, name string, to *spill,
) error {
	where, err := json.Marshal(to.where)
	if err != nil {
		return err
	}
	k := s.keysOf(id.Partition())
	answer, err := s.run(ctx, s.lua.put, []string{k.request(id), k.blobs(id), k.blob(id, name)},
		key.wrapped, name, where, to.memory.Bytes())
	if err != nil {
		return failed(err, "write it down")
	}
	row, ok := answer.([]any)
	if !ok || len(row) != 2 || row[0] != "stored" {
		to.discard()
		return fmt.Errorf("its personal data were removed: %w", workflow.Refused)
	}
	if before, _ := row[1].(string); before != "" && before != string(where) {
		var old whereabouts
		if json.Unmarshal([]byte(before), &old) == nil {
			return removeFile(s.folder(id), old.File)
		}
	}
	return nil
}

// Open gives the bytes back, with their size; NotFound. Reading fails when they
// were changed. What is read while ctx lives is read under ctx.
func (s *Store) Open(
	ctx context.Context, id workflow.ID, name string,
) (io.ReadSeekCloser, int64, error) {
	o, err := s.openBlob(ctx, id, name)
	if err != nil {
		return nil, 0, fmt.Errorf("open blob %s of %s: %w", name, id, err)
	}
	return o, o.size, nil
}

func (s *Store) openBlob(ctx context.Context, id workflow.ID, name string) (*opened, error) {
	if err := s.checkBlob(id, name); err != nil {
		return nil, err
	}
	where, err := s.whereIs(ctx, id, name)
	if err != nil {
		return nil, err
	}
	key, err := s.keyOf(ctx, id, false)
	if errors.Is(err, errNoKey) || errors.Is(err, workflow.Refused) {
		return nil, fmt.Errorf("%v: %w", err, workflow.NotFound)
	}
	if err != nil {
		return nil, err
	}
	o := &opened{}
	sealed, err := s.source(ctx, o, id, name, where)
	if err != nil {
		return nil, err
	}
	if err := o.begin(key.plain, id, name, sealed); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// begin reads the header and proves the size.
func (o *opened) begin(key []byte, id workflow.ID, name string, sealed int64) (err error) {
	header := make([]byte, headerBytes)
	if _, err := o.src.ReadAt(header, 0); err != nil || header[0] != sealVersion {
		return errTampered
	}
	if o.chunks, err = newChunks(key, header[1:], id, name); err != nil {
		return err
	}
	return o.open(sealed)
}

// source says where o is to read from, and how many sealed bytes there are.
func (s *Store) source(
	ctx context.Context, o *opened, id workflow.ID, name string, where whereabouts,
) (int64, error) {
	if where.File != "" {
		f, size, err := openFile(s.folder(id), where.File)
		if err != nil {
			return 0, err
		}
		o.src, o.close = f, f.Close
		return size, nil
	}
	k := s.keysOf(id.Partition()).blob(id, name)
	var size int64
	err := s.again(ctx, func() (err error) {
		size, err = s.db.StrLen(ctx, k).Result()
		return err
	})
	if err != nil {
		return 0, failed(err, "look for it")
	}
	if size == 0 {
		return 0, workflow.NotFound
	}
	o.src = &window{ctx: ctx, store: s, key: k}
	return size, nil
}

func (s *Store) whereIs(ctx context.Context, id workflow.ID, name string) (whereabouts, error) {
	var where whereabouts
	var text string
	err := s.again(ctx, func() (err error) {
		text, err = s.db.HGet(ctx, s.keysOf(id.Partition()).blobs(id), name).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return where, workflow.NotFound
	}
	if err != nil {
		return where, failed(err, "look for it")
	}
	if err := json.Unmarshal([]byte(text), &where); err != nil {
		return where, fmt.Errorf("read where it is: %v", err)
	}
	return where, nil
}

// Delete removes the blob; it is no error when there is none.
func (s *Store) Delete(ctx context.Context, id workflow.ID, name string) error {
	if err := s.checkBlob(id, name); err != nil {
		return fmt.Errorf("delete blob %s of %s: %w", name, id, err)
	}
	k := s.keysOf(id.Partition())
	where, err := s.whereIs(ctx, id, name)
	if errors.Is(err, workflow.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete blob %s of %s: %w", name, id, err)
	}
	err = s.writeAll(ctx, k.blobs(id), func(p redis.Pipeliner) {
		p.HDel(ctx, k.blobs(id), name)
		p.Del(ctx, k.blob(id, name))
	})
	if err != nil {
		return failed(err, "delete blob %s of %s", name, id)
	}
	return removeFile(s.folder(id), where.File)
}

// window reads a blob in Redis, some chunks ahead. It is not safe for concurrent
// use, as its reader is not.
type window struct {
	ctx   context.Context // of Open: a reader has no other way to be stopped
	store *Store
	key   string
	from  int64
	buf   []byte
}

const windowBytes = 16 * sealedChunk

// ReadAt implements io.ReaderAt.
func (w *window) ReadAt(p []byte, off int64) (int, error) {
	if off < w.from || off+int64(len(p)) > w.from+int64(len(w.buf)) {
		if err := w.fill(off, max(windowBytes, int64(len(p)))); err != nil {
			return 0, err
		}
	}
	n := copy(p, w.buf[off-w.from:])
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}

func (w *window) fill(off, length int64) error {
	err := w.store.again(w.ctx, func() (err error) {
		w.buf, err = w.store.db.GetRange(w.ctx, w.key, off, off+length-1).Bytes()
		return err
	})
	w.from = off
	if err != nil {
		w.buf = nil
		return failed(err, "read blob")
	}
	return nil
}

// spill keeps what is written in memory until it is too much, then on disk.
type spill struct {
	max    int64
	folder folder
	apart  bool // others would not find it there
	memory bytes.Buffer
	file   *temporary
	where  whereabouts
}

// Write implements io.Writer.
func (w *spill) Write(p []byte) (int, error) {
	if w.file == nil && int64(w.memory.Len()+len(p)) > w.max+overhead(w.max) {
		if err := w.toDisk(); err != nil {
			return 0, err
		}
	}
	if w.file != nil {
		return w.file.write(p)
	}
	return w.memory.Write(p)
}

// overhead is what sealing adds to n bytes.
func overhead(n int64) int64 { return headerBytes + (n/chunkBytes+1)*tagBytes }

func (w *spill) toDisk() (err error) {
	if w.folder.dir == "" {
		return fmt.Errorf("larger than %d bytes, and no blob_dir is configured", w.max)
	}
	if w.apart {
		return diskFault("keep it in blob_dir", ErrNotShared)
	}
	if w.file, err = w.folder.create(); err != nil {
		return err
	}
	_, err = w.file.write(w.memory.Bytes())
	w.memory = bytes.Buffer{}
	return err
}
