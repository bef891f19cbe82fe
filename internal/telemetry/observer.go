package telemetry

import (
	"context"
	"errors"
	"log/slog"

	"github.com/dsrd/dsrd/workflow"
)

// Observer writes what the workflow does into the log, one line a change, and
// counts it.
type Observer struct {
	Log     *slog.Logger
	Metrics *Metrics // nil: nothing is counted
}

// Committed writes down a change: ids, states, rules; nobody's name.
func (o Observer) Committed(c workflow.Change) {
	if o.Metrics != nil {
		o.Metrics.Committed(c)
	}
	e := c.Entry
	args := []any{
		"request", c.Request.ID, "tenant", c.Request.TenantID, "event", e.Event.Type,
		"from", e.From, "to", e.To,
	}
	if c.Request.Reason != workflow.NoReason {
		args = append(args, "reason", c.Request.Reason)
	}
	if e.Event.Rule != "" {
		args = append(args, "rule", e.Event.Rule)
	}
	o.Log.Log(context.Background(), levelOf(c), "request changed", args...)
}

// levelOf raises what a person should see.
func levelOf(c workflow.Change) slog.Level {
	switch {
	case c.Entry.Event.Type == workflow.DeadlineMissed || c.Entry.Event.Type == workflow.DeadlineNear:
		return slog.LevelWarn
	case c.Request.State == workflow.Stuck && c.Entry.From != workflow.Stuck:
		return slog.LevelWarn
	case c.Entry.Event.Type == workflow.TenantLost: // a mistake in the tenants file looks so
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// Failed writes down an attempt that ended in an error.
func (o Observer) Failed(t workflow.Task, err error) {
	if errors.Is(err, workflow.Fenced) {
		if o.Metrics != nil {
			o.Metrics.Fenced()
		}
		o.Log.Info("task taken over by another worker", "request", t.Request)
		return
	}
	if o.Metrics != nil {
		o.Metrics.Failed(t, err)
	}
	kind := timer
	if t.Effect != nil {
		kind = string(t.Effect.Type)
	}
	o.Log.Error("task failed", "request", t.Request, "task", kind, "attempts", t.Attempts+1, "error", err)
}
