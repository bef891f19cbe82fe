package engine

import (
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

const noteClock = "clock" // this machine's clock does not go as the others do

// timer applies what the fallen timer means. Whatever happens, a timer that is
// still wanted comes due again: the commit sets it anew, or Retry does.
func (w *Worker) timer(h *held, r workflow.Request) error {
	event, due := workflow.Next(r, w.now())
	if !due {
		if r.WakeAt.IsZero() {
			return w.Due.Done(h.write, h.task())
		}
		return w.Due.Retry(h.write, h.task(), r.WakeAt, "")
	}
	if !w.trusted() {
		// A warning too early harms nobody, one that never comes does.
		if event, due = workflow.NextAlarm(r, w.now()); !due {
			return w.Due.Wait(h.write, h.task(), w.now().Add(w.waits().Failed), noteClock)
		}
	}
	if event.OvertakesMail() && w.Scans.CompleteSince().Before(r.WakeAt) {
		return w.Due.Retry(h.write, h.task(), w.now().Add(w.waits().Scan), "waits for a scan")
	}
	op := fmt.Sprintf("timer:%s:%d", event, r.Version)
	_, err := w.Engine.Step(h.begin, r.ID, workflow.Event{Type: event, Op: op, Actor: "daemon"})
	if err == nil {
		return nil
	}
	if h.lost() != nil || h.begin.Err() != nil || away(err) {
		return w.hindered(h, err)
	}
	return errors.Join(err, w.Due.Retry(h.write, h.task(), w.now().Add(w.waits().Scan), "failed"))
}
