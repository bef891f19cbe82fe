package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// replicas: those that live know each other, and who has another folder for blobs.
func replicas(t *testing.T, h Harness) {
	shared, own := t.TempDir(), t.TempDir()
	in := func(dir string) *store.Store {
		return h.Open(t, onDisk(dir))
	}
	here := func(s *store.Store, owner string, after time.Duration, want error, live ...string) {
		t.Helper()
		all, err := s.Here(t.Context(), owner, Start.Add(after))
		if !errors.Is(err, want) {
			t.Errorf("%s is here: got %v, want %v", owner, err, want)
		}
		var names []string
		for _, r := range all {
			names = append(names, r.Owner)
		}
		slices.Sort(names)
		if !slices.Equal(names, live) {
			t.Errorf("%s sees %v, want %v", owner, names, live)
		}
	}
	a, b, c := in(shared), in(shared), in(own)
	here(a, "a", 0, nil, "a")
	here(b, "b", time.Minute, nil, "a", "b")
	here(a, "a", time.Minute, nil, "a", "b")
	here(c, "c", 2*time.Minute, store.ErrNotShared, "a", "b", "c")
	here(a, "a", 2*time.Minute, store.ErrNotShared, "a", "b", "c")
	id, large := born(t, a, 1).ID, content(3*chunk)
	put(t, a, id, "small", "in redis")
	if _, err := a.Put(t.Context(), id, "large", strings.NewReader(large)); !errors.Is(err, workflow.Unavailable) {
		t.Errorf("put where others do not look: got %v, want Unavailable", err)
	}
	here(a, "a", time.Hour, nil, "a")
	put(t, a, id, "large", large)
	if err := a.Delete(t.Context(), id, "large"); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(shared, string(id))); err != nil {
		t.Error(err)
	}
	here(in(""), "d", time.Hour, nil, "a", "d") // it has no folder at all
	if err := os.WriteFile(filepath.Join(own, "kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	here(c, "c", 48*time.Hour, nil, "c")
	for dir, want := range map[string]int{shared: 2, own: 2} {
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != want {
			t.Errorf("%d files, %v, want %d", len(files), err, want)
		}
	}
	here(a, "a", 48*time.Hour, store.ErrNotShared, "a", "c")
	if files, err := os.ReadDir(shared); err != nil || len(files) != 1 {
		t.Errorf("files of those forgotten are kept: %d, %v", len(files), err)
	}
	if _, err := a.Here(t.Context(), "", Start); err == nil {
		t.Error("a replica without a name: no error")
	}
}
