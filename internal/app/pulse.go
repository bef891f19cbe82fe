package app

import (
	"context"
	"slices"
)

// The names under which health speaks of what stops everything, not one mail or mailbox.
const (
	redisHealth    = "redis"          // it answers
	writesHealth   = "redis changes"  // it takes changes
	rollbackHealth = "redis rollback" // it holds what it held
	blobsHealth    = "blobs"          // all replicas have the same
)

// pulse writes something into Redis again and again, until ctx ends: a Redis that is full or
// has become a replica answers every question and takes nothing.
func (a *App) pulse(ctx context.Context) {
	ticks, stop := a.options.Ticker(a.term() / 3)
	defer stop()
	for {
		a.measure(ctx)
		if a.vouched.Load() && !a.missing.Load() { // into another's store nothing is written
			a.beats(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

// beats says that this replica lives, which is a change that every Redis takes that works, and
// looks who else does and on which servers.
func (a *App) beats(ctx context.Context) {
	ctx, done := context.WithTimeout(ctx, a.term())
	defer done()
	all, err := a.store.Here(ctx, a.options.Owner, a.options.Now())
	if ctx.Err() != nil && !unavailable(err) {
		return
	}
	if len(all) > 0 {
		a.replicas.Store(int64(len(all)))
	}
	if unavailable(err) {
		a.health.bad(writesHealth, err)
	} else { // whatever else is wrong is the folder's fault
		a.health.good(writesHealth)
		a.health.is(blobsHealth, err)
	}
	a.lookAtNodes(ctx)
}

// lookAtNodes notes which servers Redis is: one that was started again, or a replica that took
// over, may lack something, so everything waits until that was looked at.
func (a *App) lookAtNodes(ctx context.Context) {
	found, err := a.store.Nodes(ctx)
	if err != nil || len(found) == 0 {
		return
	}
	var now []string
	for _, n := range found {
		if n.Role == "master" || len(found) == 1 {
			now = append(now, n.Addr+" "+n.RunID)
		}
	}
	before := a.nodes.Swap(&now)
	if before != nil && !slices.Equal(*before, now) {
		a.doubt("a server of redis is another one, or was started again: what it holds is compared")
	}
}

// stoppers are why nothing is done although everything may be asked, as strangers may read
// it: what stands behind it is in the log.
func stoppers() []struct{ name, says string } {
	return []struct{ name, says string }{
		{rollbackHealth, "Redis lacks what the mailboxes know of (the log says what): nothing is read or sent " +
			"until it is recovered (dsrd recover)"},
		{clockHealth, "this machine's clock is not that of Redis (the log says how far): nothing expires here"},
		{blobsHealth, "delivery.blob_dir cannot be used, or is not shared with every replica (the log says which)"},
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
