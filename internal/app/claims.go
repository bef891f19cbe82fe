package app

import (
	"context"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// claims notes whether the store answers, and whether it can be relied on: the worker asks
// every second.
type claims struct {
	engine.Due
	app *App
}

// Claim gives nothing while there is a doubt.
func (c claims) Claim(
	ctx context.Context, now time.Time, limit int, lease time.Duration,
) ([]workflow.Task, error) {
	if c.app.doubts.there() {
		return nil, nil
	}
	tasks, err := c.Due.Claim(ctx, now, limit, lease)
	if ctx.Err() == nil {
		c.app.health.is(redisHealth, err)
	}
	if len(tasks) > 0 {
		c.app.points.at("claimed")
	}
	if err == nil {
		c.app.note(false)
	}
	return tasks, c.app.outdated(ctx, err)
}

// twice counts a copy of a letter that may have left beside the right one.
func (a *App) twice(t workflow.Task, cause string) {
	a.metrics.Twice(cause)
	a.options.Log.Warn("a letter may have left more than once", "request", t.Request, "cause", cause)
}

// sending is the last question before a letter leaves.
func (a *App) sending(ctx context.Context, t workflow.Task) error {
	if a.doubts.there() {
		return fmt.Errorf("send by task of %s: %w", t.Request.Tag(), errDoubt)
	}
	if err := a.store.Sending(ctx, t); err != nil {
		return a.outdated(ctx, err)
	}
	a.points.at("sending")
	return nil
}
