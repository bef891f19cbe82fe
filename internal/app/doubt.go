package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// doubts say whether the store may be worked with. While there is a doubt nothing goes
// outside and nothing is read; what is under way ends or waits.
type doubts struct {
	mu   sync.Mutex
	all  int             // that were raised so far
	why  string          // "" while there is none
	era  context.Context // ends with the next doubt; nil while there is one
	end  context.CancelFunc
	news chan struct{} // closed and replaced with each change
}

func newDoubts() *doubts {
	d := &doubts{news: make(chan struct{})}
	d.era, d.end = context.WithCancel(context.Background())
	return d
}

// raise ends the era; it reports whether there was no doubt before.
func (d *doubts) raise(why string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	first := d.era != nil
	if first {
		d.end()
		d.era = nil
	}
	d.all++
	d.why = why
	d.tell()
	return first
}

// raised is how many doubts there were so far.
func (d *doubts) raised() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all
}

// settle begins another era, if no doubt came since there were so many: what was looked at
// before it came says nothing of it. It reports whether it did.
func (d *doubts) settle(raised int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all != raised {
		return false
	}
	if d.era == nil {
		d.era, d.end = context.WithCancel(context.Background())
	}
	d.why = ""
	d.tell()
	return true
}

func (d *doubts) tell() {
	close(d.news)
	d.news = make(chan struct{})
}

// are gives the doubt there is, "" if there is none, and what is closed when that changes.
func (d *doubts) are() (why string, changes <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.why, d.news
}

// there reports whether there is a doubt.
func (d *doubts) there() bool {
	why, _ := d.are()
	return why != ""
}

// none waits until there is no doubt. The context it gives ends with ctx or with the next
// doubt; nil when ctx has ended.
func (d *doubts) none(ctx context.Context) (context.Context, context.CancelFunc) {
	for {
		if ctx.Err() != nil {
			return nil, nil
		}
		d.mu.Lock()
		era, news := d.era, d.news
		d.mu.Unlock()
		if era != nil {
			within, cancel := context.WithCancelCause(ctx)
			stop := context.AfterFunc(era, func() { cancel(errDoubt) })
			return within, func() { stop(); cancel(nil) }
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-news:
		}
	}
}

// errDoubt is why something ended that went on under the assumption that the store is right.
var errDoubt = fmt.Errorf("redis may have lost something, nothing goes on until it is known: %w", workflow.Outdated)

// outdated notes what an answer of the store means for everything else: it lost something, or
// another replica has found that or recovers it. It gives the error back.
func (a *App) outdated(ctx context.Context, err error) error {
	var behind *store.Behind
	var stale *store.Stale
	switch {
	case errors.As(err, &behind):
		a.lose(ctx, recovery.Judgement{Verdict: recovery.Behind, Why: behind.Error()})
	case errors.As(err, &stale):
		a.doubt(stale.Error())
	}
	return err
}

// doubt stops everything until the mailboxes have been asked again.
func (a *App) doubt(why string) {
	if a.doubts.raise(why) {
		a.options.Log.Warn("nothing is sent and nothing is read until it is known what redis holds", "why", why)
	}
}

// lose tells all replicas that the store lost something: none of them may go on with it.
func (a *App) lose(ctx context.Context, j recovery.Judgement) {
	a.doubt(j.Why)
	a.lost(j)
	if err := a.store.Halt(context.WithoutCancel(ctx), j.Why); err != nil {
		a.options.Log.Warn("not all of redis could be told yet that it lost something", "error", err)
	}
}

// lost notes that something was found missing, until recovered.
func (a *App) lost(j recovery.Judgement) {
	if a.missing.CompareAndSwap(false, true) {
		a.metrics.RolledBack()
	}
	a.health.bad(rollbackHealth, &Lost{j})
}

// found takes that back.
func (a *App) found() {
	a.missing.Store(false)
	a.health.good(rollbackHealth)
}
