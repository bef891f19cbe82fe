package app

import (
	"context"

	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// committing watches what is committed.
type committing struct {
	engine.Store
	app *App
}

// Commit is the store's.
func (s committing) Commit(ctx context.Context, c workflow.Change) error {
	if err := s.Store.Commit(ctx, c); err != nil {
		return s.app.outdated(ctx, err)
	}
	s.app.points.at("committed")
	if e := c.Entry.Event.Type; e == workflow.LetterSent || e == workflow.PackageSent {
		s.app.points.at("recorded")
	}
	return nil
}
