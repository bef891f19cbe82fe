package reader

import (
	"time"

	"github.com/dsrd/dsrd/mailer/reader/bounce"
)

// A Class says who or what wrote a mail. It gates everything: only Human may ask or confirm.
type Class string

// The classes. Several may fit a mail; which of them is asked for first is told in classify.
const (
	Own    Class = "own"    // we sent it
	Bounce Class = "bounce" // a mail server says that a mail was not, or not yet, delivered
	Report Class = "report" // DMARC, TLS and abuse reports, receipts, successful deliveries
	Auto   Class = "auto"   // a program answered or generated it
	List   Class = "list"   // it went to many
	Human  Class = "human"  // none of these
)

// A Decision is what an administrator's answer says.
type Decision string

// The decisions. Anything but Confirm releases nothing.
const (
	Confirm Decision = "confirm"
	Reject  Decision = "reject"
	Unclear Decision = "unclear"
	None    Decision = "none"
)

// Mail is what one mail says, as facts. All text is valid UTF-8 in NFC without NUL, other
// control characters and bidirectional overrides. Addresses and ids bear no angle brackets.
type Mail struct {
	Err string // why nothing could be read; "" when the mail was read

	Class   Class
	Reasons []string // what made it that class, for people

	From       string   // of the first From, best effort: for showing, never for identity
	To         []string // addresses of To
	Recipients []string // every address the mail may have been sent to, with delivery headers

	SubjectLine string
	MessageID   string
	InReplyTo   []string
	References  []string
	// MicrosoftOriginalID is the id that our mail had before Exchange Online replaced it.
	MicrosoftOriginalID string
	Date                time.Time // zero when absent or unreadable

	Text  string // all readable text
	Reply string // what the person newly wrote

	Decision       Decision // of class Human only; None for all others
	DecisionReason string   // the rule that decided

	Request Request // of class Human only
	Bounce  bounce.Notice

	Attachments []Attachment
	Defects     []string // everything odd, in kebab-case

	DuplicateHeaders []string // fields that RFC 5322 3.6 allows once and that occur more often
	HeaderRepaired   bool     // the header block needed repair: must never confirm
	Guessed          bool     // how it is cut into parts had to be guessed: must decide nothing
	OverLimit        bool     // a limit was met: to be put aside for a person
	Truncated        bool     // some of the text is missing
	Unreadable       string   // why a person's text cannot be read: "encrypted", "tnef", or ""
	SuppressAnswers  bool     // the sender asks for no automatic answer; says nothing of its class
}

// Request is what a mail asks for, read from its new text alone.
type Request struct {
	Kinds     []string
	Customers []string
	Subjects  []string
	Language  string
}

// An Attachment is a part that is not shown as text. Its content is not kept.
type Attachment struct {
	Name   string
	Type   string
	Size   int64  // in bytes, decoded
	SHA256 string // of the decoded bytes, in hexadecimal
}
