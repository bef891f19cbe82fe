package export

import (
	"context"
	"io"

	"github.com/dsrd/dsrd/workflow"
)

// Registry names tenants and whose customers are whose, as it is now.
type Registry interface {
	// Tenant gives a tenant by its id; NotFound.
	Tenant(ctx context.Context, id string) (workflow.Tenant, error)
	// Lookup gives the tenant whose customer has that address; NotFound.
	Lookup(ctx context.Context, customer workflow.Address) (workflow.Tenant, error)
}

// Blobs keep packages, encrypted with the request's own key.
type Blobs interface {
	// Put stores all of r under the name, replacing what was there, and reports its size.
	Put(ctx context.Context, id workflow.ID, name string, r io.Reader) (int64, error)
}
