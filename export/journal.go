package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dsrd/dsrd/export/source"
)

// A journal writes the checkpoints of one run of a job. A nil journal writes none.
type journal struct {
	*Checkpoints
	now func() time.Time
	// state is what a later process would find.
	state state
	next  int   // number of the next segment
	size  int64 // of what is kept, compressed
	stale bool  // state tells less than what a later process would find
	saved time.Time
	cost  time.Duration // of the last checkpoint
}

const (
	// spare is how many numbers of segments are taken beyond those that are needed now.
	spare = 16
	// share is how much longer a job runs between two checkpoints than one takes.
	share = 9
	// fastest is how many bytes a second a source may give and still be kept: what comes faster
	// is read again sooner than it is kept and fetched.
	fastest = 32 << 20
	// maxKept bounds the compressed bytes that a job keeps. Segments are small enough to lie in
	// Redis, which must not fill up with them.
	maxKept = 128 << 20
)

// begin looks for what earlier processes have read. Old is false when the job begins at its
// beginning.
func begin(ctx context.Context, job Job, now func() time.Time) (j *journal, old bool, err error) {
	if job.Checkpoints == nil {
		return nil, false, nil
	}
	last, err := job.Checkpoints.load(ctx)
	old = err == nil
	taken, err := job.Checkpoints.taken(ctx, last, err)
	if errors.Is(err, errUseless) {
		job.Checkpoints.missed(err)
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	start := now()
	j = &journal{Checkpoints: job.Checkpoints, now: now, next: taken, saved: start}
	digest := job.digest()
	old = old && last.good(digest, start)
	j.state = state{Version: stateVersion, Job: digest, Written: start, Taken: taken}
	if old {
		j.state.Written, j.state.Sets = last.Written, last.Sets
		j.size = last.packed()
	}
	return j, old, nil
}

// past is what earlier processes have read of a set.
func (j *journal) past(name, set string) (past, bool) {
	if j == nil {
		return past{}, false
	}
	return j.state.of(name, set)
}

// forget drops what was read of a set, or of all.
func (j *journal) forget(which func(past) bool) {
	j.state.Sets, j.stale = slices.DeleteFunc(slices.Clone(j.state.Sets), which), true
}

// due reports whether it is time for a checkpoint and the new rows are worth one.
func (j *journal) due(intakes []*intake) bool {
	if j == nil {
		return false
	}
	ran := j.now().Sub(j.saved)
	if ran < j.every() || ran < share*j.cost {
		return false
	}
	return unsaved(intakes) <= fastest*int64(ran/time.Second)
}

func unsaved(intakes []*intake) (bytes int64) {
	for _, in := range intakes {
		bytes += in.unsaved()
	}
	return bytes
}

// write makes a checkpoint of all whole pages, if there is anything new.
func (j *journal) write(ctx context.Context, intakes []*intake) error {
	began := j.now()
	defer func() {
		j.saved = j.now()
		j.cost = j.saved.Sub(began)
	}()
	ahead := slices.DeleteFunc(slices.Clone(intakes), func(in *intake) bool { return in.mark == nil })
	if len(ahead) == 0 && !j.stale {
		return nil
	}
	if err := j.take(ctx, ahead); err != nil {
		return err
	}
	next := j.state
	next.Written, next.Sets = began, slices.Clone(j.state.Sets)
	for _, in := range ahead {
		p, err := j.advance(ctx, in)
		if err != nil {
			return err
		}
		next.put(p)
	}
	if err := j.put(ctx, next); err != nil {
		return err
	}
	j.stale = false
	for _, in := range ahead {
		in.kept, _ = next.of(in.source, in.set.Name)
		in.mark = nil
	}
	return nil
}

// take writes down the numbers of the segments that are to come, before any of them exists. Who
// else works on the job, because it thought us dead or we are about to hear that we are, has taken
// numbers too.
func (j *journal) take(ctx context.Context, intakes []*intake) error {
	stored, missing := j.load(ctx)
	taken, err := j.taken(ctx, stored, missing)
	if err != nil {
		return err
	}
	if taken > j.state.Taken {
		j.next, j.state.Taken = taken, taken
	}
	need := j.next
	for _, in := range intakes {
		need += int((in.unsaved() + j.segmentBytes() - 1) / j.segmentBytes())
	}
	if missing == nil && need <= taken {
		return nil
	}
	next := j.state
	next.Taken = need + spare
	return j.put(ctx, next)
}

func (j *journal) put(ctx context.Context, next state) error {
	text, err := next.text()
	if err != nil {
		return err
	}
	_, err = j.Progress.Put(ctx, j.Request, j.stateName(), bytes.NewReader(text))
	if err == nil {
		j.state = next
	}
	return err
}

// advance keeps the new rows of a set, and says how far it is.
func (j *journal) advance(ctx context.Context, in *intake) (past, error) {
	p := in.past()
	if err := in.spool.rows.Flush(); err != nil {
		return p, fmt.Errorf("write spool: %w", err)
	}
	for at := in.kept.Bytes; at < p.Bytes; {
		n := min(p.Bytes-at, j.segmentBytes())
		if j.size > maxKept {
			return p, errors.New("there is more than may be kept")
		}
		g, err := j.keep(ctx, j.next, in.spool.rows.section(at, n), n)
		if err != nil {
			return p, err
		}
		p.Segments = append(p.Segments, g)
		j.next++
		j.size += g.Packed
		at += n
	}
	return p, nil
}

// put enters what was read of a set.
func (s *state) put(p past) {
	i := slices.IndexFunc(s.Sets, func(q past) bool { return q.Source == p.Source && q.Set == p.Set })
	if i < 0 {
		s.Sets = append(s.Sets, p)
		return
	}
	s.Sets[i] = p
}

// A mark is a place in a set up to which everything is there.
type mark struct {
	rows    int
	bytes   int64
	sum     uint32
	tally   source.Tally
	cursor  source.Cursor // nil when the set is finished
	unknown bool          // to the source, which counts as finished
}
