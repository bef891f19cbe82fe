package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Progress keeps what a job has read so far, encrypted with the request's own key.
type Progress interface {
	Blobs
	// Open gives the bytes back, with their size; NotFound.
	Open(ctx context.Context, id workflow.ID, name string) (io.ReadSeekCloser, int64, error)
	// Delete removes a blob; it is no error when there is none.
	Delete(ctx context.Context, id workflow.ID, name string) error
}

// Checkpoints say where a job keeps what it has read, so that another process can go on from
// there, and when. A checkpoint that fails costs a later process some reading, never the package.
type Checkpoints struct {
	Progress Progress
	Request  workflow.ID
	Effect   workflow.EffectID
	// For names who gets the package: a job for somebody else is another one.
	For string
	// Every is how long a job runs before its first checkpoint, and between two of them; 0 means
	// 20 seconds. A job that is told to end writes one in any case.
	Every time.Duration
	// Last bounds the checkpoint of a job that was told to end; 0 means 15 seconds.
	Last time.Duration
	// Missed is told why a checkpoint was not written; nil tells nobody.
	Missed func(error)

	segment int64 // bytes of rows in one; 0 means mostSegment
}

const (
	defaultEvery = 20 * time.Second
	defaultLast  = 15 * time.Second
	// maxState bounds a state that is read: a megabyte holds thousands of segments.
	maxState = 64 << 20
)

func (c *Checkpoints) every() time.Duration {
	if c.Every > 0 {
		return c.Every
	}
	return defaultEvery
}

func (c *Checkpoints) last() time.Duration {
	if c.Last > 0 {
		return c.Last
	}
	return defaultLast
}

func (c *Checkpoints) segmentBytes() int64 {
	if c.segment > 0 {
		return c.segment
	}
	return mostSegment
}

func (c *Checkpoints) missed(err error) {
	if c.Missed != nil {
		c.Missed(fmt.Errorf("write checkpoint of %s: %w", c.Request, err))
	}
}

func (c *Checkpoints) stateName() string { return "export." + string(c.Effect) + ".state" }

func (c *Checkpoints) segmentName(n int) string {
	return fmt.Sprintf("export.%s.%d", c.Effect, n)
}

// load gives the last state that was written; NotFound when there is none, errUseless when it
// cannot be read. Other errors are the store's or the context's.
func (c *Checkpoints) load(ctx context.Context) (last state, err error) {
	raw, err := c.read(ctx, c.stateName(), maxState)
	switch {
	case err == nil:
		return parseState(raw)
	case errors.Is(err, workflow.NotFound):
		return last, err
	}
	return last, c.useless(ctx, err)
}

// read gives the whole of a blob.
func (c *Checkpoints) read(ctx context.Context, name string, most int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	blob, size, err := c.Progress.Open(ctx, c.Request, name)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	if size > most {
		return nil, errUseless
	}
	return io.ReadAll(io.LimitReader(blob, most))
}

// useless tells a blob that is gone or torn from a store or a process that cannot go on now.
func (c *Checkpoints) useless(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, workflow.Unavailable), errors.Is(err, workflow.Outdated):
		return fmt.Errorf("read checkpoint of %s: %w", c.Request, err)
	}
	return errUseless
}

// clear removes everything that a job has kept; the state goes last, since it says what there is.
func (c *Checkpoints) clear(ctx context.Context) error {
	last, err := c.load(ctx)
	if errors.Is(err, workflow.NotFound) {
		return nil
	}
	taken, err := c.taken(ctx, last, err)
	if err != nil && !errors.Is(err, errUseless) {
		return err
	}
	for n := range taken {
		if err := c.Progress.Delete(ctx, c.Request, c.segmentName(n)); err != nil {
			return fmt.Errorf("remove checkpoint of %s: %w", c.Request, err)
		}
	}
	if err := c.Progress.Delete(ctx, c.Request, c.stateName()); err != nil {
		return fmt.Errorf("remove checkpoint of %s: %w", c.Request, err)
	}
	return nil
}

// taken is how many segments may exist, after load gave this state or this error. With errUseless
// it is a guess, good enough to remove them and not to write more.
func (c *Checkpoints) taken(ctx context.Context, last state, err error) (int, error) {
	switch {
	case err == nil || errors.Is(err, workflow.NotFound):
		return last.Taken, nil
	case errors.Is(err, errUseless):
		return c.count(ctx)
	}
	return 0, err
}

// count looks for segments when the state cannot be read. Runs that came to nothing leave the
// numbers unused that they took.
func (c *Checkpoints) count(ctx context.Context) (end int, guessed error) {
	const gap = 16 * spare
	for n, sure := 0, 0; n < sure+gap; n++ {
		blob, _, err := c.Progress.Open(ctx, c.Request, c.segmentName(n))
		switch {
		case err == nil:
			blob.Close()
			sure, end = n+1, n+1
		case errors.Is(err, workflow.NotFound):
		case errors.Is(c.useless(ctx, err), errUseless):
			end, guessed = n+1, errUseless // it may be there
		default:
			return 0, c.useless(ctx, err)
		}
	}
	return end, guessed
}
