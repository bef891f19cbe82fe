package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// How long to wait for a server that is not there yet: a second at first, then
// twice as long each time.
const (
	firstWait = time.Second
	lastWait  = 30 * time.Second
)

// Start is New, and waits for a Redis that does not answer: after a power cut the
// servers come up in any order. The context's error when that ends first.
func Start(ctx context.Context, o Options) (*App, error) {
	h := newHealth(o.Log, o.Now)
	stop := func() {}
	defer func() { stop() }()
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		a, err := New(ctx, o)
		var silent *store.Unreachable
		if !errors.As(err, &silent) {
			if err == nil {
				h.good(redisHealth)
			}
			return a, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		h.bad(redisHealth, err)
		if wait == firstWait {
			stop = waiting(ctx, o, h)
		}
		if err := pause(ctx, o, wait); err != nil {
			return nil, err
		}
	}
}

// beginning is the name under which health speaks of what the start waits for.
const beginning = "start"

// notYet is the doubt of each beginning.
const notYet = "the mailboxes have not yet shown whether this is the redis that was used before"

// waitsFor is what everything waits for; "" when nothing does.
func (a *App) waitsFor() string {
	why, _ := a.doubts.are()
	if why == "" {
		return ""
	}
	failing := a.health.list()
	return cmp.Or(failing[beginning], failing[rollbackHealth], why)
}

// awake refuses orders while it is not known whether this is the right store: what
// they would change could be somebody else's, or out of date.
type awake struct {
	admin.Events
	app *App
}

// Step is an operator's event.
func (e awake) Step(ctx context.Context, id workflow.ID, event workflow.Event) (workflow.Request, error) {
	if err := e.app.asleep(); err != nil {
		return workflow.Request{}, err
	}
	if err := e.app.mayResend(ctx, id, event.Type); err != nil {
		return workflow.Request{}, err
	}
	return e.Events.Step(ctx, id, event)
}

// asleep refuses while everything waits.
func (a *App) asleep() error {
	why := a.waitsFor()
	switch {
	case why == "":
		return nil
	case a.vouched.Load():
		return fmt.Errorf("dsrd waits: %s: %w", why, workflow.Conflict)
	}
	return fmt.Errorf("dsrd has not started yet, it waits: %s: %w", why, workflow.Conflict)
}

// pause waits between half of d and d, so that replicas do not knock in step.
func pause(ctx context.Context, o Options, d time.Duration) error {
	var b [1]byte
	if _, err := io.ReadFull(o.Rand, b[:]); err != nil {
		return fmt.Errorf("draw a pause: %v", err)
	}
	return o.Sleep(ctx, d/2+d/2*time.Duration(b[0])/255)
}
