package workflow

import (
	"fmt"
	"strings"
	"time"
)

// EffectID names an effect: the request's id and a number that never repeats.
type EffectID string

// EffectType is something to be done outside. The strings are stored.
type EffectType string

// Who carries them out: the mailer all Send... and KeepCopy, the export Compile, the
// keeper the Removes. SendEscalation goes to the tenant's second contact: it carries no
// code and no data, and no answer to it decides anything.
const (
	SendConfirmation EffectType = "send_confirmation"
	SendReminder     EffectType = "send_reminder"
	SendEscalation   EffectType = "send_escalation"
	SendQuestion     EffectType = "send_question"
	SendWhich        EffectType = "send_which"
	SendHeld         EffectType = "send_held" // a word about an answer that was held
	SendDeclined     EffectType = "send_declined"
	SendRefusal      EffectType = "send_refusal"
	SendReceipt      EffectType = "send_receipt"
	SendPackage      EffectType = "send_package"
	SendPassphrase   EffectType = "send_passphrase"
	Compile          EffectType = "compile"
	RemovePackage    EffectType = "remove_package"
	RemovePersonal   EffectType = "remove_personal"
	// KeepCopy puts what proves a sent letter into the mailbox of what was sent.
	KeepCopy EffectType = "keep_copy"
)

// Effect is ordered by a commit and carried out at least once.
type Effect struct {
	ID      EffectID
	Request ID
	Type    EffectType
	Reason  Reason `json:",omitempty"`
	Number  int    `json:",omitempty"` // of the reminder, question, round or joining
	Blob    string `json:",omitempty"` // RemovePackage: whose bytes
	// Of is, for KeepCopy, the effect whose letter is kept.
	Of        EffectID `json:",omitempty"`
	OrderedAt time.Time
}

func effectID(id ID, n int) EffectID { return EffectID(fmt.Sprintf("%s.%d", id, n)) }

// standsIn says in which state an effect still makes sense. Those not named
// stand in every state.
var standsIn = map[EffectType]State{
	SendConfirmation: AwaitingConfirmation,
	SendReminder:     AwaitingConfirmation,
	SendEscalation:   AwaitingConfirmation,
	SendQuestion:     AwaitingConfirmation,
	Compile:          Compiling,
	SendPackage:      Delivering,
}

// Stands reports whether the effect is still wanted: a reminder ordered before
// the admin answered is dropped, not sent. Of orders to send a package only the
// newest stands: an older one may have been made for another admin. A word to the
// second contact stands in its own round alone.
func (e Effect) Stands(r Request) bool {
	if e.Type == SendEscalation && e.Number != r.Escalated {
		return false // the admin was asked from the beginning since
	}
	if e.Type == SendPackage && e.ID != effectID(r.ID, r.Ordered-r.AfterPackage) {
		return false
	}
	if e.Type == SendHeld {
		return toldIn(r, e.Reason)
	}
	want, bound := standsIn[e.Type]
	return !bound || r.State == want
}

// Waits reports whether the effect is wanted but must wait: its request is on hold.
// What is due for removal never waits, nor does what strangers get: they must not be
// able to tell that there is a request.
func (e Effect) Waits(r Request) bool {
	return r.OnHold && !e.Type.Housekeeping() && e.Type != SendReceipt && e.Type != SendWhich
}

// releases reports whether carrying out the effect touches a customer's data.
func (t EffectType) releases() bool {
	return t == Compile || t == SendPackage || t == SendPassphrase
}

// Letter reports whether the effect sends a mail to somebody.
func (t EffectType) Letter() bool { return strings.HasPrefix(string(t), "send_") }

// Essential reports whether the request cannot go on without the letter: when it
// fails, a person must act. The loss of another letter is only noted.
func (t EffectType) Essential() bool {
	switch t {
	case SendConfirmation, SendReminder, SendQuestion, SendPackage, SendPassphrase:
		return true
	}
	return false
}

// Housekeeping reports whether the effect only removes what is due for removal, or keeps a
// copy of what has left: nothing makes it wait, and it is tried until it succeeds.
func (t EffectType) Housekeeping() bool {
	return t == RemovePackage || t == RemovePersonal || t == KeepCopy
}

// Task is an effect or a timer that fell due and was claimed by one worker.
type Task struct {
	Request  ID
	Effect   *Effect // nil: the request's timer
	DueAt    time.Time
	Attempts int    // before this one that ended
	Note     string // left by the last attempt
	Claim    int64  // fencing number of this claim
	// Lapsed counts the claims that nobody gave back: their workers died, or lost the store.
	Lapsed int
	// Perhaps counts the lapsed claims under which a mail may have left.
	Perhaps int
}

// Outcome is what carrying out an effect led to: exactly one of Event (commit
// it and finish the effect) or Retry (try again then) is set.
type Outcome struct {
	Event Event
	Retry time.Time
	Note  string // for the next attempt and for people: a code, no personal data
	// Uncounted, with Retry, takes the attempt back: it was not the effect's fault.
	Uncounted bool
	// Left, with Event: it has happened outside and cannot be taken back, so the event is
	// committed however long the store is away.
	Left bool
}
