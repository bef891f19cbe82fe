package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/workflow"
)

const (
	// waitsLong is how long something waits before its admin is told: what the hour's
	// limit holds back has left by then.
	waitsLong = time.Hour
	// toldApart is how soon an admin is told again.
	toldApart = 24 * time.Hour
	// triesApart is how soon a digest that could not be sent is tried again, by
	// whichever replica.
	triesApart = 30 * time.Minute
)

// TellWhatWaits sends each admin for whom letters have waited long one mail a day that
// says so: the pass that keeps a flood from being silent.
func (a *App) TellWhatWaits(ctx context.Context) error {
	_, paused, err := a.store.Paused(ctx, a.options.Now())
	if err != nil || paused {
		return err
	}
	var errs []error
	for _, t := range a.registry.Tenants() {
		errs = append(errs, a.tellWhatWaitsFor(ctx, t))
	}
	return errors.Join(errs...)
}

func (a *App) tellWhatWaitsFor(ctx context.Context, t workflow.Tenant) error {
	now := a.options.Now()
	waiting, err := a.store.Waiting(ctx, t.ID, now)
	if err != nil || waiting.Count == 0 || now.Sub(waiting.Since) < waitsLong {
		return err
	}
	if told, err := a.toldLately(ctx, t.ID, now); err != nil || told {
		return err
	}
	mine, err := a.store.Allow(ctx, "digest:"+t.ID, 1, triesApart, now)
	if err != nil || !mine {
		return err
	}
	p := a.live.Load().Policy
	err = a.letters.Digest(ctx, mailer.Digest{
		Tenant: t, Waiting: waiting.Count, Since: waiting.Since, ADay: p.AsksADay, Contact: p.Contact,
	})
	if errors.Is(err, workflow.Refused) {
		return nil // what holds back letters has been told already
	}
	if err != nil {
		return err
	}
	a.options.Log.Warn("mail that proves nobody waits; the admin was told",
		"tenant", t.ID, "waiting", waiting.Count, "since", waiting.Since)
	_, err = a.store.First(ctx, toldKey(t.ID, now), now.UTC().Format(time.RFC3339), now)
	return err
}

func toldKey(tenant string, day time.Time) string {
	return "digest:" + tenant + ":" + day.UTC().Format(time.DateOnly)
}

// toldLately reports whether a digest left in the last day. Days are kept by their dates:
// what is remembered is never overwritten.
func (a *App) toldLately(ctx context.Context, tenant string, now time.Time) (bool, error) {
	for _, day := range []time.Time{now, now.Add(-toldApart)} {
		text, err := a.store.Remembered(ctx, toldKey(tenant, day))
		if err != nil {
			return false, err
		}
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return false, fmt.Errorf("read when the admin of %s was told what waits: %v", tenant, err)
		}
		if now.Sub(at) < toldApart {
			return true, nil
		}
	}
	return false, nil
}
