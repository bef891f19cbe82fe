package authentic

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Impatient is a Resolver for whoever asks thousands of questions in a row, as a recovery
// does: once Most of them failed for now, one after another, all others fail at once, until
// After has passed. A name server that hangs would else cost its whole patience each time.
type Impatient struct {
	DNS   Resolver
	Most  int
	After time.Duration
	Now   func() time.Time

	mu     sync.Mutex
	failed int
	until  time.Time
}

// LookupTXT is that of DNS, or ErrTemporary at once.
func (p *Impatient) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if p.waits() {
		return nil, ErrTemporary
	}
	txt, err := p.DNS.LookupTXT(ctx, name)
	p.learn(errors.Is(kind(err), ErrTemporary))
	return txt, err
}

func (p *Impatient) waits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Now().Before(p.until)
}

func (p *Impatient) learn(failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !failed {
		p.failed = 0
		return
	}
	if p.failed++; p.failed >= p.Most {
		p.failed, p.until = 0, p.Now().Add(p.After)
	}
}
