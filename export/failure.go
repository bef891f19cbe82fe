package export

import (
	"fmt"
	"time"

	"github.com/dsrd/dsrd/export/source"
)

// SourceAuth is the kind of a Failure that no retry mends: a source refuses our credentials, and a
// person must act. Use errors.Is.
const SourceAuth = source.Auth

// A Failure is why no package was made. Its text is safe to log.
type Failure struct {
	// Source and Set say where; both are empty for trouble on this machine, such as a full disk.
	Source, Set string
	Kind        source.Kind
	// RetryAfter is how long the source asked us to stay away, 0 when it did not say.
	RetryAfter time.Duration
	cause      error
}

// Error says what failed where.
func (f *Failure) Error() string { return fmt.Sprintf("compile package: %v", f.cause) }

// Unwrap gives the kind and the cause.
func (f *Failure) Unwrap() []error { return []error{f.Kind, f.cause} }

// Temporary reports whether the same job may succeed later without anybody's help.
func (f *Failure) Temporary() bool { return f.Kind.Temporary() }

// local is a failure of this machine; the disk may have room again later.
func local(err error) *Failure { return &Failure{Kind: source.Temporary, cause: err} }

func sourceFailure(e *source.Error) *Failure {
	return &Failure{
		Source: e.Source, Set: e.Set, Kind: e.Kind, RetryAfter: e.RetryAfter, cause: e,
	}
}
