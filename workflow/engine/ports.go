package engine

import (
	"context"
	"io"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// A Store remembers requests. Commit is all or nothing: the request, its timer,
// its effects, its index entries and its history entry appear together or not.
type Store interface {
	// Load gives the request as last committed; NotFound.
	Load(ctx context.Context, id workflow.ID) (workflow.Request, error)
	// Commit applies a change; Conflict when its base is stale, Fenced when its
	// lease or claim is no longer held. A change whose Op the request has already
	// seen is answered with nil and changes nothing. A change that finishes an effect
	// without a claim takes the effect from whoever has claimed it.
	Commit(ctx context.Context, c workflow.Change) error
	// Applied reports whether a change with that Op was committed to the request.
	Applied(ctx context.Context, id workflow.ID, op string) (bool, error)
}

// Due hands out what fell due: effects and timers alike. Time is an argument.
type Due interface {
	// Claim gives at most limit tasks due at now, hidden until now+lease from
	// everybody else.
	Claim(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]workflow.Task, error)
	// Extend hides a claimed task until then; Fenced when somebody else has it.
	Extend(ctx context.Context, t workflow.Task, until time.Time) error
	// Retry gives a claimed task back, due at that time with a note for the next
	// attempt; Fenced when somebody else has it.
	Retry(ctx context.Context, t workflow.Task, at time.Time, note string) error
	// Wait gives a claimed task back like Retry, without counting the attempt. A task that
	// nobody gives back comes due again when its claim ends, and counts as lapsed.
	Wait(ctx context.Context, t workflow.Task, until time.Time, note string) error
	// Done removes a claimed effect that needs no event; Fenced likewise.
	Done(ctx context.Context, t workflow.Task) error
	// NextDue is when the next task falls due; zero when there is none.
	NextDue(ctx context.Context) (time.Time, error)
}

// A Carrier carries out effects outside: it sends, compiles or removes.
type Carrier interface {
	// Carry is called at least once an effect, with the request as it stands. An
	// error is an attempt that failed in a way nobody foresaw.
	Carry(ctx context.Context, r workflow.Request, t workflow.Task) (workflow.Outcome, error)
}

// A Tidier is a Carrier that has something to clear away once the end of an
// effect is committed; before that, a crash would need it again.
type Tidier interface {
	// Tidy may fail without harm: what it leaves goes with the request.
	Tidy(ctx context.Context, t workflow.Task) error
}

// A Doubter is a Carrier that knows, from the notes of earlier attempts, how often a letter may
// have left whose last attempt nobody could learn the end of.
type Doubter interface {
	// MayHaveLeft counts attempts whose end is unknown; those that workers died over are not in it.
	MayHaveLeft(t workflow.Task) int
}

// Blobs keep bytes too large for a request: rendered mails and packages,
// encrypted with the request's own key.
type Blobs interface {
	// Put stores all of r under the name, replacing what was there, and reports
	// its size in bytes.
	Put(ctx context.Context, id workflow.ID, name string, r io.Reader) (int64, error)
	// Open gives the bytes back; NotFound.
	Open(ctx context.Context, id workflow.ID, name string) (io.ReadSeekCloser, int64, error)
	// Delete removes the blob; it is no error when there is none.
	Delete(ctx context.Context, id workflow.ID, name string) error
}

// A Gate says whether everything is paused. Timers go on and what is due for removal
// is removed; all other effects wait.
type Gate interface {
	// Paused reports whether an operator has stopped all sending and compiling.
	Paused(ctx context.Context) (bool, error)
}

// An Observer is told what happened: logs, metrics, alarms. It must not block.
type Observer interface {
	// Committed is told every change after it was committed.
	Committed(c workflow.Change)
	// Failed is told every attempt that ended in an error.
	Failed(t workflow.Task, err error)
}

// Scans tell how far reading the mailboxes has come.
type Scans interface {
	// CompleteSince is when the latest complete scan of all mailboxes began;
	// zero when there was none yet.
	CompleteSince() time.Time
}
