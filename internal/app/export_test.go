package app

import "context"

// Hold is a lease as passes and mailboxes take it.
func (a *App) Hold(ctx context.Context, name string) (context.Context, func(), error) {
	return a.lease(ctx, name)
}

// Doubt is what an answer of Redis can raise at any time.
func (a *App) Doubt(why string) { a.doubt(why) }
