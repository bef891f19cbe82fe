package admin

import (
	"context"

	"github.com/dsrd/dsrd/workflow"
)

// Queue is what operators may look at: it only reads.
type Queue interface {
	Lists
	Requests
}

// Lists find requests.
type Lists interface {
	// List gives requests in the given states (all if none), the most urgent
	// first, from after that cursor; the string continues, "" at the end.
	List(ctx context.Context, states []workflow.State, limit int, after string) ([]workflow.Request, string, error)
	// Count gives the number of requests in each state.
	Count(ctx context.Context) (map[workflow.State]int64, error)
	// Match gives the one request that a person means by the beginning of its id or
	// locator, or by its tag; NotFound, or Refused when there are several.
	Match(ctx context.Context, typed string) (workflow.ID, error)
}

// Requests tell everything about one.
type Requests interface {
	// Load gives a request; NotFound.
	Load(ctx context.Context, id workflow.ID) (workflow.Request, error)
	// History gives all committed changes, oldest first.
	History(ctx context.Context, id workflow.ID) ([]workflow.Entry, error)
	// Applied reports whether an event with that operation id is in the history.
	Applied(ctx context.Context, id workflow.ID, op string) (bool, error)
	// Tasks gives the effects that still wait.
	Tasks(ctx context.Context, id workflow.ID) ([]workflow.Task, error)
}

// Events posts what an operator wants to happen.
type Events interface {
	// Step applies an event; Refused when the workflow has no row for it.
	Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error)
}
