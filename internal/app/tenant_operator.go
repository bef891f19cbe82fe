package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// equipped gives the server of operators what a daemon has for them beside its queue.
func (a *App) equipped(s *admin.Server) *admin.Server {
	s.Mails, s.Gate, s.Tenants, s.Recovery = post{a}, barrier{a}, assigner{a}, recoverer{a}
	return s
}

// post is what became of mails, as operators may see it.
type post struct{ app *App }

var _ admin.Mails = post{}

// Mails gives a page of records.
func (p post) Mails(ctx context.Context, outcomes []workflow.Outcomes, limit int, after string,
) ([]workflow.MailRecord, string, error) {
	return p.app.store.Mails(ctx, store.Query{Outcomes: outcomes, Limit: limit, After: after})
}

// Mail turns an ambiguous digest into the refusal that the interface speaks of.
func (p post) Mail(ctx context.Context, typed string) (workflow.MailRecord, error) {
	m, err := p.app.store.Mail(ctx, typed)
	var several *store.Ambiguous
	if errors.As(err, &several) {
		return m, fmt.Errorf("%v: %w", several, workflow.Refused)
	}
	return m, err
}

// Replay lets the mail be judged again.
func (p post) Replay(ctx context.Context, digest, by string) error {
	return p.app.store.ReplayMailBy(ctx, digest, by)
}

// Ignore decides that nothing comes of the mail.
func (p post) Ignore(ctx context.Context, digest, by string) error {
	return p.app.store.IgnoreMailBy(ctx, digest, by)
}

// barrier stops and starts the daemon's own doing.
type barrier struct{ app *App }

var _ admin.Gate = barrier{}

// Pause is remembered for all replicas.
func (b barrier) Pause(ctx context.Context, by, why string, lasts time.Duration) error {
	now := b.app.options.Now()
	var until time.Time
	if lasts > 0 {
		until = now.Add(lasts)
	}
	return b.app.store.Pause(ctx, by, why, until, now)
}

// Resume ends the pause; what was put off meanwhile comes due within a minute.
func (b barrier) Resume(ctx context.Context) error {
	if err := b.app.store.Resume(ctx); err != nil {
		return err
	}
	b.app.Wake()
	return nil
}

// Paused gives the pause that lasts now.
func (b barrier) Paused(ctx context.Context) (*admin.Pausing, error) {
	p, lasts, err := b.app.store.Paused(ctx, b.app.options.Now())
	if err != nil || !lasts {
		return nil, err
	}
	return &admin.Pausing{By: p.By, Why: p.Why, Since: p.Since, Until: p.Until}, nil
}

// assigner knows the tenants of the registry.
type assigner struct{ app *App }

var _ admin.Assigner = assigner{}

// Assignment checks what an operator says against the registry, and takes the policy
// that a request of that tenant would have been born with.
func (s assigner) Assignment(ctx context.Context, customer workflow.Address, tenant string,
) (*workflow.Assignment, error) {
	registered, err := s.app.registry.Lookup(ctx, customer)
	known := err == nil
	if err != nil && !errors.Is(err, workflow.NotFound) {
		return nil, err
	}
	switch {
	case tenant == "" && !known:
		return nil, fmt.Errorf("no tenant has this customer (name one with --tenant; `dsrd tenant ls` lists them): %w",
			workflow.Refused)
	case known && tenant != "" && registered.ID != tenant:
		return nil, fmt.Errorf("the registry has this customer with tenant %s, not %s (leave --tenant out, "+
			"or correct the tenants' files first): %w", registered.ID, tenant, workflow.Refused)
	case !known:
		if registered, err = s.app.registry.Tenant(ctx, tenant); err != nil {
			return nil, fmt.Errorf("no tenant is called %q (`dsrd tenant ls` lists them): %w", tenant, workflow.Refused)
		}
	}
	return &workflow.Assignment{Customer: customer, TenantID: registered.ID, Policy: s.app.policy(registered)}, nil
}
