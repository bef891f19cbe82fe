package app

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// carrying counts what comes of an order.
type carrying struct {
	engine.Carrier
	metrics  *telemetry.Metrics
	troubled *atomic.Bool // the latest letter that should have left did not
	points   *points
}

// countCarriers counts what comes of every order, whoever carries it out.
func (a *App) countCarriers() {
	for t, c := range a.worker.Carriers {
		a.worker.Carriers[t] = carrying{c, a.metrics, &a.troubled, a.points}
	}
}

// orderKey leads to the order that is being carried out: the courier is not told.
type orderKey struct{}

func (c carrying) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	c.points.at("carrier")
	o, err := c.Carrier.Carry(context.WithValue(ctx, orderKey{}, t.Effect.Type), r, t)
	c.metrics.Carried(t.Effect.Type, o, err)
	switch {
	case err != nil:
	case t.Effect.Type == workflow.Compile:
		c.points.at("compiled")
	case t.Effect.Type == workflow.KeepCopy:
		c.points.at("copied")
	}
	if _, letter := strings.CutPrefix(string(t.Effect.Type), "send_"); letter && tells(o) {
		c.troubled.Store(err != nil || !o.Retry.IsZero())
	}
	return o, err
}

// Tidy is for those who have something to clear away.
func (c carrying) Tidy(ctx context.Context, t workflow.Task) error {
	if tidier, ok := c.Carrier.(engine.Tidier); ok {
		return tidier.Tidy(ctx, t)
	}
	return nil
}

// MayHaveLeft is for those who know it: whoever is asked through this one must not be taken for
// one who does not.
func (c carrying) MayHaveLeft(t workflow.Task) int {
	if doubter, ok := c.Carrier.(engine.Doubter); ok {
		return doubter.MayHaveLeft(t)
	}
	return 0
}

var (
	_ engine.Tidier  = carrying{}
	_ engine.Doubter = carrying{}
)

// journaling counts what mails come to.
type journaling struct {
	store *store.Store
	app   *App
}

// of is the journal under the lease by which the mail is read.
func (j journaling) of(ctx context.Context) mailer.Journal { return j.store.Under(engine.LeaseOf(ctx)) }

func (j journaling) BeginMail(
	ctx context.Context, m workflow.MailRecord, now time.Time,
) (workflow.MailRecord, error) {
	rec, err := j.of(ctx).BeginMail(ctx, m, now)
	if err == nil {
		j.app.points.at("begun")
	}
	return rec, j.app.outdated(ctx, err)
}

func (j journaling) FinishMail(ctx context.Context, m workflow.MailRecord) error {
	j.app.points.at("handled")
	err := j.of(ctx).FinishMail(ctx, m)
	if err == nil {
		j.app.metrics.MailRead(m.Class, m.Outcome, m.Rule)
		j.app.points.at("marked")
	}
	return j.app.outdated(ctx, err)
}

func (j journaling) PutOff(ctx context.Context, m workflow.MailRecord) error {
	err := j.of(ctx).PutOff(ctx, m)
	if err == nil {
		j.app.metrics.MailRead(m.Class, "", "")
	}
	return j.app.outdated(ctx, err)
}

// stepping counts the events that the workflow refuses.
type stepping struct {
	*engine.Engine
	metrics *telemetry.Metrics
	points  *points // the desk's; nil for others
}

func (s stepping) Receive(ctx context.Context, r workflow.Request, op string) (workflow.Birth, error) {
	s.points.at("desk")
	return s.Engine.Receive(ctx, r, op)
}

func (s stepping) Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error) {
	s.points.at("desk")
	r, err := s.Engine.Step(ctx, id, e)
	if errors.Is(err, workflow.Refused) {
		s.metrics.Refused(e.Type)
	}
	return r, err
}

// tells reports whether an outcome says how letters fare: one that merely waits does
// not, unless it waits for settings to be mended.
func tells(o workflow.Outcome) bool {
	return !o.Uncounted || strings.Contains(o.Note, "settings: ")
}
