package source

import (
	"errors"
	"fmt"
	"time"
)

// A Kind says why a set could not be read. The string goes into the manifest.
type Kind string

// Error makes every Kind usable with errors.Is.
func (k Kind) Error() string { return string(k) }

const (
	// Auth: the source refused our credentials (401, 403). Trying again blindly is useless.
	Auth Kind = "auth"
	// Throttled: the source asked us to come back later (429), later than the caller may wait.
	Throttled Kind = "throttled"
	// Temporary: the source was out of reach, slow or broken, and may be whole again later.
	Temporary Kind = "temporary"
	// Foreign: the answer holds something that was not asked for: a row of another customer or
	// subscription, or a link to another host. Nothing of such an answer may be used.
	Foreign Kind = "foreign"
	// Malformed: the answer cannot be read or contradicts itself: no JSON, or pages in a circle.
	Malformed Kind = "malformed"
	// TooLarge: a limit on pages, rows or bytes was reached.
	TooLarge Kind = "too_large"
	// NotFound: the source does not know what was asked about (404).
	NotFound Kind = "not_found"
	// Unset: a parameter that the source needs is missing or wrong in the tenant's settings.
	Unset Kind = "unset"
)

// Temporary reports whether the same Read may succeed later without anybody's help.
func (k Kind) Temporary() bool { return k == Throttled || k == Temporary }

// An Error is the failure of one Read. Its text holds no row and no address.
type Error struct {
	Kind Kind
	// Source and Set say where.
	Source, Set string
	// Status is the HTTP status, 0 where there was none.
	Status int
	// RetryAfter is how long the source asked us to stay away, 0 when it did not say.
	RetryAfter time.Duration
	// Reason says in a few words what was wrong.
	Reason string
}

// Error says what failed where; it is safe to log.
func (e *Error) Error() string {
	text := fmt.Sprintf("read %s/%s: %s: %s", e.Source, e.Set, e.Kind, e.Reason)
	if e.Status != 0 {
		text += fmt.Sprintf(" (status %d)", e.Status)
	}
	return text
}

// Unwrap gives the Kind, so that errors.Is(err, source.Auth) holds.
func (e *Error) Unwrap() error { return e.Kind }

// KindOf returns the Kind of err, and false when err is not a source's failure.
func KindOf(err error) (Kind, bool) {
	var e *Error
	if !errors.As(err, &e) {
		return "", false
	}
	return e.Kind, true
}
