package inbox_test

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

const state = "DSRD/State"

func marker(epoch, sequence int64) inbox.Marker {
	return inbox.Marker{
		Generation: "g1", Epoch: epoch, Sequence: sequence, Since: noon,
		Cursors: map[string]inbox.Cursor{
			"desk/INBOX": {Known: true, UIDValidity: 1, Baseline: 2, Since: noon},
		},
	}
}

func (w *world) write(m inbox.Marker) {
	w.t.Helper()
	if err := w.box.WriteMarker(w.t.Context(), m); err != nil {
		w.t.Fatal(err)
	}
}

func TestAMarkerReplacesTheOneBefore(t *testing.T) {
	for _, c := range []struct {
		name string
		caps []string
		left int
	}{
		{"with UIDPLUS", nil, 1},
		{"without UIDPLUS the old ones stay flagged", []string{}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(s *mailtest.IMAPConfig, _ *inbox.Config) { s.Caps = c.caps })
			if _, found, err := w.box.ReadMarker(t.Context()); found || err != nil {
				t.Fatalf("in an empty folder: got %v, %v", found, err)
			}
			for i := range 3 {
				w.write(marker(1, int64(i)))
			}
			got, found, err := w.box.ReadMarker(t.Context())
			if err != nil || !found {
				t.Fatalf("got %v, %v", found, err)
			}
			if diff := cmp.Diff(marker(1, 2), got); diff != "" {
				t.Errorf("marker (-want +got):\n%s", diff)
			}
			if n := len(w.holds(state)); n != c.left {
				t.Errorf("got %d mails in State, want %d", n, c.left)
			}
			if w.asked("EXPUNGE") != 0 {
				t.Error("EXPUNGE without UIDs")
			}
		})
	}
}

func TestTheHighestMarkerCountsWhereverItLies(t *testing.T) {
	w := newWorld(t, nil)
	w.write(marker(2, 1))
	newest, err := w.server.Stored(user, state)
	if err != nil {
		t.Fatal(err)
	}
	w2 := newWorld(t, nil)
	w2.write(marker(1, 9))
	older, err := w2.server.Messages(user, state)
	if err != nil {
		t.Fatal(err)
	}
	// Epoch 1 again, on top of epoch 2: a crash between writing and removing, or a replay.
	if err := w.server.Deliver(user, state, older[0], noon); err != nil {
		t.Fatal(err)
	}
	got, found, err := w.box.ReadMarker(t.Context())
	if err != nil || !found || got.Epoch != 2 {
		t.Errorf("got %+v, %v, %v; want epoch 2", got, found, err)
	}
	if err := w.box.WriteMarker(t.Context(), marker(1, 10)); !errors.Is(err, inbox.ErrStale) {
		t.Errorf("writing an older marker: got %v, want ErrStale", err)
	}
	still, err := w.server.Messages(user, state)
	if err != nil || len(still) != 2 || !bytes.Equal(still[0], newest[0].Raw) {
		t.Errorf("a stale writer changed the folder: %d mails, %v", len(still), err)
	}
}

// A marker that was written before there were partitions in it.
func TestAnOldMarkerIsRead(t *testing.T) {
	raw, err := os.ReadFile("testdata/marker-before-partitions.eml")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, nil)
	w.scan() // makes the folders
	if err := w.server.Deliver(user, state, raw, noon); err != nil {
		t.Fatal(err)
	}
	got, found, err := w.box.ReadMarker(t.Context())
	if err != nil || !found {
		t.Fatalf("got %v, %v", found, err)
	}
	if diff := cmp.Diff(marker(3, 41), got); diff != "" {
		t.Errorf("marker (-want +got):\n%s", diff)
	}
	older := marker(3, 40)
	older.Sequences = []int64{20, 20}
	if err := w.box.WriteMarker(t.Context(), older); !errors.Is(err, inbox.ErrStale) {
		t.Errorf("writing less than it knew: got %v, want ErrStale", err)
	}
	newer := marker(3, 42)
	newer.Sequences = []int64{21, 21}
	w.write(newer)
	if got, _, err := w.box.ReadMarker(t.Context()); err != nil || got.Sequence != 42 {
		t.Errorf("after writing a new one: got %+v, %v", got, err)
	}
}

func TestAMarkerKeepsAllItIsGiven(t *testing.T) {
	w := newWorld(t, nil)
	want := marker(2, 12)
	want.Sequences = []int64{5, 0, 7}
	want.Ancestors = []string{"g0"}
	want.Registry = inbox.Registry{Sum: "abc", Youngest: noon}
	want.Next = map[inbox.Folder]uint32{inbox.Processed: 12, inbox.Sent: 1 << 31}
	w.write(want)
	got, _, err := w.box.ReadMarker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("marker (-want +got):\n%s", diff)
	}
}

