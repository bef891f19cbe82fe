package workflow

import "time"

// rule is one row of the law: in this state, on this event, the request goes to
// that state, its fields change so, and these effects are ordered.
type rule struct {
	from    State
	on      EventType
	to      State
	change  change
	effects []EffectType
}

// change is what an event does to the fields of a request beside its state.
type change func(r *Request, e Event, now time.Time) error

func do(effects ...EffectType) []EffectType { return effects }

// table is the whole life of a request. Pairs that it does not name are refused.
// The wake-up time follows from the fields that a row leaves (see wakeAt), so a
// row that merely notes something cannot disturb a timer. Whatever row takes the
// package away from a request, its bytes are ordered removed (see discards). What
// Recovered means depends on more than the state, and stands apart (see recoveries).
var table = []rule{
	{NeedsReview, DeadlineNear, NeedsReview, warn, nil},
	{NeedsReview, DeadlineMissed, NeedsReview, miss, nil},
	{NeedsReview, AdminChanged, AwaitingConfirmation, askReplacement, do(SendConfirmation)},
	{NeedsReview, TenantLost, RefusedState, end, nil},
	{NeedsReview, Withdrawn, Cancelled, withdraw, nil},
	{NeedsReview, OperatorDeclined, Declined, end, nil},
	{NeedsReview, OperatorCancelled, Cancelled, end, nil},
	{NeedsReview, OperatorExpired, Expired, end, nil},
	{NeedsReview, AskAgain, AwaitingConfirmation, newRound, do(SendConfirmation)},
	{NeedsReview, Assigned, AwaitingConfirmation, assign, do(SendConfirmation)},

	{AwaitingConfirmation, CodeIssued, AwaitingConfirmation, issue, nil},
	{AwaitingConfirmation, LetterSent, AwaitingConfirmation, asked, nil},
	{AwaitingConfirmation, LetterFailed, Stuck, stick, nil},
	{AwaitingConfirmation, Bounced, Stuck, stick, nil},
	{AwaitingConfirmation, Acknowledged, Confirmed, acknowledge, nil},
	{AwaitingConfirmation, Rejected, Declined, reject, do(SendDeclined)},
	{AwaitingConfirmation, Unclear, AwaitingConfirmation, question, do(SendQuestion)},
	{AwaitingConfirmation, ReminderDue, AwaitingConfirmation, remind, do(SendReminder)},
	{AwaitingConfirmation, Escalated, AwaitingConfirmation, escalate, do(SendConfirmation, SendEscalation)},
	{AwaitingConfirmation, CodeExpired, NeedsReview, giveUp, nil},
	{AwaitingConfirmation, DeadlineNear, AwaitingConfirmation, warn, nil},
	{AwaitingConfirmation, DeadlineMissed, AwaitingConfirmation, miss, nil},
	{AwaitingConfirmation, AdminChanged, AwaitingConfirmation, newRound, do(SendConfirmation)},
	{AwaitingConfirmation, TenantLost, RefusedState, end, nil},
	{AwaitingConfirmation, Withdrawn, Cancelled, withdraw, nil},
	{AwaitingConfirmation, RoleRefused, RefusedState, end, do(SendRefusal)},
	{AwaitingConfirmation, OperatorDeclined, Declined, end, do(SendDeclined)},
	{AwaitingConfirmation, OperatorCancelled, Cancelled, end, nil},
	{AwaitingConfirmation, OperatorExpired, Expired, end, nil},
	{AwaitingConfirmation, AskAgain, AwaitingConfirmation, newRound, do(SendConfirmation)},

	{Confirmed, Acknowledged, Confirmed, nothing, nil}, // the admin answered twice
	{Confirmed, SlotOpened, Compiling, nothing, do(Compile)},
	{Confirmed, DeadlineNear, Confirmed, warn, nil},
	{Confirmed, DeadlineMissed, Confirmed, miss, nil},
	{Confirmed, AdminChanged, AwaitingConfirmation, newRound, do(SendConfirmation)},
	{Confirmed, TenantLost, RefusedState, end, nil},
	{Confirmed, Withdrawn, Cancelled, withdraw, nil},
	{Confirmed, OperatorDeclined, Declined, end, do(SendDeclined)},
	{Confirmed, OperatorCancelled, Cancelled, end, nil},

	{Compiling, Acknowledged, Compiling, nothing, nil},
	{Compiling, SlotOpened, Compiling, nothing, nil}, // a doubled tick
	{Compiling, PackageBuilt, Delivering, built, do(SendPackage)},
	{Compiling, CompileFailed, Stuck, stick, nil},
	{Compiling, DeadlineNear, Compiling, warn, nil},
	{Compiling, DeadlineMissed, Compiling, miss, nil},
	{Compiling, AdminChanged, AwaitingConfirmation, newRound, do(SendConfirmation)},
	{Compiling, TenantLost, RefusedState, end, nil},
	{Compiling, Withdrawn, Cancelled, withdraw, nil},
	{Compiling, RoleRefused, RefusedState, end, do(SendRefusal)},
	{Compiling, OperatorDeclined, Declined, end, do(SendDeclined)},
	{Compiling, OperatorCancelled, Cancelled, end, nil},

	{Delivering, Acknowledged, Delivering, nothing, nil},
	{Delivering, SlotOpened, Delivering, nothing, nil},
	{Delivering, PackageBuilt, Delivering, nothing, nil}, // compiled twice: the first stands
	{Delivering, PackageSent, Completed, sent, nil},
	{Delivering, LetterFailed, Stuck, stick, nil},
	{Delivering, Bounced, Stuck, stick, nil},
	{Delivering, CompileAgain, Confirmed, recompile, nil}, // the package's bytes were lost
	{Delivering, DeadlineNear, Delivering, warn, nil},
	{Delivering, DeadlineMissed, Delivering, miss, nil},
	{Delivering, AdminChanged, AwaitingConfirmation, newRound, do(SendConfirmation)},
	{Delivering, TenantLost, RefusedState, end, nil},
	{Delivering, Withdrawn, Cancelled, withdraw, nil},
	{Delivering, OperatorDeclined, Declined, end, do(SendDeclined)},
	{Delivering, OperatorCancelled, Cancelled, end, nil},

	{Completed, Acknowledged, Completed, nothing, nil},
	{Completed, PackageSent, Completed, nothing, nil},
	{Completed, LetterFailed, Stuck, stick, nil}, // the passphrase did not arrive
	{Completed, Bounced, Stuck, stick, nil},
	{Completed, DeliverAgain, Delivering, again, do(SendPackage)},
	{Completed, HandOverAgain, Delivering, bothAgain, do(SendPassphrase, SendPackage)},
	{Completed, PackageExpired, Completed, retire, nil},
	{Completed, PersonalExpired, Completed, purge, do(RemovePersonal)},

	{Declined, Rejected, Declined, nothing, nil},
	{Declined, PackageExpired, Declined, retire, nil},
	{Declined, PersonalExpired, Declined, purge, do(RemovePersonal)},
	{Expired, PackageExpired, Expired, retire, nil},
	{Expired, PersonalExpired, Expired, purge, do(RemovePersonal)},
	{RefusedState, PackageExpired, RefusedState, retire, nil},
	{RefusedState, PersonalExpired, RefusedState, purge, do(RemovePersonal)},
	{Cancelled, PackageExpired, Cancelled, retire, nil},
	{Cancelled, PersonalExpired, Cancelled, purge, do(RemovePersonal)},

	// The registry had lost the tenant, and has it again.
	{RefusedState, AskAgain, AwaitingConfirmation, recall, do(SendConfirmation)},

	{Stuck, DeadlineNear, Stuck, warn, nil},
	{Stuck, DeadlineMissed, Stuck, miss, nil},
	{Stuck, AdminChanged, AwaitingConfirmation, newRound, do(SendConfirmation)},
	{Stuck, TenantLost, RefusedState, end, nil},
	{Stuck, Withdrawn, Cancelled, withdraw, nil},
	{Stuck, OperatorDeclined, Declined, end, nil},
	{Stuck, OperatorCancelled, Cancelled, end, nil},
	{Stuck, OperatorExpired, Expired, end, nil},
	{Stuck, AskAgain, AwaitingConfirmation, newRound, do(SendConfirmation)},
	{Stuck, CompileAgain, Confirmed, recompile, nil},
	{Stuck, DeliverAgain, Delivering, again, do(SendPackage)},
	{Stuck, HandOverAgain, Delivering, bothAgain, do(SendPassphrase, SendPackage)},
}

