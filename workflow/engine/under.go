package engine

import (
	"context"

	"github.com/dsrd/dsrd/workflow"
)

type leaseKey struct{}

// Under is a context for work that one process does alone: what is committed with it carries
// the lease's epoch, and is Fenced once another owner has the lease. A lease that lost its
// owner is noticed too late by whoever was asleep meanwhile; the store is told of it in time.
func Under(ctx context.Context, l workflow.Lease) context.Context {
	return context.WithValue(ctx, leaseKey{}, l)
}

type heldKey struct{}

// holding is a context for what is carried out: what is committed with it to the effect's
// request is committed under the claim, and is Fenced once somebody else has it. A code issued
// by a worker that was asleep would kill the one that is in the admin's hands.
func holding(ctx context.Context, t workflow.Task) context.Context {
	return context.WithValue(ctx, heldKey{}, t)
}

// claimed is the effect of that request that is being carried out, and its claim.
func claimed(ctx context.Context, id workflow.ID) (workflow.EffectID, int64) {
	t, _ := ctx.Value(heldKey{}).(workflow.Task)
	if t.Effect == nil || t.Request != id {
		return "", 0
	}
	return t.Effect.ID, t.Claim
}

// LeaseOf is the lease under which the context's work is done; the zero lease if there is none.
func LeaseOf(ctx context.Context) workflow.Lease {
	l, _ := ctx.Value(leaseKey{}).(workflow.Lease)
	return l
}