// One partition went back and the others went on: the sum has grown, and something is lost.
func TestAMarkerThatIsAheadInOnePartitionStays(t *testing.T) {
	for _, c := range []struct {
		name     string
		epoch    int64
		have, is []int64
		stale    bool
	}{
		{"all went on", 1, []int64{5, 7}, []int64{6, 9}, false},
		{"nothing happened", 1, []int64{5, 7}, []int64{5, 7}, false},
		{"one went back", 1, []int64{5, 7}, []int64{3, 90}, true},
		{"one went back in another life", 2, []int64{5, 7}, []int64{3, 90}, false},
		{"there is one partition more", 1, []int64{5, 7}, []int64{5, 7, 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			before, after := marker(1, c.have[0]+c.have[1]), marker(c.epoch, 0)
			before.Sequences, after.Sequences = c.have, c.is
			for _, n := range c.is {
				after.Sequence += n
			}
			w.write(before)
			if err := w.box.WriteMarker(t.Context(), after); errors.Is(err, inbox.ErrStale) != c.stale {
				t.Errorf("got %v, want stale: %v", err, c.stale)
			}
		})
	}
}

func TestAForgedMarkerIsIgnoredAndReported(t *testing.T) {
	for _, c := range []struct {
		name  string
		forge func([]byte) []byte
	}{
		{"another key", nil},
		{"a changed text", func(raw []byte) []byte {
			i := bytes.Index(raw, []byte("\r\n\r\n")) + 4
			return append(append(bytes.Clone(raw[:i]), "e30"...), raw[i+3:]...)
		}},
		{"no signature", func(raw []byte) []byte {
			i := bytes.Index(raw, []byte("X-Dsrd-Marker: ")) + len("X-Dsrd-Marker: ")
			return append(append(bytes.Clone(raw[:i]), "00"...), raw[i+64:]...)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.write(marker(1, 1))
			raw, err := w.server.Messages(user, state)
			if err != nil {
				t.Fatal(err)
			}
			w2 := newWorld(t, func(_ *mailtest.IMAPConfig, b *inbox.Config) {
				if c.forge == nil {
					b.MarkerKey = bytes.Repeat([]byte("z"), 32)
				}
			})
			forged := raw[0]
			if c.forge != nil {
				forged = c.forge(forged)
			}
			w2.scan() // makes the folders
			if err := w2.server.Deliver(user, state, forged, noon); err != nil {
				t.Fatal(err)
			}
			if m, found, err := w2.box.ReadMarker(t.Context()); found || !errors.Is(err, inbox.ErrForged) {
				t.Errorf("got %+v, %v, %v; want ErrForged", m, found, err)
			}
			w2.memory.cursors = nil
			w2.deliver("unread for ever if this were a first start")
			if _, err := w2.box.Scan(t.Context()); !errors.Is(err, inbox.ErrForged) {
				t.Errorf("a scan without cursor: got %v, want ErrForged", err)
			}
			w2.write(marker(1, 2))
			if m, found, err := w2.box.ReadMarker(t.Context()); !found || m.Sequence != 2 || err != nil {
				t.Errorf("after writing a good one: got %+v, %v, %v", m, found, err)
			}
		})
	}
}

func TestOtherMailInTheStateFolderIsLeftAlone(t *testing.T) {
	w := newWorld(t, nil)
	w.scan()
	w.put(state, "a note by a person", noon)
	w.write(marker(1, 1))
	w.write(marker(1, 2))
	if got := w.holds(state); len(got) != 2 || got[0] != "a note by a person" {
		t.Errorf("got %q, want the note and one marker", got)
	}
}

func TestALostStoreGoesOnWhereTheMarkerSays(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("old")
	w.write(marker(1, 1)) // Baseline 2
	w.deliver("unread when the store was lost")
	w.memory.cursors = nil
	w.clock.add(time.Hour)
	w.restart()
	if report := w.scan(); report.Handled != 1 || report.PendingOld != 1 {
		t.Errorf("got %+v, want the unread mail handled and the old one untouched", report)
	}
	if diff := cmp.Diff(marker(1, 1).Cursors, w.memory.cursors); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
}

func TestFindKnowsExactIdsOnly(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.box.Append(t.Context(), inbox.Sent, letter("conf.1.2")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   string
		want bool
	}{
		{"<conf.1.2@x.test>", true},
		{"conf.1.2@x.test", true},
		{"<conf.1@x.test>", false},
		{"<onf.1.2@x.test>", false}, // the search finds substrings
	} {
		got, err := w.box.Find(t.Context(), inbox.Sent, c.id)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v; want %v", c.id, got, err, c.want)
		}
	}
	if _, err := w.box.Find(t.Context(), inbox.Sent, "<>"); err == nil {
		t.Error("an empty id was searched for")
	}
}

func TestTheWritingConnectionIsMadeAgain(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.box.Append(t.Context(), inbox.Sent, letter("one")); err != nil {
		t.Fatal(err)
	}
	w.server.Hangup()
	w.clock.add(time.Minute)
	if err := w.box.Append(t.Context(), inbox.Sent, letter("two")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`one \seen`, `two \seen`}, w.holds("DSRD/Sent")); diff != "" {
		t.Errorf("Sent (-want +got):\n%s", diff)
	}
}
