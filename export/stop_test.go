package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/workflow"
)

// onShelf makes a desk keep everything on a shelf, progress too, and read a paged source.
func onShelf(t *testing.T, p *paged) (*desk, *shelf) {
	t.Helper()
	d, s := newDesk(t), newShelf()
	d.Blobs, d.Progress = s, s
	d.Sources = func(workflow.Tenant) []export.Reading { return []export.Reading{{Source: p}} }
	return d, s
}

func compileTask(lapsed int) workflow.Task {
	r := released()
	return workflow.Task{
		Request: r.ID, Lapsed: lapsed, Note: "as before",
		Effect: &workflow.Effect{ID: "e.1", Type: workflow.Compile},
	}
}

// A replica that is told to end gives the job back at once and uncounted, and the next one asks
// for no page but the one that was under way.
func TestWhoeverIsToldToEndGivesTheJobBack(t *testing.T) {
	for page := 1; page <= 8; page++ {
		p := newPaged(4)
		d, s := onShelf(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		p.at = func(string, int) error {
			if len(p.asked) == page {
				cancel()
			}
			return nil
		}
		out, err := d.Carry(ctx, released(), compileTask(0))
		if err != nil || !out.Retry.Equal(now) || !out.Uncounted || out.Event.Type != "" {
			t.Fatalf("page %d: %+v, %v", page, out, err)
		}
		if len(s.names("package.")) > 0 {
			t.Errorf("page %d: half a package was kept", page)
		}
		other, _ := onShelf(t, p) // another replica
		other.Blobs, other.Progress = s, s
		p.at = nil
		out, err = other.Carry(t.Context(), released(), compileTask(0))
		if err != nil || out.Event.Type != workflow.PackageBuilt {
			t.Fatalf("page %d: %+v, %v", page, out, err)
		}
		if p.repeated() > 1 || len(p.asked) != 9 {
			t.Errorf("page %d: asked for %v", page, p.asked)
		}
		if err := other.Tidy(t.Context(), compileTask(0)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"package.e.1"}, s.names("")); diff != "" {
			t.Errorf("page %d, left (-want +got):\n%s", page, diff)
		}
	}
}

// Told to end while the package is written, it has read everything: nothing is asked for again.
func TestToldToEndAmidThePackageNothingIsReadAgain(t *testing.T) {
	p := newPaged(4)
	d, s := onShelf(t, p)
	d.Sources = func(workflow.Tenant) []export.Reading {
		return []export.Reading{{Source: p}, {Source: bulky}}
	}
	ctx, cancel := context.WithCancel(t.Context())
	d.Blobs = putting(func(ctx context.Context, name string, r io.Reader) (int64, error) {
		_, _ = io.CopyN(io.Discard, r, 10)
		cancel()
		return io.Copy(io.Discard, r)
	})
	out, err := d.Carry(ctx, released(), compileTask(0))
	if err != nil || !out.Retry.Equal(now) || !out.Uncounted {
		t.Fatalf("%+v, %v", out, err)
	}
	d.Blobs, p.asked = s, nil
	out, err = d.Carry(t.Context(), released(), compileTask(0))
	if err != nil || out.Event.Type != workflow.PackageBuilt || len(p.asked) > 0 {
		t.Errorf("%+v, %v, asked for %v", out, err, p.asked)
	}
}

// bulky gives rows that fill several buffers, however well they are compressed.
var bulky = fake{"bulk", []source.Set{orders(nil)}, func(_ context.Context, q source.Query, out source.Sink) error {
	noise := rand.New(rand.NewPCG(1, 2))
	for n := range 2000 {
		row := fmt.Sprintf(`{"id":%d,"customer":{"email":%q},"x":"%x%x%x%x"}`, n, customer,
			noise.Uint64(), noise.Uint64(), noise.Uint64(), noise.Uint64())
		if err := out.Row(q.Set, json.RawMessage(row)); err != nil {
			return err
		}
	}
	return nil
}}

// A package that is whole is kept, though the process is told to end before the store has it; but
// not for ever, and not when the job was lost.
func TestAWholePackageIsKeptToTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		why   error
		takes time.Duration
		kept  bool
		after time.Duration
	}{
		"told":           {nil, 14 * time.Second, true, 14 * time.Second},
		"told, too slow": {nil, time.Hour, false, 15 * time.Second},
		"lost":           {workflow.Fenced, time.Hour, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := onShelf(t, newPaged(2))
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				d.Blobs = putting(func(ctx context.Context, name string, r io.Reader) (int64, error) {
					raw, err := io.ReadAll(r)
					if err != nil {
						return 0, err
					}
					cancel(c.why) // while the file is synced
					select {
					case <-ctx.Done():
					case <-time.After(c.takes):
					}
					return s.Put(ctx, "", name, bytes.NewReader(raw))
				})
				began := time.Now()
				out, err := d.Carry(ctx, released(), compileTask(0))
				if took := time.Since(began); took != c.after {
					t.Errorf("it took %s, want %s", took, c.after)
				}
				if made := out.Event.Type == workflow.PackageBuilt; made != c.kept || made != (len(s.names("package.")) > 0) {
					t.Errorf("got %+v, %v", out, err)
				}
			})
		})
	}
}

