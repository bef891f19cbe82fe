package app

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/config"
)

// reloadTime bounds what a reload does in the store; what is left over is done with
// the next scans.
const reloadTime = 30 * time.Second

// Reload reads the configuration, if Options say how, and the tenants anew. If
// anything is wrong with either, both stay as they were, and the error says what.
// Open requests are held against the new registry before it returns, or, when the
// store does not answer, as soon as it does.
func (a *App) Reload() error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	fresh, err := a.reread()
	if err == nil {
		err = a.reloadTenants()
	}
	a.reloaded.Store(err == nil)
	if err != nil {
		a.options.Log.Error("not reloaded, the old ones stay in force", "error", err)
		return err
	}
	a.adopt(fresh)
	ctx, done := context.WithTimeout(context.Background(), reloadTime)
	defer done()
	a.health.is("registry", a.catchUp(ctx))
	a.Wake()
	return nil
}

// ReloadOK reports whether the files as they were last read are in force.
func (a *App) ReloadOK() bool { return a.reloaded.Load() }

func (a *App) reread() (*config.Config, error) {
	if a.options.Reread == nil {
		return a.live.Load(), nil
	}
	return a.options.Reread()
}

// reloadTenants writes a line of the audit for each tenant that changed.
func (a *App) reloadTenants() error {
	differences, err := a.registry.Reload()
	if err != nil {
		return err
	}
	for _, d := range differences {
		a.options.Log.Info("tenant changed", "tenant", d.Tenant, "what", d.String())
		if d.Removed {
			a.departed = append(a.departed, d.Tenant)
		}
	}
	a.unheard.Store(true)
	a.options.Log.Info("tenants reloaded", "tenants", len(a.registry.Tenants()), "changed", len(differences))
	return nil
}

// catchUp lets store and requests know of the registry as it is now, if they do not.
func (a *App) catchUp(ctx context.Context) error {
	if !a.unheard.Load() {
		return nil
	}
	if err := a.acquaint(ctx, a.departed); err != nil {
		return err
	}
	a.departed = nil // noted: told again, a tenant that has come back would be named anew each time
	if err := a.review(ctx); err != nil {
		return err
	}
	a.unheard.Store(false)
	return nil
}

// catchUpLate is catchUp for a pass: what a reload could not do, and what became of
// the registry while nobody ran.
func (a *App) catchUpLate(ctx context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	return a.catchUp(ctx)
}

// adopt puts in force what can change while the daemon runs: the policy of requests
// to come, how long things are kept and how much is logged. The rest is told.
func (a *App) adopt(fresh *config.Config) {
	old := a.live.Load()
	next := *old
	next.Policy, next.Retention, next.Telemetry.Level = fresh.Policy, fresh.Retention, fresh.Telemetry.Level
	next.Policy.BreakerLimit, next.Policy.BreakerWindow = old.Policy.BreakerLimit, old.Policy.BreakerWindow
	next.Policy.AsksAnHour, next.Policy.AsksADay = old.Policy.AsksAnHour, old.Policy.AsksADay
	next.Policy.ReceiptEvery = old.Policy.ReceiptEvery
	next.Policy.ProcessOld, next.Policy.Regime = old.Policy.ProcessOld, old.Policy.Regime
	a.live.Store(&next)
	a.setLevel(next.Telemetry.Level)
	if changed := sections(*old, next); len(changed) > 0 {
		a.options.Log.Info("configuration reloaded", "changed", strings.Join(changed, ", "))
	}
	if waiting := sections(next, *fresh); len(waiting) > 0 {
		a.options.Log.Warn("changes that take effect with the next start of dsrd",
			"sections", strings.Join(waiting, ", "))
	}
}

func (a *App) setLevel(name string) {
	var level slog.Level
	if a.options.Level != nil && level.UnmarshalText([]byte(name)) == nil {
		a.options.Level.Set(level)
	}
}

// sections are those sections of the configuration in which two differ.
func sections(one, other config.Config) []string {
	var all []string
	a, b := reflect.ValueOf(one), reflect.ValueOf(other)
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("yaml"), ",")
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
