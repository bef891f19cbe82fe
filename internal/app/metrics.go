package app

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/store"
)

// telling is what the daemon tells programs of itself.
type telling struct {
	metrics  *telemetry.Metrics
	standing *telemetry.Watch
	vouched  atomic.Bool // the mailboxes know this store: it is no other, and no older
	troubled atomic.Bool // the latest letter that should have left from here did not
}

func (a *App) openMetrics() {
	a.standing = telemetry.NewWatch(a.look, a.options.Now)
	a.metrics = telemetry.NewMetrics(a.options.version(), a.options.Now, a.standing)
}

// version of the program, for those who look at many.
func (o Options) version() string { return cmp.Or(o.Version, "unknown") }

// look says how things stand; what Redis alone knows only if it answers.
func (a *App) look(ctx context.Context) telemetry.Standing {
	s := a.known()
	if err := a.ask(ctx, &s); err != nil {
		return a.known()
	}
	s.RedisUp = true
	return s
}

// known is what this process knows without asking.
func (a *App) known() telemetry.Standing {
	s := telemetry.Standing{
		Scans: map[string]time.Time{}, Tokens: map[string]time.Time{},
		Failing: len(a.health.list()), Reload: a.ReloadOK(), Breaker: a.tripped.Load() > a.options.Now().UnixNano(),
		Offset: a.clock.Offset(), Live: int(a.replicas.Load()),
	}
	for _, t := range a.TokenStatus() {
		s.Tokens[t.Name] = t.Expires
	}
	for _, m := range a.mailboxes {
		s.Scans[m.name] = m.completeSince()
	}
	return s
}

// ask fills in what Redis knows: the same on every replica, and after a restart.
func (a *App) ask(ctx context.Context, s *telemetry.Standing) error {
	counts, err := a.store.Count(ctx)
	if err != nil {
		return err
	}
	overdue, err := a.store.Overdue(ctx)
	if err != nil {
		return err
	}
	s.OverdueSince = overdue
	ages, err := a.store.Oldest(ctx)
	if err != nil {
		return err
	}
	pausing, paused, err := a.store.Paused(ctx, a.options.Now())
	if err != nil {
		return err
	}
	s.Requests, s.Paused, s.PausedSince = counts, paused, pausing.Since
	s.UnprocessedSince, s.OutboxSince = ages.UnprocessedSince, ages.OutboxSince
	s.NearestDeadline = ages.NearestDeadline
	for _, m := range a.mailboxes { // another replica may be the one that reads it
		c, err := a.store.Cursor(ctx, m.shared())
		if err != nil {
			return err
		}
		if c.Since.After(s.Scans[m.name]) {
			s.Scans[m.name] = c.Since
		}
	}
	return nil
}

// durability names what was found out about Redis in one word.
func (o Options) durability(findings []store.Finding) telemetry.Durability {
	found := map[string]telemetry.Durability{
		config.Fsync: telemetry.Durable, config.Wait: telemetry.Wait, config.WaitAOF: telemetry.WaitAOF,
	}[o.Config.Redis.Durability]
	if o.Embedded {
		found = telemetry.Embedded
	}
	for _, f := range findings {
		if f.Level == store.Wrong {
			return telemetry.Lossy
		}
		found = telemetry.Unknown
	}
	return found
}
