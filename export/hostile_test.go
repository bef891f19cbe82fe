package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/workflow"
)

var errDisk = errors.New("sync blob file: input/output error")

// errAway is how a store says that it cannot be reached.
var errAway = fmt.Errorf("store blob: dial redis: %w", workflow.Unavailable)

// stopped is a job with rows in many small segments that was stopped at its sixth page of eight.
func stopped(t *testing.T) (*shelf, *paged, export.Job, *bytes.Buffer) {
	t.Helper()
	s, p, out := newShelf(), newPaged(4), &bytes.Buffer{}
	j := job(out, p)
	j.Checkpoints = export.InSegments(checkpoints(s), 100)
	halt(t, j, p, 6)
	if n := len(s.names("export.e.1.")); n < 8 {
		t.Fatalf("only %d blobs were kept", n)
	}
	p.asked, s.calls = nil, nil
	return s, p, j, out
}

// A blob that is gone, cut off or changed costs the reading, never the package.
func TestABlobThatIsSpoiledBeginsTheJobAnew(t *testing.T) {
	var whole bytes.Buffer
	want := compiled(t, job(&whole, newPaged(4)), &whole)
	spoil := map[string]func(s *shelf, name string){
		"gone":    func(s *shelf, name string) { delete(s.blobs, name) },
		"empty":   func(s *shelf, name string) { s.blobs[name] = nil },
		"torn":    func(s *shelf, name string) { s.blobs[name] = s.blobs[name][:len(s.blobs[name])/2] },
		"longer":  func(s *shelf, name string) { s.blobs[name] = append(s.blobs[name], 'x') },
		"changed": func(s *shelf, name string) { s.blobs[name] = flipped(s.blobs[name]) },
		"unreadable": func(s *shelf, spoiled string) {
			s.fails = func(call, name string) error {
				if call == "open" && name == spoiled {
					return errDisk
				}
				return nil
			}
		},
	}
	for _, victim := range []string{"export.e.1.state", "export.e.1.0", "export.e.1.3", "export.e.1.6"} {
		for name, spoil := range spoil {
			t.Run(victim+" "+name, func(t *testing.T) {
				s, p, j, out := stopped(t)
				spoil(s, victim)
				if diff := cmp.Diff(want, compiled(t, j, out)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if len(p.asked) != 8 {
					t.Errorf("asked for %v", p.asked)
				}
			})
		}
	}
}

func flipped(raw []byte) []byte {
	raw = bytes.Clone(raw)
	raw[len(raw)/3] ^= 1
	return raw
}

// On a shelf of which nothing can be read, nobody knows what is there: the package is made, and no
// number is used that may be taken.
func TestAShelfThatCannotBeReadIsLeftAlone(t *testing.T) {
	s, p, j, out := stopped(t)
	j.Checkpoints.Every = time.Nanosecond
	before := len(s.names(""))
	s.fails = func(call, _ string) error {
		if call == "open" {
			return errDisk
		}
		return nil
	}
	compiled(t, j, out)
	if len(p.asked) != 8 || s.count("put", "") > 0 || len(s.names("")) != before {
		t.Errorf("asked for %v, %d puts", p.asked, s.count("put", ""))
	}
	if n := s.count("open", ""); n > 1000 {
		t.Errorf("%d blobs were opened", n)
	}
}

// Rows that are whole but not those that the state speaks of are not used.
func TestSegmentsOfAnotherRunAreNotUsed(t *testing.T) {
	s, p, j, out := stopped(t)
	s.blobs["export.e.1.1"], s.blobs["export.e.1.2"] = s.blobs["export.e.1.2"], s.blobs["export.e.1.1"]
	compiled(t, j, out)
	if len(p.asked) != 8 {
		t.Errorf("asked for %v", p.asked)
	}
}

// A disk that gave other rows back than it got is found out by the next process.
func TestRowsThatADiskHasChangedAreNotUsed(t *testing.T) {
	_, p, j, out := stopped(t)
	if err := export.Missum(t.Context(), j.Checkpoints); err != nil {
		t.Fatal(err)
	}
	compiled(t, j, out)
	if len(p.asked) != 8 {
		t.Errorf("asked for %v", p.asked)
	}
}

// A checkpoint is written of something new, and of nothing else.
func TestACheckpointIsWrittenOfSomethingNew(t *testing.T) {
	s, p := newShelf(), newPaged(4)
	c, clock := compiler(t), now
	c.Now = func() time.Time { return clock }
	stop := func(last int) {
		ctx, cancel := context.WithCancel(t.Context())
		p.asked, s.calls = nil, nil
		p.at = func(string, int) error {
			clock = clock.Add(time.Minute)
			if len(p.asked) == last {
				cancel()
			}
			return nil
		}
		j := job(&bytes.Buffer{}, p)
		j.Checkpoints = checkpoints(s)
		if _, err := c.Compile(ctx, j); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	stop(3) // two pages are kept as they come, and nothing at the end
	if n := s.count("put", "export.e.1.state"); n != 3 {
		t.Errorf("%d states were written: %v", n, s.calls)
	}
	for range 3 {
		stop(1)
		if n := s.count("put", ""); n != 0 {
			t.Errorf("nothing was read, and kept: %v", s.calls)
		}
	}
}

// A place that leads astray only after some pages is forgotten with all that was read from there.
func TestAPlaceThatLedAstrayIsForgotten(t *testing.T) {
	var whole bytes.Buffer
	want := compiled(t, job(&whole, newPaged(6)), &whole)
	s, p, out := newShelf(), newPaged(6), &bytes.Buffer{}
	j := job(out, p)
	j.Checkpoints = checkpoints(s)
	halt(t, j, p, 3)
	ctx, cancel := context.WithCancel(t.Context())
	p.asked = nil
	p.at = func(set string, page int) error {
		if len(p.asked) == 3 {
			return &source.Error{Kind: source.Malformed, Source: "shop", Set: set}
		}
		if len(p.asked) > 3 {
			cancel()
		}
		return nil
	}
	if _, err := compiler(t).Compile(ctx, j); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"orders 2", "orders 3", "orders 4", "orders 0"}, p.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	p.asked = nil
	p.at = nil
	if diff := cmp.Diff(want, compiled(t, j, out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.asked) != 12 {
		t.Errorf("asked for %v", p.asked)
	}
}

// A set that begins anew may use as many bytes as one that never began before.
func TestASetThatBeginsAnewHasItsBytesBack(t *testing.T) {
	var whole bytes.Buffer
	files := compiled(t, job(&whole, newPaged(4)), &whole)
	const frame = len("[\n") + 11*len(",\n") + len("\n]\n") // of twelve rows
	size := len(files["data/shop/orders.json"]) + len(files["data/shop/returns.json"]) - 2*frame
	for less := range 2 {
		p, out := newPaged(4), &bytes.Buffer{}
		j := job(out, p)
		j.Checkpoints = checkpoints(newShelf())
		j.MaxBytes = int64(size - less)
		halt(t, j, p, 4)
		p.at = func(set string, page int) error {
			if len(p.asked) == 5 {
				return &source.Error{Kind: source.NotFound, Source: "shop", Set: set}
			}
			return nil
		}
		_, err := compiler(t).Compile(t.Context(), j)
		if fits := less == 0; fits != (err == nil) || !fits && !errors.Is(err, source.TooLarge) {
			t.Errorf("%d bytes less than there are: %v", less, err)
		}
	}
}

// While the store is away nothing is read again that it has kept; the error tells the worker to
// wait.
func TestAStoreThatIsAwayIsWaitedFor(t *testing.T) {
	for _, victim := range []string{"export.e.1.state", "export.e.1.0", "export.e.1.5"} {
		s, p, j, out := stopped(t)
		s.fails = func(call, name string) error {
			if name == victim {
				return errAway
			}
			return nil
		}
		if _, err := compiler(t).Compile(t.Context(), j); !errors.Is(err, workflow.Unavailable) {
			t.Errorf("%s: got %v", victim, err)
		}
		if len(p.asked) > 0 || out.Len() > 0 || s.count("put", "") > 0 {
			t.Errorf("%s: asked for %v, kept %d", victim, p.asked, s.count("put", ""))
		}
		s.fails = nil
		compiled(t, j, out)
		if len(p.asked) != 3 {
			t.Errorf("%s: asked for %v", victim, p.asked)
		}
	}
}

// A checkpoint that cannot be written is told and costs nothing but itself: what the state speaks
// of is there, after each single failure.
func TestACheckpointThatFailsLeavesTheOneBefore(t *testing.T) {
	var whole bytes.Buffer
	want := compiled(t, job(&whole, newPaged(4)), &whole)
	failed := 0
	for nth := 0; nth < 30; nth++ {
		for _, fault := range []error{errDisk, errAway} {
			s, p, j, out := stopped(t)
			missed := 0
			j.Checkpoints.Missed = func(error) { missed++ }
			j.Checkpoints.Every = time.Nanosecond
			calls := 0
			s.fails = func(call, name string) error {
				if call == "put" {
					if calls++; calls == nth+1 {
						return fault
					}
				}
				return nil
			}
			halt(t, j, p, 2)
			s.fails = nil
			if calls > nth && missed != 1 {
				t.Errorf("put %d: told %d times", nth, missed)
			}
			failed += missed
			if diff := cmp.Diff(want, compiled(t, j, out)); diff != "" {
				t.Errorf("put %d (-want +got):\n%s", nth, diff)
			}
			if p.repeated() > 2 {
				t.Errorf("put %d: asked for %v", nth, p.asked)
			}
		}
	}
	if failed < 10 {
		t.Errorf("only %d puts ever failed", failed)
	}
}

// A package is made although no checkpoint ever can be.
func TestAStoreThatKeepsNothingCostsNoPackage(t *testing.T) {
	s, out := newShelf(), bytes.Buffer{}
	s.fails = func(call, _ string) error {
		if call == "put" {
			return errDisk
		}
		return nil
	}
	j := job(&out, newPaged(4))
	j.Checkpoints = checkpoints(s)
	j.Checkpoints.Every = time.Nanosecond
	compiled(t, j, &out)
	if s.count("put", "export.") == 0 {
		t.Error("none was tried")
	}
}

// Whatever happens to a job, in whatever order, and however many replicas work on it at once: the
// package that is made at last is the one that nothing happened to, and nothing of all that was
// kept is left behind.
func TestWhateverHappensThePackageIsTheSame(t *testing.T) {
	const pages = 4
	var whole bytes.Buffer
	want := compiled(t, job(&whole, newPaged(pages)), &whole)
	c := compiler(t)
	rapid.Check(t, func(r *rapid.T) {
		w := &world{shelf: newShelf(), compiler: *c, pages: pages, clock: now, rapid: r}
		w.compiler.Now = func() time.Time { return w.clock }
		for range rapid.IntRange(1, 5).Draw(r, "processes") {
			w.process(t, 2)
			w.happen()
		}
		w.shelf.fails = nil
		var out bytes.Buffer
		j := w.job(&out, newPaged(pages))
		if _, err := w.compiler.Compile(t.Context(), j); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(want, timeless(t, out.Bytes())); diff != "" {
			r.Fatalf("(-want +got):\n%s", diff)
		}
		carrier := export.Carrier{Progress: w.shelf}
		effect := &workflow.Effect{ID: "e.1", Type: workflow.Compile}
		if err := carrier.Tidy(t.Context(), workflow.Task{Request: "r-1", Effect: effect}); err != nil {
			r.Fatal(err)
		}
		if left := w.shelf.names("export."); len(left) > 0 {
			r.Fatalf("left behind: %v", left)
		}
	})
}

// A world is a job, a store, and what happens to them.
type world struct {
	shelf    *shelf
	compiler export.Compiler
	pages    int
	clock    time.Time
	rapid    *rapid.T
}

func (w *world) job(out *bytes.Buffer, p *paged) export.Job {
	j := job(out, p)
	j.Checkpoints = export.InSegments(checkpoints(w.shelf), 100)
	return j
}

// process works on the job until something stops it; others may work on it meanwhile.
func (w *world) process(t *testing.T, others int) {
	r := w.rapid
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	p := newPaged(w.pages)
	last := rapid.IntRange(0, 2*w.pages-1).Draw(r, "last page")
	end := rapid.SampledFrom([]string{"told", "lost", "killed", "throttled"}).Draw(r, "end")
	p.at = func(set string, _ int) error {
		w.clock = w.clock.Add(time.Duration(rapid.IntRange(0, 25).Draw(r, "seconds")) * time.Second)
		if others > 0 && rapid.IntRange(0, 5).Draw(r, "another") == 0 {
			w.process(t, others-1)
		}
		if len(p.asked)-1 < last {
			return nil
		}
		switch end {
		case "told":
			stop(nil)
		case "lost":
			stop(workflow.Fenced)
		case "killed": // nothing that it does now reaches the store
			w.shelf.fails = func(string, string) error { return errAway }
			stop(nil)
		case "throttled":
			return &source.Error{Kind: source.Throttled, Source: "shop", Set: set}
		}
		return nil
	}
	if rapid.IntRange(0, 3).Draw(r, "faulty") == 0 {
		nth, calls := rapid.IntRange(0, 20).Draw(r, "fault"), 0
		fault := rapid.SampledFrom([]error{errDisk, errAway}).Draw(r, "kind")
		w.shelf.fails = func(string, string) error {
			if calls++; calls > nth {
				return fault
			}
			return nil
		}
	}
	var out bytes.Buffer
	_, _ = w.compiler.Compile(ctx, w.job(&out, p))
	w.shelf.fails = nil
}

// happen does something to what is kept, or lets time pass.
func (w *world) happen() {
	r := w.rapid
	names := w.shelf.names("export.")
	switch what := rapid.IntRange(0, 9).Draw(r, "happens"); {
	case what == 0:
		w.clock = w.clock.Add(2 * time.Hour)
	case what < 4 && len(names) > 0:
		name := rapid.SampledFrom(names).Draw(r, "victim")
		switch raw := w.shelf.blobs[name]; what {
		case 1:
			if name != "export.e.1.state" { // a state that vanishes takes with it what there was
				delete(w.shelf.blobs, name)
			}
		case 2:
			w.shelf.blobs[name] = raw[:len(raw)/2]
		case 3:
			if len(raw) > 0 {
				w.shelf.blobs[name] = flipped(raw)
			}
		}
	}
}
