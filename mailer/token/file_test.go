package token_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dsrd/dsrd/mailer/token"
)

func TestAFileKeepsTheRefreshToken(t *testing.T) {
	folder := t.TempDir()
	f := token.File(filepath.Join(folder, "refresh"))
	if got, err := f.Load(t.Context()); got != "" || err != nil {
		t.Errorf("before the first: got %q, %v; want none", got, err)
	}
	for _, want := range []string{"one", "two"} {
		if err := f.Keep(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Load(t.Context()); got != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	info, err := os.Stat(string(f))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want that nobody else can read it", info.Mode(), err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("got %d files, want one", len(left))
	}
}

func TestAFileThatCannotBeReplacedStaysAsItIs(t *testing.T) {
	folder := t.TempDir()
	f := token.File(filepath.Join(folder, "refresh"))
	if err := os.MkdirAll(filepath.Join(string(f), "in-the-way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Keep(t.Context(), "one"); err == nil {
		t.Error("got no error")
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("got %d files, want none but the one in the way", len(left))
	}
	if _, err := f.Load(t.Context()); err == nil {
		t.Error("load: got no error")
	}
	nowhere := token.File(filepath.Join(folder, "none", "refresh"))
	if err := nowhere.Keep(t.Context(), "one"); err == nil {
		t.Error("a folder that is not there: got no error")
	}
}
