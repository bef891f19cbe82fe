package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/workflow"
)

// A paged source gives its sets a page at a time, and can go on from each page.
type paged struct {
	sets  []source.Set
	pages int
	// at is called before each page, which it may refuse.
	at    func(set string, page int) error
	asked []string
}

func newPaged(pages int) *paged {
	p := &paged{pages: pages}
	for _, name := range []string{"orders", "returns"} {
		p.sets = append(p.sets, orders(func(s *source.Set) { s.Name = name }))
	}
	return p
}

func (p *paged) Name() string       { return "shop" }
func (p *paged) Sets() []source.Set { return p.sets }

func (p *paged) Read(ctx context.Context, q source.Query, out source.Sink) error {
	first := 0
	if q.Resume != nil {
		if err := json.Unmarshal(q.Resume, &first); err != nil {
			return err
		}
	}
	for page := first; page < p.pages; page++ {
		p.asked = append(p.asked, fmt.Sprintf("%s %d", q.Set, page))
		if p.at != nil {
			if err := p.at(q.Set, page); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		out.Tally(q.Set, source.Tally{Pages: 1, LeftOut: page % 2})
		for row := range 3 {
			text := order(customer, 10*page+row)
			if err := out.Row(q.Set, json.RawMessage(text)); err != nil {
				return err
			}
		}
		if m, ok := out.(source.Marker); ok {
			here := func() json.RawMessage { return json.RawMessage(fmt.Sprint(page + 1)) }
			if err := m.Mark(q.Set, here); err != nil {
				return err
			}
		}
	}
	return nil
}

// repeated is how many pages were asked for that had been asked for before.
func (p *paged) repeated() int {
	pages := slices.Sorted(slices.Values(p.asked))
	return len(pages) - len(slices.Compact(pages))
}

// checkpoints keeps what a job of one request has read on the shelf.
func checkpoints(s *shelf) *export.Checkpoints {
	return &export.Checkpoints{Progress: s, Request: "r-1", Effect: "e.1", For: anna}
}

var times = regexp.MustCompile(`"(started_at|finished_at|made_at)": "[^"]*"|\s*"resumed_at": \[[^]]*\],`)

// apart from its times: what two packages must have in common. Checksums of the manifest follow
// from it.
func timeless(t *testing.T, packed []byte) map[string]string {
	t.Helper()
	files := unzip(t, packed)
	delete(files, "manifest.json.sig")
	files["manifest.json"] = times.ReplaceAllString(files["manifest.json"], "")
	return files
}

func compiled(t *testing.T, j export.Job, out *bytes.Buffer) map[string]string {
	t.Helper()
	if _, err := compiler(t).Compile(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	return timeless(t, out.Bytes())
}

// Whoever is stopped, at whatever page, another one goes on from there: no page but the one that
// was under way is asked for again, and the package is the same but for its times.
func TestAResumedPackageEqualsAnUninterruptedOne(t *testing.T) {
	var whole bytes.Buffer
	want := compiled(t, job(&whole, newPaged(4)), &whole)
	for stop := range 8 {
		t.Run(fmt.Sprintf("stopped at page %d", stop), func(t *testing.T) {
			s, p := newShelf(), newPaged(4)
			ctx, cancel := context.WithCancel(t.Context())
			p.at = func(string, int) error {
				if len(p.asked) == stop+1 {
					cancel()
				}
				return nil
			}
			var out bytes.Buffer
			j := job(&out, p)
			j.Checkpoints = checkpoints(s)
			if _, err := compiler(t).Compile(ctx, j); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want the context's error", err)
			}
			if out.Len() > 0 {
				t.Error("something was written all the same")
			}
			got := compiled(t, j, &out)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-uninterrupted +resumed):\n%s", diff)
			}
			if p.repeated() != 1 || len(p.asked) != 9 {
				t.Errorf("asked for %v", p.asked)
			}
		})
	}
}

