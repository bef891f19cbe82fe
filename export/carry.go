package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

func (c *Carrier) checkpoints(id workflow.ID, effect workflow.EffectID) *Checkpoints {
	return &Checkpoints{Progress: c.Progress, Request: id, Effect: effect, Missed: c.Missed}
}

// blobName is where the package or its passphrase lies. A worker that was thought dead and wakes up
// may still write one: under a name of its own, so that it changes nothing of what another one
// has made since.
func blobName(what string, t workflow.Task, lapsed int) string {
	name := what + "." + string(t.Effect.ID)
	if lapsed > 0 {
		name += fmt.Sprintf(".%d", lapsed)
	}
	return name
}

// Tidy removes what a job has kept for another process, once its end is committed, and what
// workers have made that were thought dead.
func (c *Carrier) Tidy(ctx context.Context, t workflow.Task) error {
	if c.Progress == nil || t.Effect == nil {
		return nil
	}
	for n := range t.Lapsed {
		for _, what := range []string{"package", "passphrase"} {
			if err := c.Progress.Delete(ctx, t.Request, blobName(what, t, n)); err != nil {
				return fmt.Errorf("remove what was made of %s: %w", t.Request, err)
			}
		}
	}
	return c.checkpoints(t.Request, t.Effect.ID).clear(ctx)
}

// Sweep removes what may be left of the job that made a package, when the package is removed: a
// process that died behind the commit did not tidy up. It is no error when nothing is left.
func Sweep(ctx context.Context, p Progress, id workflow.ID, blob string) error {
	name, ok := strings.CutPrefix(blob, "package.")
	if !ok || !strings.HasPrefix(name, string(id)+".") {
		return nil
	}
	number, _, _ := strings.Cut(name[len(id)+1:], ".")
	c := Checkpoints{Progress: p, Request: id, Effect: workflow.EffectID(string(id) + "." + number)}
	return c.clear(ctx)
}

// errFull is what the compiler hears of a store that takes no more; the store's own error says why.
var errFull = errors.New("the store took no more")

// compile streams the package from the compiler into its blob.
func (c *Carrier) compile(ctx context.Context, r workflow.Request, job Job, blob string) (Result, error) {
	read, write := io.Pipe()
	job.Out = write
	type made struct {
		result Result
		err    error
	}
	done := make(chan made, 1)
	wanted, unwanted := context.WithCancelCause(ctx)
	defer unwanted(nil)
	go func() {
		result, err := c.guarded(wanted, job)
		write.CloseWithError(err)
		done <- made{result, err}
	}()
	longer, release := lasting(ctx)
	defer release()
	_, err := c.Blobs.Put(longer, r.ID, blob, read)
	read.CloseWithError(errFull)
	if err != nil {
		unwanted(errFull) // no page need be read for a package that cannot be kept
	}
	m := <-done
	futile := errors.Is(m.err, errFull) || errors.Is(m.err, context.Canceled)
	if m.err != nil && (err == nil || !futile) {
		return m.result, m.err
	}
	return m.result, stored(err)
}

// lasting lets the store finish a package that is whole when this process is told to end; of one
// that is not, the compiler ends the writing. A job that was lost ends at once.
func lasting(ctx context.Context) (context.Context, func()) {
	longer, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(context.Cause(ctx), workflow.Fenced) {
			wait, cancel := context.WithTimeout(longer, defaultLast)
			defer cancel()
			<-wait.Done()
		}
		end(context.Cause(ctx))
	})
	return longer, func() { stop(); end(nil) }
}

// guarded turns a panic into an error: nobody else could, in a goroutine of its own.
func (c *Carrier) guarded(ctx context.Context, job Job) (result Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compile package: panic: %v", p)
		}
	}()
	return c.Compiler.Compile(ctx, job)
}

// stored tells why a whole package could not be kept. A disk may have room again; the worker knows
// what to do about a store that is away, or that wants none of it.
func stored(err error) error {
	for _, known := range []error{
		workflow.Unavailable, workflow.Outdated, workflow.Fenced, workflow.Refused, workflow.NotFound,
	} {
		if err == nil || errors.Is(err, known) {
			return err
		}
	}
	return local(err)
}

// Retrying a source that is out of order: longer each time, then a person must look.
const (
	maxTries  = 8
	firstWait = time.Minute
	maxWait   = time.Hour
)

func (c *Carrier) failed(ctx context.Context, t workflow.Task, err error) (workflow.Outcome, error) {
	if ctx.Err() != nil {
		return c.stopped(ctx, err)
	}
	var f *Failure
	if !errors.As(err, &f) {
		return workflow.Outcome{}, err
	}
	switch {
	case f.Temporary() && t.Attempts+1 < maxTries:
		wait := min(firstWait<<t.Attempts, maxWait)
		return workflow.Outcome{Retry: c.Now().Add(max(wait, f.RetryAfter)), Note: note(f)}, nil
	case f.Kind == SourceAuth:
		return ended(workflow.CompileFailed, workflow.SourceAuth), nil
	case f.Source == "":
		return ended(workflow.CompileFailed, workflow.CompileFailing), nil
	}
	return ended(workflow.CompileFailed, workflow.SourceFailed), nil
}

// stopped gives a job back when this process ends: another one may go on with it at once. A job
// that was lost is not ours to give back.
func (c *Carrier) stopped(ctx context.Context, err error) (workflow.Outcome, error) {
	if errors.Is(context.Cause(ctx), workflow.Fenced) {
		return workflow.Outcome{}, err
	}
	return workflow.Outcome{Retry: c.Now(), Uncounted: true}, nil
}

func note(f *Failure) string {
	if f.Source == "" {
		return "this machine: " + string(f.Kind)
	}
	return f.Source + "/" + f.Set + ": " + string(f.Kind)
}
