package app

import (
	"context"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sync/errgroup"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow/engine"
)

// Run recognises the store, answers operators, wakes the passes and carries out
// what is due, until ctx ends. It returns when everything under way has ended.
func (a *App) Run(ctx context.Context) error {
	if err := a.Recognise(ctx); err != nil {
		return err
	}
	socket, err := admin.Listen(a.options.Config.Console.Socket)
	if err != nil {
		return err
	}
	return a.RunOn(ctx, socket)
}

// RunOn is Run for a socket that is open already.
func (a *App) RunOn(ctx context.Context, socket net.Listener) error {
	schedule := engine.NewSchedule(a.options.Log)
	all, ctx := errgroup.WithContext(ctx)
	if err := a.schedule(ctx, schedule); err != nil {
		return errors.Join(err, socket.Close())
	}
	all.Go(func() error { return a.admin.Serve(ctx, socket) })
	all.Go(func() error { return a.worker.Run(ctx, a.wake) })
	all.Go(func() error { return schedule.Run(ctx) })
	a.options.Log.Info("dsrd runs", "mailboxes", len(a.boxes), "tenants", len(a.registry.Tenants()))
	err := all.Wait()
	a.options.Log.Info("dsrd has stopped")
	return err
}

// schedule enters every pass with its spec.
func (a *App) schedule(ctx context.Context, s *engine.Schedule) error {
	specs := a.options.Config.Schedules
	for _, p := range []struct {
		name, spec string
		pass       engine.Pass
	}{
		{"scan", specs.Scan, a.Scan},
		{"export", specs.Export, a.OpenSlot},
		{"remind", specs.Remind, a.wakePass},
		{"deadline", specs.Deadline, a.wakePass},
		{"retention", specs.Retention, a.Retain},
		{"checkpoint", specs.Checkpoint, a.Checkpoint},
		{"report", specs.Report, a.Report},
	} {
		if err := s.Add(ctx, p.name, p.spec, a.options.Now(), p.pass); err != nil {
			return fmt.Errorf("%w (see schedules.%s in the configuration)", err, p.name)
		}
	}
	return nil
}

// Reload reads the registry again; a broken file leaves the old one in force.
func (a *App) Reload() error {
	if err := a.registry.Reload(); err != nil {
		a.options.Log.Error("tenants not reloaded, the old ones stay in force", "error", err)
		return err
	}
	a.options.Log.Info("tenants reloaded", "tenants", len(a.registry.Tenants()))
	a.Wake()
	return nil
}

// Operators answers operators alone, without doing any work, until ctx ends.
func (a *App) Operators(ctx context.Context, socket net.Listener) error {
	return a.admin.Serve(ctx, socket)
}