// The same against a server: each question is the one at which the process is stopped.
func TestADefenderPackageIsResumedAtEveryPage(t *testing.T) {
	var whole bytes.Buffer
	server, j := azure(t, &whole)
	server.PageSize = 1
	want := compiled(t, j, &whole)
	questions := len(server.Requests())
	for stop := 1; stop <= questions; stop++ {
		s := newShelf()
		ctx, cancel := context.WithCancel(t.Context())
		var out bytes.Buffer
		server, j := azure(t, &out)
		server.PageSize = 1
		n := 0
		server.Asked = func(defendertest.Request) {
			if n++; n == stop {
				cancel()
			}
		}
		j.Checkpoints = checkpoints(s)
		if _, err := compiler(t).Compile(ctx, j); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: %v", stop, err)
		}
		if diff := cmp.Diff(want, compiled(t, j, &out)); diff != "" {
			t.Errorf("stopped at %d (-uninterrupted +resumed):\n%s", stop, diff)
		}
		if server.Repeated() > 1 || len(server.Requests()) > questions+1 {
			t.Errorf("stopped at %d: %d questions, %d repeated, of %d", stop,
				len(server.Requests()), server.Repeated(), questions)
		}
		if server.Leaks() > 0 {
			t.Error("a foreign host was asked")
		}
	}
	if questions != 17 {
		t.Errorf("a package takes %d questions", questions)
	}
}

