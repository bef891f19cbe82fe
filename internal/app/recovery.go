package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// openRecovery puts together what holds the store against the mailboxes.
func (a *App) openRecovery() error {
	a.recovery = &recovery.Recovery{
		Store: ledger{a.store}, Workflow: stepping{a.engine, a.metrics, nil}, Copies: a.copyOf,
		Memory: memory{a.store}, Personal: time.Duration(a.options.Config.Retention.Personal),
		Named: a.acquaintSince, Registry: a.registryNow,
		Alone: func(ctx context.Context) (context.Context, func(), error) { return a.lease(ctx, "recovery") },
		Now:   a.options.Now, Tell: a.tellRecovery,
	}
	for _, m := range a.mailboxes {
		a.recovery.Mailboxes = append(a.recovery.Mailboxes, m.recoverable())
	}
	dir := a.options.Config.Redis.StateDir
	if dir == "" {
		return nil
	}
	local, err := recovery.ReadLocal(dir)
	if err != nil {
		return fmt.Errorf("%w (if the file was damaged, remove it: the mailboxes know nearly as much)", err)
	}
	a.recovery.Local, a.keeper = local, &recovery.Keeper{Dir: dir, Now: a.options.Now}
	a.recovery.Keep = a.keeper
	return nil
}

// recoverable is the mailbox as a recovery sees it.
func (m *mailbox) recoverable() recovery.Mailbox {
	desk := recovery.DeskOf(m.app.rebuildingDesk(m.config))
	return recovery.Mailbox{Name: m.name, Box: m.box, Desk: desk, Folders: m.folders()}
}

// copyOf reads a mail of Sent.
func (a *App) copyOf(raw []byte) (recovery.Copy, error) {
	return recovery.ReadCopy(raw, a.options.Keys.Marker)
}

// ledger is the store as a recovery sees it.
type ledger struct{ *store.Store }

var _ recovery.Store = ledger{}

// Standing changes nothing: it may be another's.
func (l ledger) Standing(ctx context.Context) (recovery.Standing, error) {
	g, err := l.Store.Generation(ctx)
	return standingOf(g), err
}

// Begin closes the store to everybody else.
func (l ledger) Begin(ctx context.Context, epoch int64, ancestor string) (recovery.Standing, error) {
	g, err := l.Store.BeginRecovery(ctx, epoch, ancestor)
	return standingOf(g), err
}

// End opens it.
func (l ledger) End(ctx context.Context, epoch int64) error { return l.Store.EndRecovery(ctx, epoch) }

func standingOf(g store.Generation) recovery.Standing {
	return recovery.Standing{
		Seen: recovery.Seen{
			Generation: g.ID, Epoch: g.Epoch, Sequence: g.Sequence, Sequences: g.Sequences,
		},
		Phase: recovery.Phase(g.Phase), Ancestors: g.Ancestors, Empty: g.Empty, Created: g.Created,
	}
}

// tellRecovery writes down how far a recovery has come.
func (a *App) tellRecovery(p recovery.Progress) {
	a.points.at("recover")
	a.metrics.Recovering(string(p.Step))
	a.options.Log.Info("recovery", "step", string(p.Step), "done", p.Done)
}

// acquaintSince lets the store know the registry as it is: entries of which it knows nothing
// are named since then; zero: from the beginning.
func (a *App) acquaintSince(ctx context.Context, since time.Time) error {
	defer a.named.Store(nil)
	for _, t := range a.registry.Tenants() {
		_, err := a.store.NameAdmins(ctx, t.ID, registry.Everything(t), since.IsZero(), since)
		if err != nil {
			return err
		}
	}
	return a.store.Founded(ctx, a.options.Now())
}

// registryNow is what markers say of the registry: a digest of all that it names, and since
// when it names the youngest of it. The store is asked once for each registry there is.
func (a *App) registryNow(ctx context.Context) (inbox.Registry, error) {
	sum := sha256.New()
	tenants := sortedTenants(a.registry.Tenants())
	for _, t := range tenants {
		for _, entry := range slices.Sorted(slices.Values(registry.Everything(t))) {
			fmt.Fprintf(sum, "%q %q\n", t.ID, entry)
		}
	}
	known := inbox.Registry{Sum: hex.EncodeToString(sum.Sum(nil))}
	if last := a.named.Load(); last != nil && last.Sum == known.Sum {
		return *last, nil
	}
	for _, t := range tenants {
		since, err := a.youngest(ctx, t)
		if err != nil {
			return known, err
		}
		if since.After(known.Youngest) {
			known.Youngest = since
		}
	}
	a.named.Store(&known)
	return known, nil
}

// youngest is since when the registry names the youngest entry of a tenant; now if the store
// has yet to hear of one.
func (a *App) youngest(ctx context.Context, t workflow.Tenant) (time.Time, error) {
	var latest time.Time
	for _, entry := range registry.Everything(t) {
		since, err := a.store.NamedSince(ctx, t.ID, entry)
		if errors.Is(err, workflow.NotFound) {
			return a.options.Now(), nil
		}
		if err != nil {
			return latest, err
		}
		if since.After(latest) {
			latest = since
		}
	}
	return latest, nil
}

// mayRecover reports whether the configuration lets such a store be recovered unasked.
func (a *App) mayRecover(v recovery.Verdict) bool {
	switch a.options.Config.Redis.Recovery {
	case config.RecoverAlways:
		return v == recovery.Behind || v == recovery.Empty
	case config.RecoverRollback:
		return v == recovery.Behind
	}
	return false
}
