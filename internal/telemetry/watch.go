package telemetry

import (
	"context"
	"sync"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Standing is how things stand at one moment, on all replicas together where Redis
// knows. What is not known stays zero.
type Standing struct {
	RedisUp bool // Redis answered; without, nothing down to Paused is known

	Requests         map[workflow.State]int64
	UnprocessedSince time.Time // oldest mail that nothing is decided about; zero: none
	OutboxSince      time.Time // oldest letter that waits; zero: none
	NearestDeadline  time.Time // of open requests; zero: none
	OverdueSince     time.Time // when the oldest task fell due that nobody has; zero: none
	Paused           bool
	PausedSince      time.Time

	Scans   map[string]time.Time // mailbox -> begin of its latest complete scan; zero: none
	Tokens  map[string]time.Time // access token -> its end; zero when there is none
	Failing int                  // what this process says is failing
	Reload  bool                 // the files as they were last read are in force
	Offset  time.Duration        // of this machine's clock to that of Redis; positive: ahead
	Live    int                  // replicas that were heard of lately; 0: not known
	Breaker bool                 // this process sends nothing, for too much has left
}

// Watch asks how things stand, and remembers the answer for a moment: scrapes and
// probes may come as often as they like.
type Watch struct {
	look func(context.Context) Standing
	now  func() time.Time

	mu   sync.Mutex
	at   time.Time
	last Standing
}

// How long an answer may take, and how long it is remembered.
const (
	lookTimeout = 2 * time.Second
	lookFresh   = 2 * time.Second
)

// NewWatch asks by look, which must come back when its context ends.
func NewWatch(look func(context.Context) Standing, now func() time.Time) *Watch {
	return &Watch{look: look, now: now}
}

// Standing comes back within two seconds; whoever asks meanwhile gets the same answer.
func (w *Watch) Standing(ctx context.Context) Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	if age := w.now().Sub(w.at); age >= 0 && age < lookFresh {
		return w.last
	}
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer done()
	w.last = w.look(ctx)
	w.at = w.now()
	return w.last
}
