package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/workflow/engine"
)

// Readiness says whether the daemon does all of its work, and if not, why. It names
// nobody; the field names are part of the interface: add, never rename.
type Readiness struct {
	Ready      bool        `json:"ready"`
	Reasons    []string    `json:"reasons"`    // for a person; empty when it is ready
	Recognised bool        `json:"recognised"` // the mailboxes know this Redis
	Redis      bool        `json:"redis"`      // it answers; else what follows is not known
	Paused     bool        `json:"paused"`
	Outbox     float64     `json:"outbox_oldest_seconds"` // 0 when no letter waits
	Mailboxes  []Freshness `json:"mailboxes"`
}

// Freshness is how long ago a mailbox was read.
type Freshness struct {
	Name  string    `json:"name"`
	Last  time.Time `json:"last_scan,omitzero"` // when it began; none yet is left out
	Fresh bool      `json:"fresh"`
}

func (r Readiness) code() int {
	if r.Ready {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

func (r *Readiness) because(format string, args ...any) {
	r.Reasons = append(r.Reasons, fmt.Sprintf(format, args...))
}

const noRedis = "Redis does not answer (is it running, and are redis.url, the network and TLS right?)"

const (
	// scansMissed is how many scans may be missed: a slow one is not yet a dead one.
	scansMissed = 3
	// outboxPatience is how long a letter may wait before somebody should look. A relay
	// that lists us grey lets us in within minutes, a busy one within hours.
	outboxPatience = 6 * time.Hour
)

// Readiness asks how things stand; it comes back in time whatever hangs.
func (a *App) Readiness(ctx context.Context) Readiness {
	s := a.standing.Standing(ctx)
	r := Readiness{
		Reasons: []string{}, Recognised: a.vouched.Load(), Redis: s.RedisUp, Paused: s.Paused,
		Mailboxes: []Freshness{},
	}
	if !r.Recognised {
		r.because("no mailbox has confirmed yet that this Redis is the one that was used before " +
			"(the log says which cannot be read)")
	}
	if r.Recognised && a.doubts.there() {
		r.because("it is not known at present whether Redis holds all it held (the log says why): " +
			"nothing is read or sent until that was looked at")
	}
	if r.Redis {
		a.stopped(&r)
	} else {
		r.because(noRedis)
	}
	for _, m := range a.mailboxes {
		r.Mailboxes = append(r.Mailboxes, a.freshness(&r, m.name, s.Scans[m.name]))
	}
	a.waiting(&r, s)
	r.Ready = len(r.Reasons) == 0
	return r
}

// waiting looks at what waits to leave. A letter that must wait, for an operator or a
// new admin's cooling-off, is no trouble, however old it grows.
func (a *App) waiting(r *Readiness, s telemetry.Standing) {
	if s.Paused {
		r.because("sending has been paused since %s (dsrd resume ends that)", shown(s.PausedSince))
	}
	if s.OutboxSince.IsZero() {
		return
	}
	waits := max(0, a.options.Now().Sub(s.OutboxSince))
	r.Outbox = waits.Seconds()
	if waits > outboxPatience && a.troubled.Load() {
		r.because("a letter has waited for %s to leave (does the relay take mail? dsrd queue shows which)",
			waits.Round(time.Minute))
	}
}

// freshness is that of a mailbox whose latest scan began then.
func (a *App) freshness(r *Readiness, name string, last time.Time) Freshness {
	f := Freshness{Name: name, Last: last}
	switch {
	case last.IsZero():
		r.because("mailbox %s has not been read yet (the log says why)", name)
	case a.options.Now().After(a.stale(last)):
		r.because("mailbox %s was last read at %s, more than %d intervals of schedules.scan ago "+
			"(the log says why)", name, shown(last), scansMissed)
	default:
		f.Fresh = true
	}
	return f
}

// stale is when a mailbox that was read then should have been read again, and was
// given time for it.
func (a *App) stale(last time.Time) time.Time {
	scans, err := engine.ParseSpec(a.options.Config.Schedules.Scan, last)
	if err != nil {
		return last // Run has refused such a schedule
	}
	for range scansMissed {
		last = scans.Next(last)
	}
	return last
}

func shown(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