// putting is a store that can only put.
type putting func(ctx context.Context, name string, r io.Reader) (int64, error)

func (f putting) Put(ctx context.Context, _ workflow.ID, name string, r io.Reader) (int64, error) {
	return f(ctx, name, r)
}

// A job that was lost is neither given back nor kept.
func TestALostJobIsNotGivenBack(t *testing.T) {
	p := newPaged(4)
	d, s := onShelf(t, p)
	ctx, cancel := context.WithCancelCause(t.Context())
	p.at = func(_ string, page int) error {
		if page == 2 {
			cancel(workflow.Fenced)
		}
		return nil
	}
	out, err := d.Carry(ctx, released(), compileTask(0))
	if err == nil || !out.Retry.IsZero() || out.Event.Type != "" {
		t.Errorf("got %+v, %v", out, err)
	}
	if names := s.names(""); len(names) > 0 {
		t.Errorf("kept %v", names)
	}
}

// Trouble with the store of packages is this machine's, which may pass, or the store's, for which
// the worker waits; never a package, and never the fault of the request.
func TestAPackageThatCannotBeKeptIsMadeLater(t *testing.T) {
	full := errors.New("write blob file: no space left on device")
	at := map[string]func(err error) putting{
		"before anything": func(err error) putting {
			return func(context.Context, string, io.Reader) (int64, error) { return 0, err }
		},
		"in the middle": func(err error) putting {
			return func(_ context.Context, _ string, r io.Reader) (int64, error) {
				_, _ = io.CopyN(io.Discard, r, 100)
				return 0, err
			}
		},
		"at the sync": func(err error) putting {
			return func(_ context.Context, _ string, r io.Reader) (int64, error) {
				_, _ = io.Copy(io.Discard, r)
				return 0, err
			}
		},
	}
	for name, puts := range at {
		for _, way := range []workflow.Encryption{workflow.EncryptNone, workflow.EncryptPassphrase} {
			t.Run(name+" "+string(way), func(t *testing.T) {
				d, _ := onShelf(t, newPaged(2))
				tenant := d.tenants["shop"]
				tenant.Encryption = way
				d.tenants["shop"] = tenant
				d.Blobs = puts(full)
				out, err := d.Carry(t.Context(), released(), compileTask(0))
				if err != nil || !out.Retry.Equal(now.Add(time.Minute)) || out.Note != "this machine: temporary" {
					t.Errorf("full: %+v, %v", out, err)
				}
				for _, known := range []error{errAway, fmt.Errorf("store: %w", workflow.Refused)} {
					d.Blobs = puts(known)
					out, err = d.Carry(t.Context(), released(), compileTask(0))
					if !errors.Is(err, known) || out.Event.Type != "" || !out.Retry.IsZero() {
						t.Errorf("%v: %+v, %v", known, out, err)
					}
				}
			})
		}
	}
}

// A store that takes nothing is noticed at once, not when everything was read; what was read by
// then is kept, if it takes that.
func TestNoPageIsReadForAPackageThatCannotBeKept(t *testing.T) {
	d, s := onShelf(t, newPaged(2))
	long := fake{"slow", []source.Set{orders(nil)}, func(ctx context.Context, _ source.Query, _ source.Sink) error {
		<-ctx.Done() // or for ever
		return ctx.Err()
	}}
	d.Sources = func(workflow.Tenant) []export.Reading {
		return []export.Reading{{Source: newPaged(2)}, {Source: long}}
	}
	d.Blobs = putting(func(context.Context, string, io.Reader) (int64, error) { return 0, errAway })
	out, err := d.Carry(t.Context(), released(), compileTask(0))
	if !errors.Is(err, workflow.Unavailable) || out.Event.Type != "" {
		t.Errorf("got %+v, %v", out, err)
	}
	d.Blobs = putting(func(context.Context, string, io.Reader) (int64, error) { return 0, errDisk })
	out, err = d.Carry(t.Context(), released(), compileTask(0))
	if err != nil || out.Note != "this machine: temporary" {
		t.Errorf("got %+v, %v", out, err)
	}
	if names := s.names("package."); len(names) > 0 {
		t.Errorf("kept %v", names)
	}
}

// A worker that was thought dead and wakes up writes what it has made beside what counts, and the
// end of the job removes it.
func TestAWorkerThatWakesUpChangesNoPackageOfAnother(t *testing.T) {
	d, s := onShelf(t, newPaged(2))
	tenant := d.tenants["shop"]
	tenant.Encryption = workflow.EncryptPassphrase
	d.tenants["shop"] = tenant
	second, err := d.Carry(t.Context(), released(), compileTask(1))
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(s.blobs)
	first, err := d.Carry(t.Context(), released(), compileTask(0))
	if err != nil {
		t.Fatal(err)
	}
	p := second.Event.Package
	for _, name := range []string{p.Blob, p.Passphrase} {
		if before[name] == nil || !bytes.Equal(before[name], s.blobs[name]) {
			t.Errorf("%s was changed", name)
		}
	}
	if q := first.Event.Package; q.Blob == p.Blob || q.Passphrase == p.Passphrase {
		t.Errorf("both lie in %s and %s", q.Blob, q.Passphrase)
	}
	if err := d.Tidy(t.Context(), compileTask(1)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values([]string{p.Blob, p.Passphrase})), s.names("")); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

