package mailer

import (
	"context"
	"io"
	"time"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// Requests are read here; they change only through Workflow.
type Requests interface {
	// Load gives a request; NotFound.
	Load(ctx context.Context, id workflow.ID) (workflow.Request, error)
	// Find gives the requests with that locator; usually none or one.
	Find(ctx context.Context, locator string) ([]workflow.ID, error)
	// Applied reports whether an event with that operation id was committed.
	Applied(ctx context.Context, id workflow.ID, op string) (bool, error)
}

// Workflow applies events.
type Workflow interface {
	// Receive gives birth to a request, or lets it join the open one that asks for
	// the same already.
	Receive(ctx context.Context, r workflow.Request, op string) (workflow.Birth, error)
	// Step applies an event and gives the request as it stands afterwards.
	Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error)
}

// Journal remembers what became of each mail.
type Journal interface {
	// BeginMail counts an attempt before anything is parsed, and gives what is
	// known of the mail, with its outcome if it had one.
	BeginMail(ctx context.Context, m workflow.MailRecord, now time.Time) (workflow.MailRecord, error)
	// FinishMail writes down what became of it.
	FinishMail(ctx context.Context, m workflow.MailRecord) error
	// PutOff takes the attempt back: the mail waits for something that is no fault
	// of its own. It stays undecided.
	PutOff(ctx context.Context, m workflow.MailRecord) error
}

// Replays remember which mail first came with a proof, and what a mail joined.
type Replays interface {
	// First remembers owner for key if nobody is remembered; true if owner is the
	// one remembered.
	First(ctx context.Context, key, owner string, now time.Time) (bool, error)
	// Remembered gives the owner who is remembered, "" if nobody.
	Remembered(ctx context.Context, key string) (string, error)
}

// Registry names tenants, their customers and their admins as they are now.
type Registry interface {
	// Lookup gives the tenant whose customer has that address; NotFound.
	Lookup(ctx context.Context, customer workflow.Address) (workflow.Tenant, error)
	// Tenant gives a tenant by its id; NotFound.
	Tenant(ctx context.Context, id string) (workflow.Tenant, error)
}

// Limits count what happened in a window of time.
type Limits interface {
	// Allow counts one more under the key and reports whether it stays within limit.
	// A key may hold an address: it must be kept as a digest.
	Allow(ctx context.Context, key string, limit int, window time.Duration, now time.Time) (bool, error)
}

// Places bound what leaves. What finds no place waits for one, and is counted.
type Places interface {
	Limits
	// TakePlace counts op once in every window of the first road that has room in all of
	// them, and reports whether there was one; if not, it is counted nowhere. An op that
	// stands in any of the windows has its place.
	TakePlace(ctx context.Context, op string, roads [][]workflow.Window, now time.Time) (bool, error)
	// Waits says that a letter of the request waits for a place; it is repeated within
	// the hour, or the letter waits no more.
	Waits(ctx context.Context, tenant string, id workflow.ID, now time.Time) error
	// WaitsNoMore takes that back; it is no error when it did not wait.
	WaitsNoMore(ctx context.Context, tenant string, id workflow.ID) error
}

// Suppression is the list of addresses that get nothing for a while, because mail
// to them came back. A letter to one of them is put off, never sent elsewhere.
type Suppression interface {
	// Suppress puts an address on the list until then; why is a code for people,
	// without personal data.
	Suppress(ctx context.Context, a workflow.Address, why string, until, now time.Time) error
	// Suppressed reports whether the address is on the list, and why.
	Suppressed(ctx context.Context, a workflow.Address, now time.Time) (string, bool, error)
	// Unsuppress takes the address off; it is no error when it is not on it.
	Unsuppress(ctx context.Context, a workflow.Address) error
}

// Blobs keep rendered mails and packages, encrypted with the request's own key.
type Blobs interface {
	// Put stores all of r under the name, replacing what was there.
	Put(ctx context.Context, id workflow.ID, name string, r io.Reader) (int64, error)
	// Open gives the bytes back; NotFound.
	Open(ctx context.Context, id workflow.ID, name string) (io.ReadSeekCloser, int64, error)
	// Delete removes the blob; it is no error when there is none.
	Delete(ctx context.Context, id workflow.ID, name string) error
}

// Courier sends one mail to one recipient.
type Courier interface {
	// Send submits the mail; check runs immediately before the recipient is named.
	Send(ctx context.Context, e courier.Envelope, mail io.Reader, size int64,
		check func(context.Context) error) courier.Result
}

// Cooling says until when the registry's entry is too young to count: that of the
// admin, of the tenant's claim to the customer, or of what the tenant's
// sources read. Zero or past: it counts.
type Cooling func(
	ctx context.Context, t workflow.Tenant, a workflow.Admin, customer workflow.Address,
) (time.Time, error)