// noted events may happen at any time and are written down without moving
// anything, wherever the table has no row of its own for them.
var noted = []EventType{
	LetterSent, LetterFailed, Bounced, LetterReturned, EffectDropped, Removed, Away,
}

// whileOpen are the rows of every state that is not terminal.
var whileOpen = []rule{
	{on: Joined, change: join},
	{on: PutOnHold, change: putOnHold},
	{on: TakenOffHold, change: takeOffHold},
}

// ruleFor finds the row for a pair.
func ruleFor(s State, t EventType) (rule, bool) {
	row, ok := rules[pair{s, t}]
	return row, ok
}

type pair struct {
	state State
	event EventType
}

var rules = index()

func index() map[pair]rule {
	all := make(map[pair]rule)
	for _, s := range States() {
		for _, t := range noted {
			all[pair{s, t}] = rule{from: s, on: t, to: s, change: nothing}
		}
		all[pair{s, Noted}] = rule{from: s, on: Noted, to: s, change: note}
		all[pair{s, Recovered}] = rule{from: s, on: Recovered, to: s, change: renumbered(nothing)}
		all[pair{s, Held}] = rule{from: s, on: Held, to: s, change: hear}
		for _, row := range whileOpen {
			row.from, row.to = s, s
			if !s.Terminal() {
				all[pair{s, row.on}] = row
			}
		}
	}
	for _, row := range table {
		all[pair{row.from, row.on}] = row
	}
	return all
}
