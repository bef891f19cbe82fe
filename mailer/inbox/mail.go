package inbox

import (
	"context"
	"time"
)

// Mail is one mail as it lies in a folder.
type Mail struct {
	Mailbox     string // Config.Name
	Folder      string
	UIDValidity uint32
	UID         uint32
	// Arrived is the INTERNALDATE; zero when the server could not tell, then the top Received
	// line or the time of fetching must serve.
	Arrived time.Time
	// Size is the RFC822.SIZE, or what was read when the server gave none.
	Size int64
	// Raw are the bytes as fetched; of an oversize mail the header alone, 256 KiB at most.
	Raw      []byte
	Oversize bool
	Junk     bool // it lay in Config.Junk
	// Missing is why the server, asked three times, hands over no body; then there is no Raw.
	// Whoever takes it should answer Quarantine: a copy is not made.
	Missing error
}

// Disposition is what a handler wants done with a mail it has taken.
type Disposition int

// The dispositions. All but Ignore survive a restart.
const (
	// Leave changes nothing: the mail comes again with the next scan.
	Leave Disposition = iota
	// Done marks the mail and, as configured, moves it to Processed.
	Done
	// Quarantine copies the mail to Quarantine and marks it; it does not come again.
	Quarantine
	// Ignore changes nothing, and the mail does not come again while this process runs.
	Ignore
)

// Handler takes one mail. It must have made durable whatever it wants remembered before it returns
// nil, and must recognise a mail that it took before: crashes and renumbered folders hand mails out
// again. After an error or a panic the mail stays as it is and comes again. An error that is
// ErrOurs says that no other mail would fare better: none is handed out after it.
type Handler func(ctx context.Context, m Mail) (Disposition, error)

// Cursor is where reading of one folder begins.
type Cursor struct {
	Known       bool   // false before the first start
	UIDValidity uint32 // the numbering that Baseline belongs to
	// Baseline is the first UID that is ours: what lies below was there before the first start.
	Baseline uint32
	// Since is the first start, by our clock.
	Since time.Time
	// Renumbered says that UIDVALIDITY has changed since the first start. What lies below
	// Baseline then is ours as well, unless it arrived before Since.
	Renumbered bool
}

// Memory keeps cursors. The mailbox is "name/folder".
type Memory interface {
	// Cursor returns the saved cursor, or one that is not Known.
	Cursor(ctx context.Context, mailbox string) (Cursor, error)
	// SaveCursor keeps a cursor durably.
	SaveCursor(ctx context.Context, mailbox string, c Cursor) error
}

// Failure is one mail that a scan could not bring to its handler, or that the handler refused.
type Failure struct {
	Folder string
	UID    uint32
	Err    error
}

// Report is the outcome of a scan.
type Report struct {
	Started time.Time
	// Complete is true when every folder was searched and every mail in them that is ours was
	// taken by the handler: no answer that arrived before Started lies unread.
	Complete    bool
	Seen        int // mails that are ours and are not done
	Handled     int // Done
	Left        int // Leave and Ignore
	Quarantined int
	Failed      int
	PendingOld  int       // mails from before the first start, untouched
	Renumbered  bool      // UIDVALIDITY is another than before, or UIDNEXT fell: all was looked at again
	Failures    []Failure // one for each that failed
	Quota       Quota     // how full the account is, as of the last hour
}
