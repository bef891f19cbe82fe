package oracle

import (
	"encoding/json"
	"time"
)

// Asked is a mail that asked for somebody's data, and what the world knows of it.
type Asked struct {
	Customer  string   // whose data; as the mail names them
	Requester string   // who wrote
	Admin     string   // who alone may get data; "" when nobody is responsible
	Before    []string // admins of before: may have had a code, which is dead, never data
	Told      []string // who else may hear of it, without data and without a code
	Answer    Answer   // what the admin said last
	At        time.Time

	// Answered is when the admin began to say it first: no data may have left before. Zero:
	// nobody has looked at a clock.
	Answered time.Time

	// Ends are the states in which the request may be when all is quiet. Empty: those that
	// follow from the admin and the answer.
	Ends []string
}

// Answer is what an admin said.
type Answer string

// The answers. None is the zero value.
const (
	None      Answer = ""
	Confirmed Answer = "confirmed"
	Rejected  Answer = "rejected"
)

// ends are the states in which it may be when all is quiet.
func (a Asked) ends() []string {
	switch {
	case len(a.Ends) > 0:
		return a.Ends
	case a.Admin == "":
		return []string{"needs_review"}
	case a.Answer == Confirmed:
		return []string{"completed"}
	case a.Answer == Rejected:
		return []string{"declined"}
	}
	return []string{"awaiting_confirmation"}
}

// Mail is one that somebody has got.
type Mail struct {
	Owner string // of the mailbox
	Raw   []byte
}

// Evidence is all that a judgment rests on.
type Evidence struct {
	Asked    []Asked
	Received []Received // dialogues of a Receiver, where it was the relay; nil otherwise
	Mailbox  []Mail     // of everybody who could have got something
	Inbox    []Mail     // what still lies where the desk reads, and should have been moved
	Kept     []Mail     // what the desk has read and moved; nil: nobody has looked
	Sent     []Mail     // copies of what was sent
	// Addressed is everybody for whom a relay has got something of the desk's, whether or not
	// anybody looks into his mailbox.
	Addressed []string
	Requests  []json.RawMessage
	// Entries are the history lists, as they are stored, by the id of the request.
	Entries map[string][]string
	// Table is the golden table: "from event -> to effects" or "from event refused" in a line.
	Table []byte
}

// request is what `dsrd show --json` tells, as far as it is held against the world.
type request struct {
	ID, Tag, State, Customer string
	History                  []struct{ Event, To, Hash string }
	Waiting                  []struct{ Effect, Note string }
}

func readRequest(raw json.RawMessage) (r request, err error) {
	err = json.Unmarshal(raw, &r)
	return r, err
}

// Allowed is what a judgment forgives.
type Allowed struct {
	Forgotten  int  // letters that left, and that a Redis which lost its last writes forgot
	Duplicates int  // mails that are there once more than they had to be
	Unnoticed  bool // duplicates that no history knows of
	Stuck      bool // requests that have not come to their end
}

// Verdict counts what was found. All but Duplicates must be 0.
type Verdict struct {
	Asked, Mails int // what was looked at
	Lost         int // a mail without a request, or an end without the mail that makes it one
	Stuck        int // a request that has not come to its end
	Wrong        int // a state, a move, a recipient or a history that must not be
	Forgotten    int // letters that are there, and the history does not know of them
	Duplicates   int // mails that are there more than once, and how often
	Unnoticed    int // of those: more than the histories admit
	Unlike       int // copies that are not the same, byte for byte
	Why          []string
	Doubled      []Doubled
}

// Doubled is a mail that left more than once.
type Doubled struct {
	Tag, MessageID string
	At             []time.Time // of each handing over, as servers stamped it: to the second; oldest first
	Admitted       bool        // the history knows of it
}

// Holds says whether nothing was found that is not allowed.
func (v Verdict) Holds(a Allowed) bool {
	return v.Lost == 0 && v.Wrong == 0 && v.Unlike == 0 && (v.Stuck == 0 || a.Stuck) &&
		(v.Unnoticed == 0 || a.Unnoticed) && v.Duplicates <= a.Duplicates && v.Forgotten <= a.Forgotten
}
