package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

const chunk = 64 << 10

// sizes around the borders of chunks and of what Redis keeps.
var sizes = []int{0, 1, chunk - 1, chunk, chunk + 1, 3*chunk - 1, 3 * chunk, 20*chunk + 5}

// content of that size in which no two chunks are alike.
func content(size int) string {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return string(b)
}

// onDisk keeps blobs above one chunk in a folder.
func onDisk(dir string) func(*store.Config) {
	return func(c *store.Config) { c.BlobDir, c.BlobInRedisMax = dir, chunk }
}

func put(t testing.TB, s *store.Store, id workflow.ID, name, text string) {
	t.Helper()
	n, err := s.Put(t.Context(), id, name, strings.NewReader(text))
	if err != nil || n != int64(len(text)) {
		t.Fatalf("put %s: %d of %d bytes, %v", name, n, len(text), err)
	}
}

// files gives the paths of all blobs on disk.
func files(t testing.TB, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func blobsBack(t *testing.T, h Harness) {
	dir := t.TempDir()
	for where, s := range map[string]*store.Store{
		"in redis": h.Open(t, func(c *store.Config) { c.BlobInRedisMax = 4 << 20 }),
		"on disk":  h.Open(t, onDisk(dir)),
	} {
		id := born(t, s, len(where)).ID
		for _, size := range sizes {
			put(t, s, id, "package.zip", content(size))
			if got := slurp(t, s, id, "package.zip"); got != content(size) {
				t.Errorf("%s, %d bytes: read back something else", where, size)
			}
		}
	}
	if got := files(t, dir); len(got) != 1 { // each Put removed what it replaced
		t.Errorf("files left: %v", got)
	}
	for _, f := range files(t, dir) {
		b, err := os.ReadFile(f)
		if err != nil || bytes.Contains(b, []byte(content(1000))) {
			t.Errorf("the file is readable as it lies: %v", err)
		}
	}
}

func blobsSeek(t *testing.T, h Harness) {
	s := h.Open(t)
	id := born(t, s, 1).ID
	text := content(5*chunk + 7)
	put(t, s, id, "mail", text)
	r, size, err := s.Open(t.Context(), id, "mail")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, at := range []int64{4*chunk - 3, 0, size - 2, 2 * chunk, size} {
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		want := text[at:min(at+10, size)]
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
			t.Errorf("at %d: got %q, %v, want %q", at, got, err, want)
		}
	}
	if end, err := r.Seek(-1, io.SeekEnd); err != nil || end != size-1 {
		t.Errorf("seek from the end: %d, %v", end, err)
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("seek before the beginning: no error")
	}
}

func blobsGone(t *testing.T, h Harness) {
	dir := t.TempDir()
	s := h.Open(t, onDisk(dir))
	ctx := t.Context()
	id := born(t, s, 1).ID
	missing := func(name string) {
		t.Helper()
		if _, _, err := s.Open(ctx, id, name); !errors.Is(err, workflow.NotFound) {
			t.Errorf("open %s: got %v, want NotFound", name, err)
		}
	}
	missing("small")
	put(t, s, id, "small", "s")
	put(t, s, id, "large", content(2*chunk))
	missing("other")
	put(t, s, id, "small", content(2*chunk)) // grown, it moves out of Redis
	if n := h.Raw(t, "EXISTS", h.key("b:"+string(id)+":small")); n != int64(0) {
		t.Error("the blob on disk is in Redis too")
	}
	for _, name := range []string{"small", "large", "large"} {
		if err := s.Delete(ctx, id, name); err != nil {
			t.Error(err)
		}
		missing(name)
	}
	put(t, s, id, "large", content(2*chunk))
	for _, f := range files(t, dir) {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	missing("large") // compiled again, visibly
	if _, err := s.Put(ctx, id, "../escape", strings.NewReader("x")); err == nil {
		t.Error("a name that leaves the folder is not refused")
	}
	if _, err := h.Open(t, func(c *store.Config) { c.BlobInRedisMax = 10 }).
		Put(ctx, id, "large", strings.NewReader(content(chunk))); err == nil {
		t.Error("a blob too large for Redis without a folder: no error")
	}
}

// brokenReader fails half-way.
type brokenReader struct{ io.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("source failed")
	}
	return n, err
}

