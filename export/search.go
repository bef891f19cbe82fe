package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source"
)

// A search is one job under way: what was read so far.
type search struct {
	*Compiler
	job        Job
	journal    *journal
	left       int64
	leftOut    []archive.LeftOut
	sources    []archive.Source
	redactions []archive.Redaction
	files      []archive.File
	spools     []*spool
	intakes    []*intake
	rows       int
}

// all looks into every set of every source.
func (s *search) all(ctx context.Context) error {
	for _, r := range s.job.Sources {
		found := archive.Source{Name: r.Source.Name()}
		for _, set := range r.Source.Sets() {
			entry, err := s.one(ctx, r, set)
			if err != nil {
				return err
			}
			found.Sets = append(found.Sets, entry)
		}
		s.sources = append(s.sources, found)
	}
	return nil
}

// one looks into one set, or declares why not.
func (s *search) one(ctx context.Context, r Reading, set source.Set) (archive.Set, error) {
	entry := archive.Set{
		Name: set.Name, Title: set.Title, Scope: string(set.Scope), Category: set.Category,
		Classification: string(set.Classification), Retention: set.Retention,
		APIVersion: set.APIVersion, Note: set.Note, Files: []string{},
	}
	if reason := s.forbidden(set.Category); reason != "" {
		entry.Status, entry.Reason = archive.NotSearched, reason
		return entry, nil
	}
	in, err := s.look(ctx, r, set)
	if in == nil {
		return entry, err
	}
	entry.StartedAt, entry.FinishedAt, entry.ResumedAt = &in.started, &in.finished, in.resumed
	entry.Pages, entry.RowsLeftOut = in.tally.Pages, in.tally.LeftOut
	if err != nil {
		return s.gap(ctx, entry, r, in, err)
	}
	return entry, s.found(&entry, in)
}

// look reads one set, from where an earlier process stopped if there was one. Without an intake
// the error ends the search; with one it is why the set could not be read.
func (s *search) look(ctx context.Context, r Reading, set source.Set) (*intake, error) {
	before, again := s.journal.past(r.Source.Name(), set.Name)
	in, err := s.intake(ctx, r, set)
	if err != nil {
		return nil, local(err)
	}
	if again {
		if err := s.replay(ctx, in, before); err != nil {
			return nil, err
		}
	} else {
		in.started = s.Now().UTC()
	}
	if before.FinishedAt != nil {
		return in, s.whole(in, before)
	}
	err = s.read(ctx, r, in, before.Cursor)
	if again && in.broken == nil && misled(err) {
		return s.anew(ctx, r, set, in)
	}
	in.finished = s.Now().UTC()
	if err == nil {
		in.finish(false)
	}
	return in, err
}

// forbidden says why a category is left out, "" when it may be had. A category that nobody allowed
// is left out too, and declared.
func (s *search) forbidden(category string) string {
	for _, out := range s.leftOut {
		if out.Category == category {
			return out.Reason
		}
	}
	for _, allowed := range s.job.Allowed {
		if allowed == category {
			return ""
		}
	}
	const reason = "the role of the administrator who confirmed does not allow it"
	s.leftOut = append(s.leftOut, archive.LeftOut{Category: category, Reason: reason})
	return reason
}

func (s *search) intake(ctx context.Context, r Reading, set source.Set) (*intake, error) {
	spool, err := newSpool(s.Dir, s.Random)
	if err != nil {
		return nil, err
	}
	s.spools = append(s.spools, spool)
	in := &intake{
		source: r.Source.Name(), customer: s.job.Customer, set: set,
		spool: spool, columns: archive.NewColumns(), left: &s.left,
	}
	if s.journal != nil {
		in.marked = func() { s.checkpoint(ctx) }
		s.intakes = append(s.intakes, in)
	}
	return in, nil
}

// read reads one set; its error is nil, a *source.Error, or of this machine or ctx.
func (s *search) read(ctx context.Context, r Reading, in *intake, from json.RawMessage) error {
	err := r.Source.Read(ctx, source.Query{
		Request: s.job.Request, Tenant: s.job.Tenant, Customer: s.job.Customer,
		Set: in.set.Name, Parameters: r.Parameters, Limits: r.Limits, Resume: from,
	}, in)
	if in.refused != nil {
		err = in.refused
	}
	if err != nil {
		return err
	}
	return in.end()
}

// gap decides about a set that could not be read: no package, or a package that declares it. Rows
// that came before the failure are dropped, so that nobody takes a part for the whole.
func (s *search) gap(ctx context.Context, entry archive.Set, r Reading, in *intake,
	err error) (archive.Set, error) {
	if ctx.Err() != nil {
		return entry, fmt.Errorf("compile package: %w", ctx.Err())
	}
	if in.broken != nil {
		return entry, local(in.broken)
	}
	s.left += in.used
	failure := &source.Error{
		Kind: source.Temporary, Source: r.Source.Name(), Set: in.set.Name, Reason: "unknown failure",
	}
	errors.As(err, &failure)
	if failure.Kind == source.NotFound && r.NotFoundIsNone {
		in.finish(true)
		entry.Status = archive.None
		entry.Reason = "the system does not know the customer, which counts as holding nothing"
		return entry, nil
	}
	if s.job.Incomplete == Wait {
		return entry, sourceFailure(failure)
	}
	entry.Status, entry.Reason = archive.Failed, string(failure.Kind)
	return entry, nil
}

// found enters a set that was read and plans its files.
func (s *search) found(entry *archive.Set, in *intake) error {
	entry.Status, entry.Rows = archive.None, in.spool.count
	if in.tally.Masked > 0 {
		s.redactions = append(s.redactions, archive.Redaction{
			Source: in.source, Set: in.set.Name, What: "addresses_of_others",
			Count: in.tally.Masked,
		})
	}
	if entry.Rows == 0 {
		return nil
	}
	entry.Status, entry.ColumnsLeftOut = archive.Found, in.columns.LeftOut()
	s.rows += entry.Rows
	name := "data/" + in.source + "/" + in.set.Name
	s.plan(entry, archive.File{
		Name: name + ".csv", MediaType: "text/csv; charset=utf-8; header=present",
		Write: func(w io.Writer) error { return in.columns.WriteCSV(w, in.spool.all()) },
	})
	s.plan(entry, in.spool.json(name+".json"))
	return nil
}

func (s *search) plan(entry *archive.Set, f archive.File) {
	f.Rows = entry.Rows
	s.files = append(s.files, f)
	entry.Files = append(entry.Files, f.Name)
}

// complete reports whether every set was read or left out by a rule.
func (s *search) complete() bool {
	for _, found := range s.sources {
		for _, set := range found.Sets {
			if set.Status == archive.Failed {
				return false
			}
		}
	}
	return true
}

// close gives back all disk space.
func (s *search) close() error {
	var errs []error
	for _, spool := range s.spools {
		errs = append(errs, spool.close())
	}
	return errors.Join(errs...)
}
