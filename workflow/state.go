package workflow

// State is where a request stands. The strings are stored: never rename one.
type State string

// Each state says who moves the request on, and what a crash leaves behind.
const (
	// NeedsReview: an operator must look (no customer named, unknown customer,
	// odd mail, nobody answered). An operator moves it on, or another admin for
	// one who did not answer; a crash leaves its deadline alarms in the due-set.
	NeedsReview State = "needs_review"
	// AwaitingConfirmation: the tenant's admin was asked, or is about to be. The
	// admin's answer or the ladder of reminders and second contact moves it on; a
	// crash leaves the order to send in the due-set.
	AwaitingConfirmation State = "awaiting_confirmation"
	// Confirmed: acknowledged, waiting for the export schedule. The schedule
	// moves it on; a crash leaves it in the index that the schedule reads.
	Confirmed State = "confirmed"
	// Compiling: the sources are being read. The compiler moves it on; a crash
	// leaves the order to compile in the due-set, and it is compiled again.
	Compiling State = "compiling"
	// Delivering: the package is being mailed. The courier moves it on; a crash
	// leaves the order to send, which sends the same bytes.
	Delivering State = "delivering"
	// Completed: the relay took the package. Only retention or a bounce touches it.
	Completed State = "completed"
	// Declined: the admin or an operator said no. Retention touches it.
	Declined State = "declined"
	// Expired: an operator closed it after nobody decided. Retention touches it.
	Expired State = "expired"
	// Refused: nothing may be released (no such tenant any more, a role that may
	// have none of the categories). Retention touches it.
	RefusedState State = "refused"
	// Cancelled: withdrawn, or taken back by an operator. Retention touches it.
	Cancelled State = "cancelled"
	// Stuck: a person must act; Reason says why. An operator moves it on; a
	// crash leaves its deadline alarms in the due-set.
	Stuck State = "stuck"
)

// States in the order of a request's life.
func States() []State {
	return []State{
		NeedsReview, AwaitingConfirmation, Confirmed, Compiling, Delivering,
		Completed, Declined, Expired, RefusedState, Cancelled, Stuck,
	}
}

// Terminal reports whether nothing but retention or a bounce will follow.
func (s State) Terminal() bool {
	switch s {
	case Completed, Declined, Expired, RefusedState, Cancelled:
		return true
	}
	return false
}

// Reason says why a request is where it is. The strings are stored.
type Reason string

// Reasons for needs_review, stuck, refused and the rest.
const (
	NoReason         Reason = ""
	NoCustomer       Reason = "no_customer"       // the mail names nobody
	UnknownCustomer  Reason = "unknown_customer"  // no tenant knows the address
	UnclearRequest   Reason = "unclear_request"   // no right can be told from the text
	OddMail          Reason = "odd_mail"          // repaired, truncated or unreadable
	UnsupportedRight Reason = "unsupported_right" // not one that an export answers
	NobodyAnswered   Reason = "nobody_answered"   // the ladder ended
	TooManyQuestions Reason = "too_many_questions"
	Undeliverable    Reason = "undeliverable"
	SourceAuth       Reason = "source_auth"
	SourceFailed     Reason = "source_failed"
	CompileFailing   Reason = "compile_failing"
	EncryptionFailed Reason = "encryption_failed"
	TooLarge         Reason = "too_large"
	TenantGone       Reason = "tenant_gone"
	RoleForbids      Reason = "role_forbids"
	AdminReplaced    Reason = "admin_changed" // the registry names another
	ByAdmin          Reason = "by_admin"
	ByOperator       Reason = "by_operator"
	DeadlinePassed   Reason = "deadline_passed"
	UnclearAnswer    Reason = "unclear_answer"
	CodeMissing      Reason = "code_missing"
	OtherAddress     Reason = "other_address" // the answer names another customer
	Ambiguous        Reason = "ambiguous"     // nobody can know whether a mail arrived
	ByRequester      Reason = "by_requester"  // taken back
	CodeNotTyped     Reason = "code_not_typed"
	AfterRecovery    Reason = "after_recovery" // the store had lost something
)

// Reasons for a word to the admin about an answer that was held.
const (
	NotProven   Reason = "not_proven"   // in the admin's name, and nothing proves it
	OtherSender Reason = "other_sender" // with the live code, from another address
	OldCode     Reason = "old_code"     // by the admin, with another code than the live one
	CodeEnded   Reason = "code_ended"   // by the admin, when nobody waited any more
)

// Right is what a data subject asks for.
type Right string

// The rights that a mail may ask for.
const (
	Export        Right = "export"
	Access        Right = "access"
	Portability   Right = "portability"
	Erasure       Right = "erasure"
	Rectification Right = "rectification"
	Objection     Right = "objection"
	Restriction   Right = "restriction"
	OptOut        Right = "opt_out"
)

// Exportable reports whether an export package answers the right.
func (r Right) Exportable() bool {
	return r == Export || r == Access || r == Portability
}
