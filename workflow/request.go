package workflow

import "time"

// Schema is the version of the stored form of a Request.
const Schema = 1

// Request is a data subject request as far as it has come. A field added later is
// left out while it is zero, for births are hashed into histories, and its zero
// value means what was before it.
type Request struct {
	Schema     int
	ID         ID
	KeyVersion int   // of the key that derived ID
	Version    int64 // counts commits; the compare-and-set is on it
	State      State
	Reason     Reason `json:",omitempty"`

	Rights    []Right
	Language  string // ISO 639-1, "" if unsure
	TenantID  string `json:",omitempty"`
	Customer  Address
	Requester Requester

	ReceivedAt time.Time // arrival in the mailbox: the legal clock starts
	Deadline   time.Time // legal end
	Mail       MailRef   // what started it

	Joined      []Joining `json:",omitempty"` // later mails that asked for the same
	JoinedCount int       `json:",omitempty"` // all of them, those not kept too
	// Proven is the best proven of those who joined, where better than Requester's.
	Proven *Requester `json:",omitempty"`

	Challenge *Challenge `json:",omitempty"` // live code; nil when there is none
	Codes     int        // codes issued so far, of all rounds
	Thread    string     `json:",omitempty"` // Message-ID of the first confirmation
	AskedAt   time.Time  // when the first confirmation of this round left
	Reminded  int        // reminders ordered in this round
	Questions int        // clarifications ordered in this round
	Escalated int        `json:",omitempty"` // rounds with the second contact so far
	CodeAsked bool       // one of them was about an answer without the code
	Told      []Reason   `json:",omitempty"` // why answers were held, as far as the admin was told
	// WrongCodes are when the latest of them came, in answers proven to be the admin's.
	WrongCodes []time.Time `json:",omitempty"`
	Ack        *Ack        `json:",omitempty"` // what releases the data
	Package    *Package    `json:",omitempty"`
	Alarms     int         // deadline warnings given
	MissedAt   time.Time   // when the legal deadline was last reported missed; zero before
	StuckFrom  State       `json:",omitempty"` // where retry returns to
	OnHold     bool        `json:",omitempty"` // an operator stopped all but alarms and answers
	Assigned   bool        `json:",omitempty"` // an operator named customer and tenant
	EndedAt    time.Time   // when it became terminal; zero before
	Purged     bool        // personal data is gone, the proof stays

	Policy Policy
	WakeAt time.Time // our timer; zero only when nothing is left to do

	Salt        string // keys the commitments to private parts of the history
	HistoryHead string // hash of the latest history entry
	Ordered     int    // effects ordered so far: numbers them
	// AfterPackage of them came after the newest order to send the package, while it
	// was being delivered.
	AfterPackage int `json:",omitempty"`
}

// Requester is who wrote; may be a stranger.
type Requester struct {
	Address  Address
	Verified bool // an aligned DKIM signature says so
}

// MailRef points to a mail in the mailbox without keeping it.
type MailRef struct {
	Digest    string // sha256 of the raw bytes, hex
	MessageID string
	TextSum   string // digest of the squashed text: tells a redelivery from another text
}

// Challenge is the code that the admin was asked to answer with.
type Challenge struct {
	Admin     Address
	CodeHash  string // keyed hash; the code itself stands in one mail only
	Effect    EffectID
	Number    int // counts the codes of this request; the newest lives
	MessageID string
	Epoch     int64 // of the store's generation: a recovery kills all codes
	IssuedAt  time.Time
	Ends      time.Time
}

// Ack is the admin's acknowledgement, the only thing that releases data.
type Ack struct {
	Admin  Address
	Role   Role
	Digest string // of the mail
	At     time.Time
	Number int // of the code it carried
}

// Package is what was compiled, and where its bytes are.
type Package struct {
	Blob       string
	File       string // name of the attachment
	Passphrase string `json:",omitempty"` // name of the blob that holds it, if there is one
	SHA256     string
	Size       int64
	BuiltAt    time.Time
	Encryption Encryption
	Incomplete bool         // a source failed and the manifest says so
	Sources    []SourceLine `json:",omitempty"` // what the delivery letter tells
	LeftOut    []LeftOut    `json:",omitempty"`
	SentBy     EffectID     `json:",omitempty"` // the mail that carried it; a bounce names it
	Removed    bool         // retention took the bytes
}

// SourceLine is what became of one set of one source.
type SourceLine struct {
	Name     string   // "defender/alerts"
	Category Category // what people call it by
	Status   string   // found | none | failed | not_searched
	Count    int
	Note     string `json:",omitempty"`
}

// LeftOut is a category that was not searched, and why.
type LeftOut struct {
	Category Category
	Reason   string
}

// Unasked reports whether the admin is to be asked, for the first time or anew, and no code is
// out: the letter waits for its turn, or who joined, better proven, ended the code that was.
func (r Request) Unasked() bool { return r.State == AwaitingConfirmation && r.Challenge == nil }

// Closed is a short word for people: open requests need somebody.
func (r Request) Closed() bool { return r.State.Terminal() }