// A row that makes a source panic ends its job, not the daemon.
func TestAPanicOfASourceIsAnErrorOfItsJob(t *testing.T) {
	d := newDesk(t)
	broken := fake{"shop", []source.Set{orders(nil)}, func(_ context.Context, q source.Query, out source.Sink) error {
		_ = out.Row(q.Set, json.RawMessage(order(customer, 1)))
		panic("index out of range")
	}}
	d.Sources = func(workflow.Tenant) []export.Reading { return []export.Reading{{Source: broken}} }
	out, err := d.Carry(t.Context(), released(), compileTask(0))
	if err == nil || !strings.Contains(err.Error(), "panic") || out.Event.Type != "" {
		t.Errorf("got %+v, %v", out, err)
	}
}

// What is kept is removed at every end; while that fails the state stays, so that a later try
// finds it all.
func TestTidyingThatFailsCanBeDoneAgain(t *testing.T) {
	for nth := range 4 {
		s, _, _, _ := stopped(t)
		calls := 0
		s.fails = func(call, _ string) error {
			if call == "delete" {
				if calls++; calls == 3*nth+1 {
					return errAway
				}
			}
			return nil
		}
		carrier := export.Carrier{Progress: s}
		task := workflow.Task{Request: "r-1", Effect: &workflow.Effect{ID: "e.1"}}
		if err := carrier.Tidy(t.Context(), task); !errors.Is(err, workflow.Unavailable) {
			t.Fatalf("%d: got %v", nth, err)
		}
		s.fails = nil
		if err := carrier.Tidy(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		if left := s.names(""); len(left) > 0 {
			t.Errorf("%d: left %v", nth, left)
		}
	}
}

// A process that died behind the commit leaves what it kept; it goes with the package.
func TestWhatIsLeftOfAJobGoesWithItsPackage(t *testing.T) {
	const id = "00abcdefghijklmnopqrstuvwx"
	for _, blob := range []string{"package." + id + ".12", "package." + id + ".12.3"} {
		s, p := newShelf(), newPaged(4)
		for _, effect := range []workflow.EffectID{id + ".12", id + ".1"} {
			j := job(&bytes.Buffer{}, p)
			j.Checkpoints = &export.Checkpoints{Progress: s, Request: id, Effect: effect}
			p.asked = nil
			halt(t, j, p, 3)
		}
		for _, other := range []string{"mail." + id + ".12", "package.x.1", "package." + id, ""} {
			before := len(s.names(""))
			if err := export.Sweep(t.Context(), s, id, other); err != nil || len(s.names("")) != before {
				t.Errorf("%q: %v, left %v", other, err, s.names(""))
			}
		}
		if err := export.Sweep(t.Context(), s, id, blob); err != nil {
			t.Fatal(err)
		}
		want := []string{"export." + id + ".1.0", "export." + id + ".1.state"}
		if diff := cmp.Diff(want, s.names("")); diff != "" {
			t.Errorf("%s, left (-want +got):\n%s", blob, diff)
		}
	}
}

// A state that nobody can read does not keep its segments.
func TestSegmentsAreRemovedWithoutTheirState(t *testing.T) {
	s, _, _, _ := stopped(t)
	s.blobs["export.e.1.state"] = []byte("?")
	carrier := export.Carrier{Progress: s}
	task := workflow.Task{Request: "r-1", Effect: &workflow.Effect{ID: "e.1"}}
	s.fails = func(call, name string) error {
		if call == "open" && strings.HasSuffix(name, ".3") {
			return errAway
		}
		return nil
	}
	if err := carrier.Tidy(t.Context(), task); !errors.Is(err, workflow.Unavailable) {
		t.Fatalf("got %v", err)
	}
	s.fails = nil
	if err := carrier.Tidy(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	if left := s.names(""); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// A disk without room is noticed before a source is asked, and told as something that may pass.
func TestAFullDiskIsNoticedBeforeASourceIsAsked(t *testing.T) {
	p := newPaged(2)
	d, s := onShelf(t, p)
	d.Compiler.LeastFree = 1 << 60
	out, err := d.Carry(t.Context(), released(), compileTask(0))
	if err != nil || !out.Retry.Equal(now.Add(time.Minute)) || out.Note != "this machine: temporary" {
		t.Errorf("got %+v, %v", out, err)
	}
	if len(p.asked) > 0 || len(s.names("")) > 0 {
		t.Errorf("asked for %v, kept %v", p.asked, s.names(""))
	}
	d.Compiler.LeastFree = 1
	if out, err = d.Carry(t.Context(), released(), compileTask(0)); out.Event.Type != workflow.PackageBuilt {
		t.Errorf("got %+v, %v", out, err)
	}
}
