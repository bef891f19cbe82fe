package app

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// clockHealth is the name under which health speaks of the clock.
const clockHealth = "clock"

// guarded is this machine's clock, held against that of Redis. All replicas go by the one
// clock of Redis: one that is a year ahead would take every lease, let everything expire, and
// hide what is due until then.
type guarded struct {
	wall  func() time.Time
	slack time.Duration

	mu     sync.Mutex
	offset time.Duration // of the wall clock, when it was last measured; positive: ahead
	base   time.Time     // what the wall clock said then
	at     time.Time     // what Redis said then
	known  bool
}

// steady is how far the offset may stray before it is taken anew: each call takes its time.
const steady = 250 * time.Millisecond

// Now is what Redis said, carried on by the monotonic clock; before it was asked, the wall
// clock.
func (g *guarded) Now() time.Time {
	wall := g.wall()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.known {
		return wall
	}
	return g.at.Add(wall.Sub(g.base))
}

// Trusted reports whether the wall clock goes as that of Redis does.
func (g *guarded) Trusted() bool { return g.Offset().Abs() <= g.slack }

// Offset is how far the wall clock is ahead.
func (g *guarded) Offset() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.offset
}

// measured notes what Redis said between two readings of the wall clock.
func (g *guarded) measured(before, redis, after time.Time) {
	wall := before.Add(after.Sub(before) / 2)
	// Both without the monotonic part: what is asked is what the calendar says.
	offset := wall.Round(0).Sub(redis)
	g.mu.Lock()
	defer g.mu.Unlock()
	carried := g.at.Add(wall.Sub(g.base))
	g.offset = offset
	if !g.known || carried.Sub(redis).Abs() > steady {
		g.base, g.at, g.known = wall, redis, true
	}
}

// measure asks Redis for the time. A Redis inside this process has none of its own.
func (a *App) measure(ctx context.Context) {
	if a.options.Embedded {
		return
	}
	before := a.clock.wall()
	at, err := a.store.Time(ctx)
	if err != nil {
		return // it is told elsewhere that Redis does not answer
	}
	if a.options.Reference != nil {
		at = a.options.Reference(at)
	}
	a.clock.measured(before, at, a.clock.wall())
	if a.clock.Trusted() {
		a.health.good(clockHealth)
		return
	}
	a.health.bad(clockHealth, fmt.Errorf("this machine's clock is %s ahead of that of redis: nobody is reminded "+
		"and nothing expires here (let both keep time by NTP)", a.clock.Offset().Round(time.Second)))
}
