package export

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/workflow"
)

// replay takes the rows that an earlier process has read. They are checked and masked as if they
// were new, and must come out as they were then.
func (s *search) replay(ctx context.Context, in *intake, p past) error {
	from := bufio.NewReaderSize(&segments{Checkpoints: s.job.Checkpoints, ctx: ctx, left: p.Segments}, hiddenBuffer)
	var row []byte
	for range p.Rows {
		var err error
		if row, err = readRow(from, row, p.Bytes); err != nil {
			return fetching(err)
		}
		if err := in.Row(in.set.Name, row); err != nil {
			if in.broken != nil {
				return local(in.broken)
			}
			return errUseless
		}
	}
	if _, err := from.ReadByte(); !errors.Is(err, io.EOF) {
		return fetching(err)
	}
	if in.spool.at != p.Bytes || in.spool.sum.Sum32() != p.Sum {
		return errUseless
	}
	in.tally, in.started, in.resumed, in.kept = p.Tally, p.StartedAt, p.ResumedAt, p
	if p.FinishedAt == nil {
		in.resumed = append(in.resumed[:len(in.resumed):len(in.resumed)], s.Now().UTC())
	}
	return nil
}

// fetching keeps errors of the store and the context; all others mean that the rows are not those
// that were kept.
func fetching(err error) error {
	for _, passing := range []error{
		workflow.Unavailable, workflow.Outdated, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, passing) {
			return err
		}
	}
	return errUseless
}

// whole takes over a set that an earlier process finished.
func (s *search) whole(in *intake, p past) error {
	in.finished = *p.FinishedAt
	if p.Unknown {
		return &source.Error{
			Kind: source.NotFound, Source: in.source, Set: in.set.Name, Reason: "not found before",
		}
	}
	return in.end()
}

// misled reports whether a Read that began in the middle may have failed for that alone.
func misled(err error) bool {
	kind, ok := source.KindOf(err)
	return ok && !kind.Temporary() && kind != source.Auth && kind != source.Unset
}

// anew reads a set from its beginning, since the place to go on from was no good.
func (s *search) anew(ctx context.Context, r Reading, set source.Set, failed *intake) (*intake, error) {
	s.left += failed.used
	failed.marked, failed.mark = nil, nil
	s.journal.forget(func(p past) bool { return p.Source == failed.source && p.Set == set.Name })
	return s.look(ctx, r, set)
}

// checkpoint keeps what was read, when it is time to. The job goes on without.
func (s *search) checkpoint(ctx context.Context) {
	if ctx.Err() != nil || !s.journal.due(s.intakes) {
		return
	}
	if err := s.save(ctx); err != nil && ctx.Err() == nil { // else leave tries once more
		s.journal.missed(err)
	}
}

func (s *search) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.job.Checkpoints.last())
	defer cancel()
	return s.journal.write(ctx, s.intakes)
}

// leave keeps what was read when the job ends before its package is made: because this process
// ends, or because a source is out of order for now. Who has lost the job to somebody else keeps
// nothing.
func (s *search) leave(ctx context.Context, why error) {
	if s.journal == nil || !s.worthKeeping(ctx, why) {
		return
	}
	if err := s.save(context.WithoutCancel(ctx)); err != nil {
		s.journal.missed(err)
	}
}

func (s *search) worthKeeping(ctx context.Context, why error) bool {
	if ctx.Err() != nil {
		return !errors.Is(context.Cause(ctx), workflow.Fenced)
	}
	var failure *Failure
	return errors.As(why, &failure) && failure.Source != "" && failure.Temporary()
}