// The manifest tells that a set was read in two goes.
func TestAResumedSetSaysSo(t *testing.T) {
	s, p := newShelf(), newPaged(3)
	ctx, cancel := context.WithCancel(t.Context())
	p.at = func(set string, page int) error {
		if set == "returns" && page == 1 {
			cancel()
		}
		return nil
	}
	var out bytes.Buffer
	j := job(&out, p)
	j.Checkpoints = checkpoints(s)
	if _, err := compiler(t).Compile(ctx, j); err == nil {
		t.Fatal("it was not stopped")
	}
	result, err := compiler(t).Compile(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	sets := result.Manifest.Sources[0].Sets
	if len(sets[0].ResumedAt) != 0 || len(sets[1].ResumedAt) != 1 || sets[1].Snapshot {
		t.Errorf("resumed at %v and %v", sets[0].ResumedAt, sets[1].ResumedAt)
	}
	if !strings.Contains(unzip(t, out.Bytes())["manifest.json"], `"resumed_at"`) {
		t.Error("the manifest does not say so")
	}
}

// What was read for another job, too long ago, or by a clock of the future, is read again.
func TestAStateThatDoesNotFitIsNotUsed(t *testing.T) {
	for name, change := range map[string]func(*export.Job, *export.Compiler){
		"other categories": func(j *export.Job, _ *export.Compiler) { j.Allowed = append(j.Allowed, "x") },
		"other parameters": func(j *export.Job, _ *export.Compiler) {
			j.Sources[0].Parameters = map[string]string{"shop": "2"}
		},
		"another admin":  func(j *export.Job, _ *export.Compiler) { j.Checkpoints.For = eve },
		"another tenant": func(j *export.Job, _ *export.Compiler) { j.Tenant = "t-2" },
		"other limits":   func(j *export.Job, _ *export.Compiler) { j.Sources[0].Limits.Rows = 1e6 },
		"an hour and a bit": func(_ *export.Job, c *export.Compiler) {
			c.Now = func() time.Time { return now.Add(time.Hour + time.Minute) }
		},
		"the day before": func(_ *export.Job, c *export.Compiler) {
			c.Now = func() time.Time { return now.Add(-24 * time.Hour) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, p, out := newShelf(), newPaged(3), bytes.Buffer{}
			j := job(&out, p)
			j.Checkpoints = checkpoints(s)
			halt(t, j, p, 4)
			c := compiler(t)
			change(&j, c)
			p.asked = nil
			if _, err := c.Compile(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if len(p.asked) != 6 {
				t.Errorf("asked for %v", p.asked)
			}
		})
	}
}

// halt stops a job at the n-th page.
func halt(t *testing.T, j export.Job, p *paged, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.at = func(string, int) error {
		if len(p.asked) == n {
			cancel()
		}
		return nil
	}
	if _, err := compiler(t).Compile(ctx, j); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped at %d: %v", n, err)
	}
	p.at = nil
}

// A link that the server does not know any more costs the pages of its set, not the package.
func TestACursorThatIsRefusedBeginsAnew(t *testing.T) {
	for _, fault := range []defendertest.Fault{
		defendertest.Gone, defendertest.NotFound, defendertest.NoList, defendertest.ForeignRow,
		defendertest.SameLink, defendertest.ForeignLink,
	} {
		t.Run(string(fault), func(t *testing.T) {
			var whole, out bytes.Buffer
			_, j := azure(t, &whole)
			want := compiled(t, j, &whole)
			server, j := azure(t, &out)
			ctx, cancel := context.WithCancel(t.Context())
			server.Asked = func(q defendertest.Request) {
				if strings.HasSuffix(q.Path, "/alerts") && strings.Contains(q.Query, "skiptoken=3") {
					cancel()
				}
			}
			j.Checkpoints = checkpoints(newShelf())
			if _, err := compiler(t).Compile(ctx, j); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			server.Asked = nil
			times := 1
			if fault == defendertest.NoList {
				times = 4 // a page that was not whole is asked for again
			}
			server.Break("alerts", fault, 3, times)
			if diff := cmp.Diff(want, compiled(t, j, &out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if server.Leaks() > 0 {
				t.Error("a foreign host was asked")
			}
		})
	}
}

// A source that is out of order for now is asked later from where it stopped.
func TestASourceThatComesBackIsAskedFromThePageAtWhichItFailed(t *testing.T) {
	s, p, out := newShelf(), newPaged(5), bytes.Buffer{}
	j := job(&out, p)
	j.Checkpoints = checkpoints(s)
	p.at = func(set string, page int) error {
		if set == "returns" && page == 3 {
			return &source.Error{Kind: source.Throttled, Source: "shop", Set: set, RetryAfter: time.Hour}
		}
		return nil
	}
	if _, err := compiler(t).Compile(t.Context(), j); !errors.Is(err, source.Throttled) {
		t.Fatal(err)
	}
	p.at, p.asked = nil, nil
	if _, err := compiler(t).Compile(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"returns 3", "returns 4"}, p.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Most jobs are over before anybody could gain by a checkpoint.
func TestASmallJobWritesNoCheckpoint(t *testing.T) {
	s, out := newShelf(), bytes.Buffer{}
	j := job(&out, newPaged(3))
	j.Checkpoints = checkpoints(s)
	compiled(t, j, &out)
	if diff := cmp.Diff([]string{"open export.e.1.state"}, s.calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A job that runs long keeps what it has read: a process that is killed outright costs no more
// than the time between two checkpoints.
func TestAJobThatIsKilledIsResumedFromItsLastCheckpoint(t *testing.T) {
	s, p, out := newShelf(), newPaged(10), bytes.Buffer{}
	j := job(&out, p)
	j.Checkpoints = checkpoints(s)
	c, clock := compiler(t), now
	c.Now = func() time.Time { return clock }
	ctx, kill := context.WithCancelCause(t.Context())
	p.at = func(set string, page int) error {
		clock = clock.Add(6 * time.Second)
		if set == "orders" && page == 9 {
			kill(workflow.Fenced) // nothing is kept at the end
		}
		return nil
	}
	if _, err := c.Compile(ctx, j); err == nil {
		t.Fatal("it was not killed")
	}
	if n := s.count("put", "export.e.1.state"); n != 3 {
		t.Errorf("%d states were written in 60 s: %v", n, s.calls)
	}
	p.at, p.asked = nil, nil
	var whole bytes.Buffer
	want := compiled(t, job(&whole, newPaged(10)), &whole)
	if diff := cmp.Diff(want, compiled(t, j, &out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.asked) != 12 || p.asked[0] != "orders 8" {
		t.Errorf("asked for %v", p.asked)
	}
}

// Who has lost the job leaves the checkpoints to whom it belongs now.
func TestALostJobKeepsNothing(t *testing.T) {
	s, p, out := newShelf(), newPaged(4), bytes.Buffer{}
	j := job(&out, p)
	j.Checkpoints = checkpoints(s)
	ctx, cancel := context.WithCancelCause(t.Context())
	p.at = func(string, int) error {
		if len(p.asked) == 3 {
			cancel(fmt.Errorf("renew the claim: %w", workflow.Fenced))
		}
		return nil
	}
	if _, err := compiler(t).Compile(ctx, j); err == nil {
		t.Fatal("it went on")
	}
	if names := s.names("export."); len(names) > 0 {
		t.Errorf("it kept %v", names)
	}
}
