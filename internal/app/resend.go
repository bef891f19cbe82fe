package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// mayResend refuses to send a package again when the registry has named the admin who
// acknowledged, or anything else that the acknowledgement was for, only since then:
// reviews leave finished requests alone, and an address that comes back can be another
// person's. It is a Conflict, so that an operator reads all of it.
func (a *App) mayResend(ctx context.Context, id workflow.ID, t workflow.EventType) error {
	if t != workflow.DeliverAgain && t != workflow.HandOverAgain {
		return nil
	}
	r, err := a.store.Load(ctx, id)
	if err != nil {
		return err
	}
	tenant, err := a.tenantOf(ctx, r)
	replaced := errors.Is(err, workflow.NotFound)
	if err == nil {
		replaced, err = a.replaced(ctx, r, tenant)
	}
	switch {
	case replaced:
		return fmt.Errorf("send the package of %s again: the registry has changed what the acknowledgement was for "+
			"(the admin, the second contact, the customer or the sources): the customer has to ask anew: %w",
			r.ID.Tag(), workflow.Conflict)
	case err != nil:
		return fmt.Errorf("send the package of %s again: %w", r.ID.Tag(), err)
	}
	return nil
}
