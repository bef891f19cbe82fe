package engine

import (
	"context"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// Why a wanted effect may not be carried out yet, as a person reads it in its note.
const (
	noteOnHold = "on hold"
	notePaused = "paused"
)

// mustWait tells why the effect may not be carried out yet, "" if it may: its request
// is on hold, or everything is paused. A pause that cannot be asked about is one.
func (w *Worker) mustWait(ctx context.Context, r workflow.Request, e workflow.Effect) (string, error) {
	if e.Waits(r) {
		return noteOnHold, nil
	}
	if w.Gate == nil || e.Type.Housekeeping() {
		return "", nil
	}
	paused, err := w.Gate.Paused(ctx)
	if err != nil {
		return notePaused, fmt.Errorf("ask whether all is paused: %w", err)
	}
	if paused {
		return notePaused, nil
	}
	return "", nil
}

// wait gives the task back uncounted. What the last attempt noted stays: it may say
// that a mail has perhaps arrived.
func (w *Worker) wait(h *held, why string) error {
	note := h.Note
	if note == "" || note == noteOnHold || note == notePaused {
		note = why
	}
	return w.Due.Wait(h.write, h.task(), w.now().Add(w.waits().Pause), note)
}
