package workflow

// Kind is the kind of an error on which a caller may branch with errors.Is.
type Kind string

func (k Kind) Error() string { return string(k) }

// The kinds of error that cross a border between rooms.
const (
	// NotFound: there is no such request, mail, blob or tenant.
	NotFound Kind = "not found"
	// Conflict: somebody committed in between; load and decide again.
	Conflict Kind = "changed by someone else"
	// Refused: the law has no row for it; trying again is pointless.
	Refused Kind = "refused by the workflow"
	// Enough: what would only be written down was, often enough for a day.
	Enough Kind = "enough for a day"
	// Fenced: the caller's lease or claim is no longer its own; stop at once.
	Fenced Kind = "lease lost"
	// Unavailable: the store cannot do it now, and nothing was committed; try again later.
	Unavailable Kind = "the store cannot do it now"
	// Outdated: the store lost what it once knew, or a recovery began since we looked. Stop
	// everything that goes outside until it is known which.
	Outdated Kind = "the store, or what is known of it, is out of date"
)
