package app

import (
	"context"
	"time"

	"github.com/dsrd/dsrd/store"
)

// The names under which health speaks of what stops everything, not one mail or mailbox.
const (
	redisHealth    = "redis"          // it answers
	writesHealth   = "redis changes"  // it takes changes
	rollbackHealth = "redis rollback" // it holds what it held
)

// pulse writes something into Redis again and again, until ctx ends: a Redis that is full or
// has become a replica answers every question and takes nothing.
func (a *App) pulse(ctx context.Context) {
	ticks, stop := a.options.Ticker(a.term() / 3)
	defer stop()
	for {
		if err := a.beat(ctx); ctx.Err() == nil {
			a.health.is(writesHealth, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

// beat is one change that means nothing.
func (a *App) beat(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, a.term())
	defer done()
	return a.store.SaveCursor(ctx, "pulse", store.Cursor{Known: true, Since: a.options.Now().Truncate(time.Second)})
}

// stoppers are why nothing is done although everything may be asked, as strangers may read
// it: what stands behind it is in the log.
func stoppers() []struct{ name, says string } {
	return []struct{ name, says string }{
		{rollbackHealth, "Redis lacks what the mailboxes know of (the log says what): nothing is read or sent " +
			"until it is recovered (dsrd recover)"},
		{writesHealth, "Redis takes no changes (the log says why): mail stays in the mailbox, and nothing leaves"},
	}
}

// stopped adds what stops everything.
func (a *App) stopped(r *Readiness) {
	failing := a.health.list()
	for _, s := range stoppers() {
		if failing[s.name] != "" {
			r.because("%s", s.says)
		}
	}
}