// blobsWhole: what could not be read to its end does not replace anything.
func blobsWhole(t *testing.T, h Harness) {
	dir := t.TempDir()
	s := h.Open(t, onDisk(dir))
	id := born(t, s, 1).ID
	for _, size := range []int{10, 4 * chunk} {
		put(t, s, id, "b", "whole")
		half := brokenReader{strings.NewReader(content(size))}
		if _, err := s.Put(t.Context(), id, "b", half); err == nil {
			t.Errorf("put of a broken reader (%d bytes): no error", size)
		}
		if got := slurp(t, s, id, "b"); got != "whole" {
			t.Errorf("the old blob is gone after a failed put: %.20q", got)
		}
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("files left: %v", left)
	}
}

// tampering: whatever is done to the stored bytes, nothing false is read.
func tampering(t *testing.T, h Harness) {
	s := h.Open(t)
	id, other := born(t, s, 1).ID, born(t, s, 2).ID
	text := content(3*chunk + 100)
	put(t, s, id, "a", text)
	put(t, s, id, "b", text)
	put(t, s, other, "a", text)
	key := h.key("b:" + string(id) + ":a")
	sealed := h.Raw(t, "GET", key).(string)
	const head, block = 17, chunk + 16
	swap := sealed[:head] + sealed[head+block:head+2*block] + sealed[head:head+block] + sealed[head+2*block:]
	for what, bytes := range map[string]string{
		"a flipped bit":               flip(sealed, head+block+5),
		"a flipped bit at the end":    flip(sealed, len(sealed)-1),
		"another version":             flip(sealed, 0),
		"another salt":                flip(sealed, 3),
		"two chunks swapped":          swap,
		"the last chunk cut":          sealed[:head+3*block],
		"all but the head cut":        sealed[:head],
		"half a head":                 sealed[:5],
		"a byte cut":                  sealed[:len(sealed)-1],
		"a byte more":                 sealed + "x",
		"a chunk repeated":            sealed[:head+block] + sealed[head:],
		"the blob of another name":    h.Raw(t, "GET", h.key("b:"+string(id)+":b")).(string),
		"the blob of another request": h.Raw(t, "GET", h.key("b:"+string(other)+":a")).(string),
	} {
		h.Raw(t, "SET", key, bytes)
		if err := readsFalse(t, s, id, text); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.Raw(t, "SET", key, sealed[:head+3*block])
	if _, size, err := s.Open(t.Context(), id, "a"); err == nil {
		t.Errorf("a cut blob is opened as one of %d bytes", size)
	}
	h.Raw(t, "SET", key, sealed)
	if got := slurp(t, s, id, "a"); got != text {
		t.Error("the untouched blob cannot be read")
	}
	stranger := h.Open(t, func(c *store.Config) { c.MasterKey = randomBytes(32) })
	if _, _, err := stranger.Open(t.Context(), id, "a"); err == nil {
		t.Error("opened under another master key")
	}
	h.Raw(t, "HSET", h.key("r:"+string(other)), "k", h.Raw(t, "HGET", h.key("r:"+string(id)), "k").(string))
	h.Raw(t, "SET", h.key("b:"+string(other)+":a"), sealed)
	if _, _, err := s.Open(t.Context(), other, "a"); err == nil {
		t.Error("opened with the key of another request")
	}
}

func flip(s string, at int) string { return s[:at] + string([]byte{s[at] ^ 1}) + s[at+1:] }

// readsFalse is nil when reading fails before it gives a single wrong byte.
func readsFalse(t *testing.T, s *store.Store, id workflow.ID, text string) error {
	t.Helper()
	r, _, err := s.Open(t.Context(), id, "a")
	if err != nil {
		return nil
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	switch {
	case err == nil:
		return fmt.Errorf("%d bytes were read without an error", len(got))
	case !strings.HasPrefix(text, string(got)):
		return errors.New("wrong bytes were read before the error")
	}
	return nil
}

// forgets: what is personal is gone, beyond recall, and nothing else.
func forgets(t *testing.T, h Harness) {
	dir := t.TempDir()
	s := h.Open(t, onDisk(dir))
	ctx := t.Context()
	id, other := born(t, s, 1).ID, born(t, s, 2).ID
	for _, r := range []workflow.ID{id, other} {
		put(t, s, r, "small", "personal")
		put(t, s, r, "large", content(2*chunk))
	}
	before := load(t, s, id)
	kept := h.Raw(t, "GET", h.key("b:"+string(id)+":small")).(string)
	for range 2 {
		if err := s.Forget(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"small", "large"} {
		if _, _, err := s.Open(ctx, id, name); !errors.Is(err, workflow.NotFound) {
			t.Errorf("open %s: got %v, want NotFound", name, err)
		}
	}
	h.Raw(t, "SET", h.key("b:"+string(id)+":small"), kept) // as from a backup
	h.Raw(t, "HSET", h.key("bm:"+string(id)), "small", "{}")
	if _, _, err := s.Open(ctx, id, "small"); err == nil {
		t.Error("a copy from a backup can still be read")
	}
	if _, err := s.Put(ctx, id, "late", strings.NewReader("x")); !errors.Is(err, workflow.Refused) {
		t.Errorf("put after all was forgotten: got %v, want Refused", err)
	}
	if got := load(t, s, id); got.HistoryHead != before.HistoryHead || got.Customer != before.Customer {
		t.Error("the request itself was changed")
	}
	c := decide(t, before, coded(1), Start)
	commit(t, s, c)
	entries, err := s.History(ctx, id)
	if err != nil || len(entries) != 2 || entries[1].Private != nil {
		t.Errorf("a later change stored something personal: %v, %v", entries, err)
	}
	if slurp(t, s, other, "small") != "personal" || slurp(t, s, other, "large") != content(2*chunk) {
		t.Error("another request's blobs are gone")
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("files left: %v", left)
	}
	if err := s.Forget(ctx, facts(0, 7).ID); err != nil {
		t.Errorf("forget what never was: %v", err)
	}
	if n := h.Raw(t, "EXISTS", h.key("r:"+string(facts(0, 7).ID))); n != int64(0) {
		t.Error("forgetting made a request")
	}
}

// hookReader calls its hook before it is read.
type hookReader struct {
	io.Reader
	hook func()
}

func (r hookReader) Read(p []byte) (int, error) {
	r.hook()
	return r.Reader.Read(p)
}

// forgottenMeanwhile: a Put that began before the request was forgotten, and
// ends after, stores nothing.
func forgottenMeanwhile(t *testing.T, h Harness) {
	dir := t.TempDir()
	s := h.Open(t, onDisk(dir))
	for n, size := range []int{10, 4 * chunk} {
		id := born(t, s, n).ID
		forget := func() {
			if err := s.Forget(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		late := hookReader{strings.NewReader(content(size)), forget}
		if _, err := s.Put(t.Context(), id, "late", late); !errors.Is(err, workflow.Refused) {
			t.Errorf("put of %d bytes: got %v, want Refused", size, err)
		}
		for _, key := range []string{"bm:" + string(id), "b:" + string(id) + ":late"} {
			if h.Raw(t, "EXISTS", h.key(key)) != int64(0) {
				t.Errorf("%s was stored", key)
			}
		}
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("files left: %v", left)
	}
}

func blobsOnBadDisk(t *testing.T, h Harness) {
	dir := filepath.Join(t.TempDir(), "blobs")
	if err := os.WriteFile(dir, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := h.Open(t, onDisk(dir))
	id := born(t, s, 1).ID
	_, err := s.Put(t.Context(), id, "b", strings.NewReader(content(3*chunk)))
	if !errors.Is(err, workflow.Unavailable) {
		t.Fatalf("got %v, want Unavailable", err)
	}
	if err := errors.Join(os.Remove(dir), os.Mkdir(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	put(t, s, id, "b", content(3*chunk))
}
