package recovery

import (
	"context"
	"errors"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// A Store is what is recovered.
type Store interface {
	Lives
	Records
}

// Lives are those of a store: one follows the other, with a recovery between them.
type Lives interface {
	// Standing tells how far it has come. It changes nothing.
	Standing(ctx context.Context) (Standing, error)
	// Begin begins a life, or goes on with the one that was begun under that epoch: from
	// here on nobody else commits, and nobody claims anything. The ancestor is a generation
	// whose content is taken over, "" for none.
	Begin(ctx context.Context, epoch int64, ancestor string) (Standing, error)
	// End lets everybody work again. It is no error when the recovery of that epoch ended.
	End(ctx context.Context, epoch int64) error
}

// Records are what a store holds.
type Records interface {
	// List gives one page of requests, and where the next begins; "" on the last.
	List(ctx context.Context, q store.Query) ([]workflow.Request, string, error)
	// Load gives a request; NotFound.
	Load(ctx context.Context, id workflow.ID) (workflow.Request, error)
	// Mail gives the record of a mail by its digest; NotFound.
	Mail(ctx context.Context, digest string) (workflow.MailRecord, error)
	// Tasks gives the effects of a request that still wait.
	Tasks(ctx context.Context, id workflow.ID) ([]workflow.Task, error)
}

// A Box is one mailbox, as mailer/inbox reads it.
type Box interface {
	// Replay hands out every mail of one of our folders, and changes nothing.
	Replay(ctx context.Context, from inbox.Folder, each func(context.Context, inbox.Mail) error) (
		inbox.Report, error)
	// ReplayDone hands out every mail that is marked as done where it arrived.
	ReplayDone(ctx context.Context, each func(context.Context, inbox.Mail) error) (inbox.Report, error)
	// Above hands out what lies in one of our folders from that UID on, and gives the UID
	// that the next mail there will have.
	Above(
		ctx context.Context, in inbox.Folder, uid uint32, each func(context.Context, inbox.Mail) error,
	) (next uint32, err error)
	// ReadMarker gives the newest marker that is ours, and whether there is one.
	ReadMarker(ctx context.Context) (inbox.Marker, bool, error)
	// WriteMarker replaces the marker.
	WriteMarker(ctx context.Context, m inbox.Marker) error
}

// A Desk makes of mails that were treated once what can be made of them again: births,
// joinings, withdrawals, and the return of what had ended a request. It takes no answer and
// orders no letter to a requester.
type Desk interface {
	// Recover treats a mail. last: all others were shown before, and what ended has ended.
	Recover(ctx context.Context, m inbox.Mail, last bool) (Rebuilt, error)
}

// Rebuilt is what the desk made of a mail.
type Rebuilt struct {
	Outcome   workflow.Outcomes // "" when it is to be shown once more, as the last
	Requests  []workflow.ID     // those that the mail is about
	Withdraws bool              // it takes one of them back
	Known     bool              // the store knew what became of it; nothing was done
}

// Workflow applies events.
type Workflow interface {
	// Step applies an event and gives the request as it stands afterwards. The same Op twice
	// is one event.
	Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error)
}

// Copy is what a copy in Sent, with our seal, says of a letter.
type Copy struct {
	Request workflow.ID
	Effect  workflow.EffectID
	Type    workflow.EffectType
	Epoch   int64     // of the life in which it was sent
	At      time.Time // when it left
	Package *workflow.Package
	Ack     *workflow.Ack
}

// What Recovery.Copies says of mails in Sent that prove nothing.
var (
	// ErrForged: it says that it is a copy, and our seal is not on it.
	ErrForged = errors.New("a copy without our seal")
	// ErrNotACopy: somebody put another mail there.
	ErrNotACopy = errors.New("not a copy of what was sent")
)
