package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

const (
	// probesKept is how long is remembered what the answer to a probe showed.
	probesKept = 30 * 24 * time.Hour
	// probesApart is how soon an admin may be sent another: people get these mails.
	probesApart = time.Hour
)

// prober sends probes to admins for operators.
type prober struct {
	app     *App
	postman *mailer.Postman
	turn    sync.Mutex // one at a time, so that two operators send one mail
}

var _ admin.Prober = (*prober)(nil)

// Probe sends one at once. It is noted when it has left: nothing is decided by it, and
// what got lost in between is sent again.
func (p *prober) Probe(ctx context.Context, tenant, who string) (admin.ProbeView, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	t, a, err := p.named(ctx, tenant, who)
	if err == nil {
		err = p.may(ctx, t, a)
	}
	if err != nil {
		return admin.ProbeView{}, err
	}
	id, err := envelope.NewProbe(p.app.options.Rand)
	if err != nil {
		return admin.ProbeView{}, err
	}
	sure, err := p.postman.Probe(ctx, id, t, a)
	if err != nil {
		return admin.ProbeView{}, err
	}
	sent := store.Probe{
		ID: id, Tenant: t.ID, Entry: registry.Entry(a), Admin: a.Address, SentAt: p.app.options.Now(),
	}
	// The mail has left: that the operator went away meanwhile changes nothing.
	if err := p.app.store.BeginProbe(context.WithoutCancel(ctx), sent); err != nil {
		return admin.ProbeView{}, fmt.Errorf("the probe left, but its answer will show nothing, send another: %w", err)
	}
	return admin.ProbeView{Tenant: t.ID, Admin: string(a.Address), SentAt: sent.SentAt, Unsure: !sure}, nil
}

// Probed tells of the latest one to an admin as the registry names them now.
func (p *prober) Probed(ctx context.Context, tenant, who string) (admin.ProbeView, error) {
	t, a, err := p.named(ctx, tenant, who)
	if err != nil {
		return admin.ProbeView{}, err
	}
	sent, err := p.app.store.LatestProbe(ctx, t.ID, registry.Entry(a))
	if errors.Is(err, workflow.NotFound) {
		return admin.ProbeView{}, fmt.Errorf("no probe was sent to this admin in the last 30 days "+
			"(dsrd tenant probe %s sends one): %w", t.ID, workflow.NotFound)
	}
	if err != nil {
		return admin.ProbeView{}, err
	}
	return p.view(sent)
}

// named finds the admin who is meant; "" is the one who is asked first.
func (p *prober) named(ctx context.Context, tenant, who string) (workflow.Tenant, workflow.Admin, error) {
	t, err := p.app.registry.Tenant(ctx, tenant)
	switch {
	case errors.Is(err, workflow.NotFound) || err == nil && len(t.Admins) == 0:
		return t, workflow.Admin{}, fmt.Errorf("no tenant is called %q (`dsrd tenant ls` lists them): %w",
			tenant, workflow.NotFound)
	case err != nil:
		return t, workflow.Admin{}, err
	case who == "":
		return t, t.Admins[0], nil
	}
	a, named := t.Admin(workflow.FoldAddress(who))
	if !named {
		return t, a, fmt.Errorf("tenant %s has no such admin (`dsrd tenant show %[1]s` lists them): %w",
			t.ID, workflow.Refused)
	}
	return t, a, nil
}

// may refuses while nothing may be sent, and what would only bother somebody.
func (p *prober) may(ctx context.Context, t workflow.Tenant, a workflow.Admin) error {
	if err := p.app.asleep(); err != nil {
		return err
	}
	now := p.app.options.Now()
	_, paused, err := p.app.store.Paused(ctx, now)
	if err != nil {
		return err
	}
	if paused {
		return fmt.Errorf("the daemon is paused, nothing is sent (`dsrd resume` ends it): %w", workflow.Refused)
	}
	latest, err := p.app.store.LatestProbe(ctx, t.ID, registry.Entry(a))
	if errors.Is(err, workflow.NotFound) {
		return nil
	}
	if again := latest.SentAt.Add(probesApart); err == nil && again.After(now) {
		err = fmt.Errorf("a probe was sent to this admin at %s, another can be at %s: %w",
			latest.SentAt.UTC().Format(time.TimeOnly), again.UTC().Format(time.TimeOnly), workflow.Refused)
	}
	return err
}

// probeBook lets the desk read and answer what the store remembers.
type probeBook struct {
	store *store.Store
	now   func() time.Time
}

var _ mailer.Probes = probeBook{}

// Probe gives what is known of a probe; NotFound.
func (b probeBook) Probe(ctx context.Context, id string) (mailer.Probe, error) {
	p, err := b.store.Probe(ctx, id)
	if err != nil {
		return mailer.Probe{}, err
	}
	v, err := verdictOf(p)
	return mailer.Probe{Admin: p.Admin, Proven: v.Confirmable}, err
}

// FinishProbe notes what an answer showed.
func (b probeBook) FinishProbe(ctx context.Context, id string, v mailer.ProbeVerdict) error {
	verdict, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write what the answer to probe %s showed: %v", id, err)
	}
	return b.store.FinishProbe(ctx, id, verdict, b.now())
}

func verdictOf(p store.Probe) (v mailer.ProbeVerdict, err error) {
	if p.AnsweredAt.IsZero() {
		return v, nil
	}
	if err := json.Unmarshal(p.Verdict, &v); err != nil {
		return v, fmt.Errorf("read what the answer to probe %s showed: %v", p.ID, err)
	}
	return v, nil
}

// forgetProbes is part of the retention pass.
func (a *App) forgetProbes(ctx context.Context) error {
	n, err := a.store.ForgetProbes(ctx, a.options.Now().Add(-probesKept))
	if n > 0 {
		a.options.Log.Info("old probes dropped", "count", n)
	}
	return err
}
