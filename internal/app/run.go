package app

import (
	"context"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sync/errgroup"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow/engine"
)

// Run recognises the store, wakes the passes and carries out what is due, until ctx
// ends. It answers operators, probes and scrapes from the beginning. It returns when
// everything under way has ended.
func (a *App) Run(ctx context.Context) error {
	defer a.serveHTTP(ctx)()
	socket, err := admin.Listen(a.options.Config.Console.Socket)
	if err != nil {
		return err
	}
	return a.RunOn(ctx, socket)
}

// ended leaves out the error that is only the end of ctx.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// RunOn is Run for a socket that is open already.
func (a *App) RunOn(ctx context.Context, socket net.Listener) error {
	schedule := engine.NewSchedule(a.options.Log)
	all, within := errgroup.WithContext(ctx)
	if err := a.schedule(within, schedule); err != nil {
		return errors.Join(err, socket.Close())
	}
	a.doubts.raise(notYet)
	a.running.Store(true)
	defer a.running.Store(false)
	all.Go(func() error { return a.admin.Serve(within, socket) })
	all.Go(func() error { return a.supervise(within) })
	all.Go(func() error {
		era, end := a.doubts.none(within)
		if era == nil {
			return nil
		}
		end()
		return a.work(within, schedule)
	})
	err := ended(ctx, all.Wait())
	a.last(ctx)
	return err
}

// work does all that a daemon is for.
func (a *App) work(ctx context.Context, schedule *engine.Schedule) error {
	all, within := errgroup.WithContext(ctx)
	all.Go(func() error { return a.worker.Run(within, a.wake) })
	all.Go(func() error { return schedule.Run(within) })
	all.Go(func() error {
		a.pulse(within)
		return nil
	})
	for _, m := range a.mailboxes {
		all.Go(func() error {
			m.run(within)
			return nil
		})
	}
	a.options.Log.Info("dsrd runs", "mailboxes", len(a.mailboxes), "tenants", len(a.registry.Tenants()))
	err := all.Wait()
	a.options.Log.Info("dsrd has stopped")
	return err
}

// schedule enters every pass with its spec.
func (a *App) schedule(ctx context.Context, s *engine.Schedule) error {
	specs := a.options.Config.Schedules
	for _, p := range []struct {
		name, key, spec string
		pass            engine.Pass
	}{
		{"scan", "scan", specs.Scan, a.stirAll},
		{"tokens", "scan", specs.Scan, a.renewTokens},
		{"registry", "scan", specs.Scan, a.catchUpLate},
		{"export", "export", specs.Export, a.OpenSlot},
		{"remind", "remind", specs.Remind, a.wakePass},
		{"deadline", "deadline", specs.Deadline, a.wakePass},
		{"digest", "deadline", specs.Deadline, a.TellWhatWaits},
		{"retention", "retention", specs.Retention, a.Retain},
		{"checkpoint", "checkpoint", specs.Checkpoint, a.Checkpoint},
		{"report", "report", specs.Report, a.Report},
	} {
		if err := s.Add(ctx, p.name, p.spec, a.options.Now(), a.told(p.name, p.pass)); err != nil {
			return fmt.Errorf("%w (see schedules.%s in the configuration)", err, p.key)
		}
	}
	return nil
}

// onlyEarly reports whether nothing is known but that it is too early to try: the
// cause was told when it happened, and it has not gone.
func onlyEarly(err error) bool {
	var early inbox.TooEarly
	several, joined := err.(interface{ Unwrap() []error })
	if !joined {
		return errors.As(err, &early)
	}
	for _, e := range several.Unwrap() {
		if !onlyEarly(e) {
			return false
		}
	}
	return true
}

// told keeps the failures of a pass out of the schedule's log, which would repeat
// them at each tick.
func (a *App) told(name string, pass engine.Pass) engine.Pass {
	return func(ctx context.Context) error {
		if a.doubts.there() {
			return nil
		}
		era, end := a.doubts.none(ctx)
		if era == nil {
			return nil
		}
		defer end()
		if err := pass(era); era.Err() == nil && !onlyEarly(err) {
			a.health.is(name, err)
		}
		return nil
	}
}

// Operators answers operators alone, without doing any work, until ctx ends.
func (a *App) Operators(ctx context.Context, socket net.Listener) error {
	return a.admin.Serve(ctx, socket)
}
