package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"time"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// read fetches a secret; none referenced is an empty one.
func read(s config.Secret) (string, error) {
	if !s.Set() {
		return "", nil
	}
	return s.Read()
}

// tlsConfig trusts the roots in the file, or the system's when there is none.
func tlsConfig(caFile, host string) (*tls.Config, error) {
	if caFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read trusted roots: %v", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read trusted roots from %s: no certificate in it", caFile)
	}
	return &tls.Config{RootCAs: pool, ServerName: host, MinVersion: tls.VersionTLS12}, nil
}

// partition puts a tenant's requests together.
func (a *App) partition(tenantID string) int {
	h := fnv.New32a()
	h.Write([]byte(tenantID))
	return int(h.Sum32() % uint32(max(1, a.options.Config.Redis.Partitions)))
}

// keeper removes what is due for removal.
type keeper struct{ store *store.Store }

func (k keeper) Carry(ctx context.Context, r workflow.Request, t workflow.Task) (workflow.Outcome, error) {
	done := workflow.Outcome{Event: workflow.Event{Type: workflow.Removed}}
	if t.Effect.Type == workflow.RemovePersonal {
		return done, k.store.Forget(ctx, r.ID)
	}
	return done, errors.Join(
		k.store.Delete(ctx, r.ID, t.Effect.Blob), export.Sweep(ctx, k.store, r.ID, t.Effect.Blob),
	)
}

// queue is the store as operators may see it.
type queue struct{ *store.Store }

func (q queue) List(
	ctx context.Context, states []workflow.State, limit int, after string,
) ([]workflow.Request, string, error) {
	return q.Store.List(ctx, store.Query{States: states, Limit: limit, After: after})
}

// Match turns an ambiguous name into the refusal that the interface speaks of.
func (q queue) Match(ctx context.Context, typed string) (workflow.ID, error) {
	id, err := q.Store.Match(ctx, typed)
	var several *store.Ambiguous
	if errors.As(err, &several) {
		return "", fmt.Errorf("%v: %w", several, workflow.Refused)
	}
	return id, err
}

// Ticker ticks by this machine's clock.
func Ticker(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}

// Sleep waits, or gives the context's error when that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
