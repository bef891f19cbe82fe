package engine

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

func (w *Worker) carry(h *held) (err error) {
	defer func() {
		if p := recover(); p != nil { // one bad task must not take the others with it
			err = w.failed(h, fmt.Errorf("panic: %v", p))
		}
	}()
	if h.begin.Err() != nil {
		return w.hindered(h, nil)
	}
	r, err := w.Engine.Store.Load(h.begin, h.Request)
	if err != nil {
		return w.unread(h, fmt.Errorf("load request %s for its task: %w", h.Request, err))
	}
	if h.Effect == nil {
		return w.timer(h, r)
	}
	return w.effect(h, r)
}

func (w *Worker) effect(h *held, r workflow.Request) error {
	if !h.Effect.Stands(r) {
		dropped := workflow.Event{Type: workflow.EffectDropped, Note: "no longer wanted"}
		return w.finish(h, workflow.Outcome{Event: dropped})
	}
	if h.Lapsed >= maxLapses && !h.Effect.Type.Housekeeping() {
		return w.giveUp(h, fmt.Errorf("its workers died %d times", h.Lapsed))
	}
	if why, err := w.mustWait(h.begin, r, *h.Effect); why != "" {
		return errors.Join(err, w.wait(h, why))
	}
	carrier, ok := w.Carriers[h.Effect.Type]
	if !ok {
		return w.failed(h, fmt.Errorf("nobody carries out %s", h.Effect.Type))
	}
	out, err := carrier.Carry(holding(h.outside(), h.Task), r, h.Task)
	// What has happened outside is written down even while we are told to stop: a
	// mail that has left would leave again. The claim's number guards the commit.
	switch {
	case err != nil:
		return w.hindered(h, err)
	case !out.Retry.IsZero() && out.Uncounted:
		return w.Due.Wait(h.write, h.task(), out.Retry, cmp.Or(out.Note, h.Note))
	case !out.Retry.IsZero():
		return w.Due.Retry(h.write, h.task(), out.Retry, out.Note)
	}
	return w.finish(h, out)
}

// finish commits the event that ends the effect. An event that the law refuses
// in the request's present state ends the effect all the same: the state moved
// on while it was carried out.
func (w *Worker) finish(h *held, out workflow.Outcome) error {
	e := ending(h.Effect, w.admitting(h, out))
	err := w.record(h, e, out.Left)
	if out.Left && e.Type == workflow.PackageSent && errors.Is(err, workflow.Refused) {
		// Nobody waited for it any more, or for a newer one, but it has left, and the history
		// must say so.
		err = w.record(h, ending(h.Effect, letterSent(e)), true)
	}
	if errors.Is(err, workflow.Refused) {
		err = w.Due.Done(h.write, h.task())
	}
	if tidier, ok := w.Carriers[h.Effect.Type].(Tidier); ok && err == nil {
		return tidier.Tidy(h.write, h.Task)
	}
	return err
}

// ending is the event as it ends the effect.
func ending(of *workflow.Effect, e workflow.Event) workflow.Event {
	e.Effect, e.Actor = of.ID, "daemon"
	if e.Order == "" {
		e.Order = of.Type
	}
	e.Op = fmt.Sprintf("%s:%s", of.ID, e.Type)
	return e
}

// admitting says of a letter that is dropped, or is given to a person, that it may have left
// before: its answer can be here before the end of its sending is, and then no copy of it is
// wanted any more; and whoever sends it again must know.
func (w *Worker) admitting(h *held, out workflow.Outcome) workflow.Event {
	e := out.Event
	ends := e.Type == workflow.EffectDropped || e.Type == workflow.LetterFailed
	if out.Left || !ends || !h.Effect.Type.Letter() {
		return e
	}
	e.Copies = h.Perhaps + w.doubts(h)
	_, kept := w.Carriers[workflow.KeepCopy]
	e.Keep = kept && e.Copies > 0
	return e
}

// doubts counts the attempts at a letter whose end the carrier never learnt.
func (w *Worker) doubts(h *held) int {
	if doubter, ok := w.Carriers[h.Effect.Type].(Doubter); ok {
		return doubter.MayHaveLeft(h.Task)
	}
	return 0
}

func letterSent(e workflow.Event) workflow.Event {
	e.Type = workflow.LetterSent
	return e
}
