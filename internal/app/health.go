package app

import (
	"errors"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// sayAgain is how often a failure that lasts is told of again. Of one failure so many
// texts are remembered.
const (
	sayAgain = time.Hour
	maxTexts = 20
)

// health tells of failures when they begin, change and end, not each time they are
// met again: what is said every minute is read by nobody.
type health struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	failing map[string]trouble
}

// trouble is a failure that has not ended.
type trouble struct {
	what  string
	since time.Time
	said  map[string]time.Time // by text: the same fault may speak with several tongues
	times int
}

func newHealth(log *slog.Logger, now func() time.Time) *health {
	return &health{log: log, now: now, failing: map[string]trouble{}}
}

// numbers differ between two tellings of the same failure: ports, times, attempts.
var numbers = regexp.MustCompile(`[0-9]+`)

// bad notes that something failed, and tells of it if that is news.
func (h *health) bad(name string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, what := h.now(), err.Error()
	t, before := h.failing[name]
	if !before {
		t.since, t.said = now, map[string]time.Time{}
	}
	t.times++
	text := numbers.ReplaceAllString(what, "#")
	if said, known := t.said[text]; !known || now.Sub(said) >= sayAgain {
		if len(t.said) >= maxTexts {
			clear(t.said)
		}
		t.said[text] = now
		h.log.Error("failing", "what", name, "error", err, "since", t.since, "times", t.times)
	}
	t.what = what
	h.failing[name] = t
}

// good notes that something works, and tells of it if it did not before.
func (h *health) good(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, before := h.failing[name]
	if !before {
		return
	}
	delete(h.failing, name)
	h.log.Info("works again", "what", name, "since", t.since, "times", t.times)
}

// forget drops what is nobody's concern any more.
func (h *health) forget(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.failing, name)
}

// is notes either.
func (h *health) is(name string, err error) {
	if err != nil {
		h.bad(name, err)
		return
	}
	h.good(name)
}

// now failing, by name.
func (h *health) list() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]string{}
	for name, t := range h.failing {
		all[name] = t.what
	}
	return all
}

// observer leaves out what is no task's failure but the store's: claims tells of Redis, and
// health of the disk.
type observer struct {
	telemetry.Observer
	health *health
}

// diskHealth is the name under which health speaks of what a disk did not take.
const diskHealth = "blob folder"

func (o observer) Failed(t workflow.Task, err error) {
	var disk *store.DiskFault
	if errors.As(err, &disk) {
		o.health.bad(diskHealth, disk)
	}
	if t.Request != "" {
		o.Observer.Failed(t, err)
	}
}

// Committed: a letter or a package that is done had its place.
func (o observer) Committed(c workflow.Change) {
	o.Observer.Committed(c)
	if c.Done != "" {
		o.health.good(diskHealth)
	}
}
