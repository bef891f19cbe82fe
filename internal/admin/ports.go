package admin

import (
	"context"
	"time"

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

// Mails are what became of each mail, and what an operator may say about one. The
// store never has the mail itself.
type Mails interface {
	// Mails gives records with those outcomes (all if none; "" is the outcome of those
	// under way), the newest first, from after that cursor; the string continues.
	Mails(ctx context.Context, outcomes []workflow.Outcomes, limit int, after string) (
		[]workflow.MailRecord, string, error)
	// Mail gives the one whose digest begins so; NotFound, or Refused when there are
	// several.
	Mail(ctx context.Context, typed string) (workflow.MailRecord, error)
	// Replay lets the mail be judged again, as if it had just come in.
	Replay(ctx context.Context, digest, by string) error
	// Ignore decides that nothing is to come of the mail.
	Ignore(ctx context.Context, digest, by string) error
}

// Gate stops and starts what the daemon does by itself. Deadlines go on.
type Gate interface {
	// Pause lasts so long, or until Resume when that is zero.
	Pause(ctx context.Context, by, why string, lasts time.Duration) error
	// Resume ends a pause; it is no error when there is none.
	Resume(ctx context.Context) error
	// Paused gives the pause that lasts now, nil when there is none.
	Paused(ctx context.Context) (*Pausing, error)
}

// Pausing is who paused the daemon, and why. The field names are part of the
// interface: add, never rename.
type Pausing struct {
	By    string    `json:"by"`
	Why   string    `json:"why,omitempty"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // zero: until somebody resumes
}

// Assigner knows tenants.
type Assigner interface {
	// Assignment is what an operator's word means: the tenant of that name or, when it
	// has none, the one that has this customer; Refused when that is nobody, or another.
	Assignment(ctx context.Context, customer workflow.Address, tenant string) (*workflow.Assignment, error)
}
