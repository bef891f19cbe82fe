package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// acquaint tells the store what the registry names now, so that it knows since when.
// departed are tenants that are in it no more: if they come back, that is a change. The
// first registry that is ever noted is trusted from the beginning; a tenant that comes
// later is new, whatever it is called.
func (a *App) acquaint(ctx context.Context, departed []string) error {
	defer a.named.Store(nil)
	founding, err := a.store.Founding(ctx)
	if err != nil {
		return err
	}
	now := a.options.Now()
	for _, id := range departed { // first: one of them may be back by now
		if _, err := a.store.NameAdmins(ctx, id, nil, false, now); err != nil {
			return err
		}
	}
	for _, t := range a.registry.Tenants() {
		if _, err := a.store.NameAdmins(ctx, t.ID, registry.Everything(t), founding, now); err != nil {
			return err
		}
	}
	return a.store.Founded(ctx, now)
}

// cooling is until when an admin is not asked, and an answer of theirs is not believed,
// because the registry names them, or gives them this customer, or these data, only
// since a short time; zero when it has been long enough. Whoever gets hold of the
// tenants file for a day must not be able to release anything.
func (a *App) cooling(
	ctx context.Context, t workflow.Tenant, admin workflow.Admin, customer workflow.Address,
) (time.Time, error) {
	since, err := a.namedSince(ctx, t, admin, customer)
	if err != nil || since.IsZero() {
		return time.Time{}, err
	}
	until := since.Add(time.Duration(a.live.Load().Policy.CoolingOff))
	if !until.After(a.options.Now()) {
		return time.Time{}, nil
	}
	return until, nil
}

// namedSince is since when the registry lets an admin decide about a customer's data as
// it does now: the youngest of the admin's entry, the tenant's claim and its settings
// counts. Zero: since the beginning. A customer whom nobody lists has no claim.
func (a *App) namedSince(
	ctx context.Context, t workflow.Tenant, admin workflow.Admin, customer workflow.Address,
) (time.Time, error) {
	entries := []string{registry.Entry(admin), registry.Settings(t)}
	if claim := registry.Claim(t, customer); claim != "" {
		entries = append(entries, claim)
	}
	var youngest time.Time
	for _, entry := range entries {
		since, err := a.entrySince(ctx, t, entry)
		if err != nil {
			return time.Time{}, err
		}
		if since.After(youngest) {
			youngest = since
		}
	}
	return youngest, nil
}

// entrySince is since when the registry names an entry; one that the store has not
// heard of yet is noted.
func (a *App) entrySince(ctx context.Context, t workflow.Tenant, entry string) (time.Time, error) {
	since, err := a.store.NamedSince(ctx, t.ID, entry)
	if !errors.Is(err, workflow.NotFound) {
		return since, err
	}
	now := a.options.Now()
	all, err := a.store.NameAdmins(ctx, t.ID, registry.Everything(t), false, now)
	if err != nil {
		return time.Time{}, err
	}
	if since, named := all[entry]; named {
		return since, nil
	}
	return now, nil // the registry changed between two steps: named just now
}

// review lets every open request know what the registry says of it now: a code that
// an admin holds who is none any more dies at once, and a tenant or customer that
// went takes its requests along.
func (a *App) review(ctx context.Context) error {
	var errs []error
	for _, s := range workflow.States() {
		if s.Terminal() {
			continue
		}
		err := a.each(ctx, s, func(r workflow.Request) error {
			if err := a.reviewOne(ctx, r); err != nil {
				return fmt.Errorf("review %s: %w", r.ID.Tag(), err)
			}
			return nil
		})
		var silent *store.Unreachable
		if errors.As(err, &silent) {
			return err // it says the same of all others
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (a *App) reviewOne(ctx context.Context, r workflow.Request) error {
	if r.TenantID == "" {
		return nil // nobody's yet
	}
	e := workflow.Event{Actor: "daemon", Op: fmt.Sprintf("registry:%d", r.Version)}
	t, err := a.tenantOf(ctx, r)
	switch {
	case errors.Is(err, workflow.NotFound):
		e.Type, e.Reason = workflow.TenantLost, workflow.TenantGone
	case err != nil:
		return err
	default:
		replaced, err := a.replaced(ctx, r, t)
		if err != nil || !replaced {
			return err
		}
		e.Type, e.Reason = workflow.AdminChanged, workflow.AdminReplaced
	}
	_, err = a.engine.Step(ctx, r.ID, e)
	if errors.Is(err, workflow.Refused) {
		return nil // not in this state, or it moved on in between
	}
	return err
}

// tenantOf is the tenant of a request by the registry as it is now; NotFound also
// when the customer is another tenant's by now.
func (a *App) tenantOf(ctx context.Context, r workflow.Request) (workflow.Tenant, error) {
	t, err := a.registry.Lookup(ctx, r.Customer)
	if r.Assigned && errors.Is(err, workflow.NotFound) {
		return a.registry.Tenant(ctx, r.TenantID)
	}
	if err == nil && t.ID != r.TenantID {
		return t, workflow.NotFound
	}
	return t, err
}

// replaced reports whether the admin who was asked, or whose acknowledgement stands,
// is not named any more as they were then.
func (a *App) replaced(ctx context.Context, r workflow.Request, t workflow.Tenant) (bool, error) {
	switch {
	case r.Ack != nil:
		admin, named := t.Admin(r.Ack.Admin)
		if !named || admin.Role != r.Ack.Role {
			return true, nil
		}
		return a.newer(ctx, r, t, admin, r.Ack.At)
	case r.Challenge != nil:
		admin, named := t.Admin(r.Challenge.Admin)
		if !named {
			return true, nil
		}
		return a.newer(ctx, r, t, admin, r.Challenge.IssuedAt)
	case r.State == workflow.NeedsReview || r.State == workflow.Stuck:
		asked, err := a.lastAsked(ctx, r.ID)
		if err != nil || asked.IsZero() {
			return false, err
		}
		return a.newer(ctx, r, t, t.Admins[0], asked)
	}
	return false, nil // the letter is not written yet
}

// newer reports whether the registry says so only since after that moment.
func (a *App) newer(
	ctx context.Context, r workflow.Request, t workflow.Tenant, admin workflow.Admin, than time.Time,
) (bool, error) {
	since, err := a.namedSince(ctx, t, admin, r.Customer)
	return since.After(than), err
}

// lastAsked is when the latest code was made; zero when there was none. The request
// itself forgets whom it asked when nobody answered.
func (a *App) lastAsked(ctx context.Context, id workflow.ID) (time.Time, error) {
	entries, err := a.store.History(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	var at time.Time
	for _, e := range entries {
		if e.Event.Type == workflow.CodeIssued {
			at = e.At
		}
	}
	return at, nil
}
