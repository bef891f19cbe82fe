package workflow

import "time"

// EventType is something that happened. The strings are stored.
type EventType string

// Events, by who causes them.
const (
	// Received: a mail asked for something; the birth of a request.
	Received EventType = "received"
	// Joined: a later mail asked for what an open request asks for already.
	Joined EventType = "joined"

	// CodeIssued: the mailer rendered a confirmation or reminder with a new code.
	CodeIssued EventType = "code_issued"
	// LetterSent: the relay accepted one of our letters (not the package).
	LetterSent EventType = "letter_sent"
	// EffectDropped: the order no longer stood, or there was nobody to send the letter to.
	EffectDropped EventType = "effect_dropped"
	// Removed: what was due for removal is gone.
	Removed EventType = "removed"
	// LetterFailed: a letter to the admin cannot be delivered.
	LetterFailed EventType = "letter_failed"
	// Bounced: a letter without which the request cannot go on came back.
	Bounced EventType = "bounced"
	// LetterReturned: another letter came back, or one that matters is late.
	LetterReturned EventType = "letter_returned"

	// Acknowledged: the admin's answer passed every rule and says yes.
	Acknowledged EventType = "acknowledged"
	// Rejected: the admin's answer passed every rule and says no.
	Rejected EventType = "rejected"
	// Unclear: the admin's answer passed every rule and says neither, or lacks the code.
	Unclear EventType = "unclear"
	// Held: an answer failed a rule; it moves nothing and is shown to operators. Tell is set
	// where the admin gets a word about it.
	Held EventType = "held"
	// Away: an automatic reply to our mail came from the admin.
	Away EventType = "away"
	// Withdrawn: the requester, proven, took the request back.
	Withdrawn EventType = "withdrawn"

	// ReminderDue, CodeExpired, DeadlineNear, DeadlineMissed, PackageExpired and
	// PersonalExpired: the request's timer fell due.
	ReminderDue     EventType = "reminder_due"
	CodeExpired     EventType = "code_expired"
	DeadlineNear    EventType = "deadline_near"
	DeadlineMissed  EventType = "deadline_missed"
	PackageExpired  EventType = "package_expired"
	PersonalExpired EventType = "personal_expired"
	// Escalated: the timer again: the code died unanswered, and the second contact
	// is asked to see to it that the admin answers.
	Escalated EventType = "escalated"

	// SlotOpened: the export schedule fired.
	SlotOpened EventType = "slot_opened"
	// PackageBuilt: the compiler wrote the package.
	PackageBuilt EventType = "package_built"
	// CompileFailed: the compiler gave up; Reason says why.
	CompileFailed EventType = "compile_failed"
	// PackageSent: the relay accepted the package.
	PackageSent EventType = "package_sent"

	// AdminChanged: the registry no longer names the admin who was asked.
	AdminChanged EventType = "admin_changed"
	// TenantLost: the registry no longer knows the tenant or the customer.
	TenantLost EventType = "tenant_lost"
	// RoleRefused: the admin's role may have none of the data.
	RoleRefused EventType = "role_refused"

	// Declined, Cancelled... by an operator's hand. There is no approval here.
	OperatorDeclined  EventType = "operator_declined"
	OperatorCancelled EventType = "operator_cancelled"
	OperatorExpired   EventType = "operator_expired"
	AskAgain          EventType = "ask_again"
	CompileAgain      EventType = "compile_again"
	DeliverAgain      EventType = "deliver_again"
	// HandOverAgain is DeliverAgain for a package whose passphrase goes apart from it:
	// nobody can know which of the two letters is missing.
	HandOverAgain EventType = "hand_over_again"
	// PutOnHold: nothing is asked, compiled or sent until TakenOffHold.
	PutOnHold    EventType = "put_on_hold"
	TakenOffHold EventType = "taken_off_hold"
	// Assigned: an operator named the customer and the tenant that a mail did not.
	Assigned EventType = "assigned"
	// Noted: an operator wrote something down.
	Noted EventType = "noted"

	// Recovered: the store had lost something, and this request was held against the
	// mailboxes. It releases nothing.
	Recovered EventType = "recovered"
)

// EventTypes in the order above, without Received, which only birth knows.
func EventTypes() []EventType {
	return []EventType{
		CodeIssued, LetterSent, EffectDropped, Removed, LetterFailed, Bounced, LetterReturned,
		Acknowledged, Rejected, Unclear, Held, Away, Withdrawn,
		ReminderDue, CodeExpired, DeadlineNear, DeadlineMissed, PackageExpired, PersonalExpired,
		Escalated, Joined,
		SlotOpened, PackageBuilt, CompileFailed, PackageSent,
		AdminChanged, TenantLost, RoleRefused,
		OperatorDeclined, OperatorCancelled, OperatorExpired, AskAgain, CompileAgain, DeliverAgain,
		HandOverAgain,
		PutOnHold, TakenOffHold, Assigned, Noted, Recovered,
	}
}

// Event is one thing that happened, with what the law must know of it. All of it
// but what is marked private is kept in the history for good, so it carries no personal data.
type Event struct {
	Type      EventType
	Op        string     // operation id: the same event twice has the same one
	Actor     string     `json:",omitempty"` // daemon | requester | admin | operator:NAME
	Effect    EffectID   `json:",omitempty"` // the effect that this event finishes
	Order     EffectType `json:",omitempty"` // which kind of effect it is about
	Mail      string     `json:",omitempty"` // digest of the mail that caused it
	Rule      string     `json:",omitempty"` // ack/... that failed
	Reason    Reason     `json:",omitempty"`
	Role      Role       `json:",omitempty"`
	Number    int        `json:",omitempty"` // of the code in the answer
	Arrived   time.Time  `json:",omitzero"`  // of the mail
	Tell      Reason     `json:",omitempty"` // Held: what the admin is told, once
	Wrong     bool       `json:",omitempty"` // Held: by the admin, with a code that is not the live one
	Challenge *Challenge `json:"-"`          // CodeIssued; kept as Private
	Package   *Package   `json:",omitempty"` // PackageBuilt
	Admin     Address    `json:"-"`          // kept as Private
	Note      string     `json:"-"`          // an operator's words; kept as Private

	// Ahead, of Joined: the admin, who was not asked yet, is asked for the better proven
	// at once. Before there was this, such a joining ordered nothing.
	Ahead bool `json:",omitempty"`

	// Keep, of a letter that was sent, or given up when it may have been: a copy of it is
	// ordered into the mailbox of what was sent. Before there was this, such an event ordered
	// nothing.
	Keep bool `json:",omitempty"`
	// Copies is how often a letter may have left; more than one is told to people. Zero: once,
	// and of a letter that was dropped or has failed: never.
	Copies int `json:",omitempty"`
	// Base, of Recovered: effects are numbered from here on, so that no number of a lost life
	// is used again.
	Base int `json:",omitempty"`

	Join   *Joining    `json:"-"` // Joined; kept as Private
	Assign *Assignment `json:"-"` // Assigned; kept as Private
	Proof  *Proof      `json:"-"` // Recovered; kept as Private
}
