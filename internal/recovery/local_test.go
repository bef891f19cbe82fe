package recovery_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/google/go-cmp/cmp"
)

func TestWhatWasSeenIsReadBack(t *testing.T) {
	dir := t.TempDir()
	if l, err := recovery.ReadLocal(dir); l != nil || err != nil {
		t.Fatalf("an empty directory: got %v, %v; want nothing", l, err)
	}
	for _, want := range []recovery.Local{
		{Generation: "g", Epoch: 1, Sequences: []int64{4, 2}, Nodes: []string{"run 1"}},
		{Generation: "g", Epoch: 2, Sequences: []int64{5}},
	} {
		if err := want.Write(dir); err != nil {
			t.Fatal(err)
		}
		got, err := recovery.ReadLocal(dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// A power cut may leave the file that is being written in any state.
func TestACutWhileItIsWrittenLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	want := recovery.Local{Generation: "g", Epoch: 1, Sequences: []int64{4}}
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "seen.json.tmp"), []byte(`{"gener`), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := recovery.ReadLocal(dir)
	if err != nil || got == nil || got.Generation != "g" {
		t.Fatalf("got %v, %v; want what was written before", got, err)
	}
	want.Epoch = 2
	if err := want.Write(dir); err != nil {
		t.Fatalf("the next write, over the rest of the cut one: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "seen.json" {
		t.Errorf("got %v, %v; want seen.json alone", left, err)
	}
}

func TestADamagedFileIsToldOf(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "seen.json"), []byte("\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := recovery.ReadLocal(dir); err == nil || l != nil {
		t.Errorf("got %v, %v; want an error", l, err)
	}
	if err := (recovery.Local{}).Write(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a directory that does not exist: want an error")
	}
}

func TestWhatWasSeenIsKeptOnceASecond(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	k := &recovery.Keeper{Dir: dir, Now: func() time.Time { return now }}
	keep := func(keep func(recovery.Local) error, n int64) int64 {
		t.Helper()
		if err := keep(recovery.Local{Generation: "g", Epoch: 1, Sequences: []int64{n}}); err != nil {
			t.Fatal(err)
		}
		l, err := recovery.ReadLocal(dir)
		if err != nil || l == nil {
			t.Fatal(l, err)
		}
		return l.Sequences[0]
	}
	for _, c := range []struct {
		name  string
		pass  time.Duration
		n     int64
		keep  func(recovery.Local) error
		holds int64
	}{
		{"the first is written at once", 0, 1, k.Keep, 1},
		{"what follows within a second is not", 900 * time.Millisecond, 2, k.Keep, 1},
		{"a second later it is", 100 * time.Millisecond, 3, k.Keep, 3},
		{"at the end it is written in any case", 0, 4, k.End, 4},
		{"a clock that was set back does not stop it", -time.Hour, 5, k.Keep, 5},
	} {
		now = now.Add(c.pass)
		if got := keep(c.keep, c.n); got != c.holds {
			t.Errorf("%s: the file holds %d, want %d", c.name, got, c.holds)
		}
	}
	if err := os.Remove(filepath.Join(dir, "seen.json")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	if err := k.Keep(recovery.Local{Generation: "g", Epoch: 1, Sequences: []int64{5}}); err != nil {
		t.Fatal(err)
	}
	if l, _ := recovery.ReadLocal(dir); l != nil {
		t.Error("what did not change was written again")
	}
}
