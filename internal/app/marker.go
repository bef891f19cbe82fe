package app

import (
	"context"
	"errors"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/workflow"
)

// Checkpoint writes into each mailbox how far the store has come, so that a store that was
// lost or rolled back is noticed: at the next start, or here.
func (a *App) Checkpoint(ctx context.Context) error {
	if a.doubts.there() {
		return nil // what is there must not vouch for it
	}
	held, release, err := a.lease(ctx, "checkpoint")
	if errors.Is(err, workflow.Fenced) {
		return nil // another replica writes it
	}
	if err != nil {
		return err
	}
	defer release()
	return a.everyMailbox(func(m *mailbox) error {
		a.points.at("checkpoint")
		err := a.recovery.Mark(held, m.recoverable())
		if errors.Is(err, workflow.Outdated) {
			a.doubt(err.Error())
		}
		return err
	})
}

func (m *mailbox) folders() []string {
	if m.config.Junk != "" {
		return []string{m.name + "/" + m.config.Folder, m.name + "/" + m.config.Junk}
	}
	return []string{m.name + "/" + m.config.Folder}
}

// seenHere is what this process has seen of the store; nil when it has seen none.
func (a *App) seenHere() *recovery.Local {
	seen := a.store.Seen()
	if seen.Generation == "" {
		return nil
	}
	l := &recovery.Local{Generation: seen.Generation, Epoch: seen.Epoch, Sequences: seen.Sequences}
	if nodes := a.nodes.Load(); nodes != nil {
		l.Nodes = *nodes
	}
	return l
}

// lastMark is how long the last marker may take: the end is near.
const lastMark = 300 * time.Millisecond

// last notes how far the store has come, here and in the mailboxes if they take it at once.
func (a *App) last(ctx context.Context) {
	a.note(true)
	soon, done := context.WithTimeout(context.WithoutCancel(ctx), lastMark)
	defer done()
	_ = a.Checkpoint(soon) // the one before is good enough
}

// note keeps on this machine how far the store has come.
func (a *App) note(last bool) {
	seen := a.seenHere()
	if a.keeper == nil || seen == nil || a.doubts.there() {
		return
	}
	keep := a.keeper.Keep
	if last {
		keep = a.keeper.End
	}
	a.health.is("redis.state_dir", keep(*seen))
}
