package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
)

// order is what an operator wants of the loop that recognises the store.
type order struct {
	options recovery.Options
	answer  chan<- outcome
}

type outcome struct {
	result recovery.Result
	err    error
}

// recognised is Recognise, again and again until the store may be worked with. The result is
// how many doubts there had been when it began to look.
func (a *App) recognised(ctx context.Context) (raised int, err error) {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		raised = a.doubts.raised()
		a.measure(ctx) // nobody else does while all rests, and a recovery goes by the clock
		err := a.Recognise(ctx)
		if err == nil {
			a.health.good(beginning)
			return raised, nil
		}
		if ctx.Err() != nil {
			return raised, ctx.Err()
		}
		var early inbox.TooEarly
		if !errors.As(err, &early) {
			a.health.bad(beginning, err)
		}
		if obeyed, err := a.attend(ctx, wait); obeyed || err != nil {
			wait = firstWait
			if err != nil {
				return raised, err
			}
		}
	}
}

// attend waits, and carries out meanwhile what an operator orders; it reports whether one did.
func (a *App) attend(ctx context.Context, wait time.Duration) (bool, error) {
	waiting, done := context.WithCancel(ctx)
	defer done()
	var sleeper sync.WaitGroup
	over := make(chan error, 1)
	sleeper.Go(func() { over <- pause(waiting, a.options, wait) })
	defer sleeper.Wait()
	defer done()
	select {
	case o := <-a.orders:
		a.obey(ctx, o)
		return true, nil
	case err := <-over:
		return false, err
	}
}

func (a *App) obey(ctx context.Context, o order) {
	a.recognising.Lock()
	defer a.recognising.Unlock()
	result, err := a.recover(ctx, o.options)
	o.answer <- outcome{result, err}
}

// supervise lets the store be recognised anew whenever there is a doubt, until ctx ends.
func (a *App) supervise(ctx context.Context) error {
	for {
		why, changes := a.doubts.are()
		if why != "" {
			raised, err := a.recognised(ctx)
			if err != nil {
				return err
			}
			if a.doubts.settle(raised) {
				a.Wake()
				a.options.Log.Info("all goes on")
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changes:
		case o := <-a.orders:
			a.weigh(ctx, o)
		}
	}
}

// weigh carries out an order that comes while there is no doubt: of a store that lacks
// nothing it is only told so.
func (a *App) weigh(ctx context.Context, o order) {
	j, err := a.recovery.Judge(ctx)
	if err != nil || j.Verdict == recovery.Normal {
		o.answer <- outcome{recovery.Result{Judgement: j}, err}
		return
	}
	a.doubt(j.Why)
	a.obey(ctx, o)
}
