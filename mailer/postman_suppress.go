package mailer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// noteSuppressed tells a person why a letter was not even tried.
const noteSuppressed = "mail to this address came back lately: not tried; " +
	"retry or resend tries it again"

// suppressedFor is how long an address that mail came back from gets none: a person
// looks meanwhile, and the next letter after it finds out whether it is still dead.
const suppressedFor = 24 * time.Hour

// sinceWord stands between the reason and the moment in what the list tells.
const sinceWord = " since "

// suppressionNote is what the list tells of an address: why, and since when.
func suppressionNote(why string, now time.Time) string {
	return why + sinceWord + now.UTC().Format(time.RFC3339Nano)
}

// suppressedSince reads the moment out of what suppressionNote made.
func suppressedSince(note string) (time.Time, bool) {
	_, moment, ok := strings.Cut(note, sinceWord)
	if !ok {
		return time.Time{}, false
	}
	since, err := time.Parse(time.RFC3339Nano, moment)
	return since, err == nil
}

// suppressed reports whether the address gets nothing for now. What an operator has
// ordered for this request since the address was put on the list takes it off: a
// person says that it is to be tried again.
func (p *Postman) suppressed(
	ctx context.Context, id workflow.ID, a workflow.Address,
) (bool, error) {
	if p.Suppression == nil {
		return false, nil
	}
	note, on, err := p.Suppression.Suppressed(ctx, a, p.Now())
	if err != nil {
		return false, fmt.Errorf("look whether a recipient of %s is suppressed: %w", id, err)
	}
	if !on {
		return false, nil
	}
	since, known := suppressedSince(note)
	if !known { // an entry by hand goes by hand
		return true, nil
	}
	anew, err := p.orderedAfter(ctx, id, since)
	if err != nil || !anew {
		return true, err
	}
	if err := p.Suppression.Unsuppress(ctx, a); err != nil {
		return true, fmt.Errorf("take a recipient of %s off the list: %w", id, err)
	}
	return false, nil
}

// orderedAfter reports whether an operator told the request to go on after that moment.
func (p *Postman) orderedAfter(ctx context.Context, id workflow.ID, since time.Time) (bool, error) {
	entries, err := p.Requests.History(ctx, id)
	if err != nil {
		return false, fmt.Errorf("read the history of %s: %w", id, err)
	}
	for i := len(entries) - 1; i >= 0 && entries[i].At.After(since); i-- {
		switch entries[i].Event.Type {
		case workflow.AskAgain, workflow.CompileAgain, workflow.DeliverAgain,
			workflow.HandOverAgain, workflow.Assigned:
			return true, nil
		}
	}
	return false, nil
}
