package export

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/dsrd/dsrd/export/archive"
)

// A Compiler makes packages. It may be used by several goroutines at once.
type Compiler struct {
	// Dir is where rows are spooled, encrypted, while a package is made: an existing directory
	// with mode 0700.
	Dir string
	// LeastFree is how many bytes must be free in Dir before a job begins; 0 means 16 MiB, less
	// that nobody looks.
	LeastFree int64
	// Signer signs the manifests.
	Signer archive.Signer
	// Now tells when sets were read.
	Now func() time.Time
	// Random gives the keys of the spools; it must be fit for keys.
	Random io.Reader
}

// Compile reads every set that the job allows and writes the sealed package to job.Out.
//
// What was read before is not read again if the job has Checkpoints and an earlier process left
// one for the same job within the last hour.
//
// When a set cannot be read and the job says Wait, or when this machine fails, the error is a
// *Failure; nothing is written then unless it happened while writing. Whatever the outcome, no
// file is left in Dir.
func (c *Compiler) Compile(ctx context.Context, job Job) (Result, error) {
	if c.Now == nil || c.Random == nil {
		return Result{}, errors.New("compile package: clock and randomness are required")
	}
	if err := job.check(); err != nil {
		return Result{}, err
	}
	if err := checkPrivate(c.Dir); err != nil {
		return Result{}, err
	}
	if err := c.checkRoom(); err != nil {
		return Result{}, err
	}
	// What cannot be written need not be read.
	frame := archive.Contents{Files: job.Extra, Signer: c.Signer, Seal: job.Seal}
	if err := frame.Check(); err != nil {
		return Result{}, err
	}
	j, old, err := begin(ctx, job, c.Now)
	if err != nil {
		return Result{}, err
	}
	result, err := c.run(ctx, job, j)
	if old && errors.Is(err, errUseless) {
		j.forget(func(past) bool { return true })
		result, err = c.run(ctx, job, j)
	}
	return result, err
}

// run is one run over all sets, with what earlier processes have read of them.
func (c *Compiler) run(ctx context.Context, job Job, j *journal) (result Result, err error) {
	s := &search{
		Compiler: c, job: job, journal: j, left: job.MaxBytes, leftOut: slices.Clone(job.LeftOut),
	}
	if s.left <= 0 {
		s.left = maxJobBytes
	}
	defer func() {
		if closeErr := s.close(); err == nil && closeErr != nil {
			err = local(closeErr)
		}
	}()
	if err = s.all(ctx); err == nil {
		result, err = s.write(ctx)
	}
	if err != nil {
		s.leave(ctx, err)
		return Result{}, err
	}
	return result, nil
}

func (s *search) write(ctx context.Context) (Result, error) {
	contents := archive.Contents{
		Manifest: s.manifest(),
		Files:    append(s.files, s.job.Extra...),
		Signer:   s.Signer,
		Seal:     s.job.Seal,
	}
	built, err := archive.Build(&untilDone{ctx, s.job.Out}, contents)
	if err != nil {
		return Result{}, local(err)
	}
	return Result{
		Manifest:   built.Manifest,
		Size:       built.Size,
		SHA256:     built.SHA256,
		Encryption: built.Encryption,
		Extension:  s.job.Seal.Extension(),
		Rows:       s.rows,
	}, nil
}

func (s *search) manifest() archive.Manifest {
	return archive.Manifest{
		Request:    s.job.Request,
		Kind:       s.job.Kind,
		Customer:   s.job.Customer,
		Tenant:     s.job.Tenant,
		TenantName: s.job.TenantName,
		MadeAt:     s.job.Now,
		Complete:   s.complete(),
		Sources:    s.sources,
		LeftOut:    append([]archive.LeftOut{}, s.leftOut...),
		Redactions: append([]archive.Redaction{}, s.redactions...),
	}
}

// untilDone stops a package in the middle when its context ends.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u *untilDone) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(p)
}
