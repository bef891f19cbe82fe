package app

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// carrying counts what comes of an order.
type carrying struct {
	engine.Carrier
	metrics  *telemetry.Metrics
	troubled *atomic.Bool // the latest letter that should have left did not
}

// countCarriers counts what comes of every order, whoever carries it out.
func (a *App) countCarriers() {
	for t, c := range a.worker.Carriers {
		a.worker.Carriers[t] = carrying{c, a.metrics, &a.troubled}
	}
}

// orderKey leads to the order that is being carried out: the courier is not told.
type orderKey struct{}

func (c carrying) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	o, err := c.Carrier.Carry(context.WithValue(ctx, orderKey{}, t.Effect.Type), r, t)
	c.metrics.Carried(t.Effect.Type, o, err)
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

// journaling counts what mails come to.
type journaling struct {
	mailer.Journal
	metrics *telemetry.Metrics
}

func (j journaling) FinishMail(ctx context.Context, m workflow.MailRecord) error {
	err := j.Journal.FinishMail(ctx, m)
	if err == nil {
		j.metrics.MailRead(m.Class, m.Outcome, m.Rule)
	}
	return err
}

func (j journaling) PutOff(ctx context.Context, m workflow.MailRecord) error {
	err := j.Journal.PutOff(ctx, m)
	if err == nil {
		j.metrics.MailRead(m.Class, "", "")
	}
	return err
}

// stepping counts the events that the workflow refuses.
type stepping struct {
	*engine.Engine
	metrics *telemetry.Metrics
}

func (s stepping) Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error) {
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
