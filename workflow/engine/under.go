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

// LeaseOf is the lease under which the context's work is done; the zero lease if there is none.
func LeaseOf(ctx context.Context) workflow.Lease {
	l, _ := ctx.Value(leaseKey{}).(workflow.Lease)
	return l
}
