package workflow

import "time"

// MailRecord is what dsrd remembers of a mail that it saw: never the mail itself.
type MailRecord struct {
	Digest    string // sha256 of the raw bytes, hex
	Mailbox   string
	UID       string // "validity/uid", only a hint for people
	FirstSeen time.Time
	Arrived   time.Time
	Attempts  int // begun so far, this one included
	Class     string
	Outcome   Outcomes // "" while nothing is decided
	Rule      string   // that held it, or the reason of the outcome
	Requests  []ID
	Folder    string `json:",omitempty"` // mailbox folder that it lies in
	Size      int64  `json:",omitempty"` // bytes
	By        string `json:",omitempty"` // operator who had it replayed or ignored
	Replays   int    `json:",omitempty"` // how often an operator had it replayed
}

// Outcomes is the one visible end of a mail. The strings are stored.
type Outcomes string

// The ends a mail can come to.
const (
	MailStarted     Outcomes = "started"     // it became one request or several
	MailRepeated    Outcomes = "repeated"    // the requests it asks for exist already
	MailAnswered    Outcomes = "answered"    // it decided a request
	MailAskedBack   Outcomes = "asked_back"  // it was unclear
	MailHeld        Outcomes = "held"        // it failed a rule; Rule says which
	MailNoted       Outcomes = "noted"       // automatic, bounce, list, report: written down
	MailOwn         Outcomes = "own"         // ours, come back
	MailQuarantined Outcomes = "quarantined" // could not be read in three attempts, or too large
	MailIgnored     Outcomes = "ignored"     // an operator said that nothing is to come of it
)
