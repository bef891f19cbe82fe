package workflow

import (
	"fmt"
	"slices"
	"time"
)

// Change is what a decision makes of a request: state, effects, timer and
// history entry, to be committed all together or not at all.
type Change struct {
	Request Request // as it will be; Version is Base+1
	Base    int64   // the version decided on; 0 is a birth
	Op      string  // operation id; a repetition returns the stored answer
	Effects []Effect
	Done    EffectID // finished by this commit, "" if none
	// Claim is that of the task that Done belongs to. Zero asks for nobody's claim: what has
	// happened outside is written down by whoever knows it, and whoever has the claim is fenced.
	Claim int64
	// Held is an effect whose claim must be ours, Claim, though this commit does not finish it:
	// it was made while the effect was carried out.
	Held  EffectID
	Entry Entry
	Fence Lease // the lease under which it was decided; zero if none
	// Groups are what the request occupies while it is open: a birth of which every
	// one belongs to another open request already is refused with *OpenAlready.
	Groups []string
}

// Lease is the right of one process to act alone, with its fencing epoch.
type Lease struct {
	Name  string
	Owner string
	Epoch int64
	Until time.Time
}

// Receive gives birth to a request: facts come in, the state is decided.
// A request whose Reason is set, or whose tenant is unknown, needs a person. Where
// Ordered is set, its effects are numbered from there on (see EffectBase).
func Receive(r Request, op string, now time.Time) (Change, error) {
	if r.ID == "" || r.Salt == "" || r.ReceivedAt.IsZero() || r.Ordered < 0 {
		return Change{}, fmt.Errorf("receive request %q: incomplete: %w", r.ID, Refused)
	}
	born := r
	r.Schema, r.Version = Schema, 0
	if r.Deadline.IsZero() {
		r.Deadline = Deadline(r.Policy.Regime, r.ReceivedAt)
	}
	r.State = AwaitingConfirmation
	if r.TenantID == "" && r.Reason == NoReason {
		r.Reason = UnknownCustomer
	}
	if r.Reason != NoReason {
		r.State = NeedsReview
	}
	e := Event{Type: Received, Op: op, Actor: "requester", Mail: r.Mail.Digest, Arrived: r.ReceivedAt}
	return finish(Request{}, r, e, birthEffects(r), now, Private{Birth: &born})
}

func birthEffects(r Request) []EffectType {
	var effects []EffectType
	if r.State == AwaitingConfirmation {
		effects = append(effects, SendConfirmation)
	}
	if r.Policy.Receipt && r.Requester.Verified {
		effects = append(effects, SendReceipt) // the same for a known and an unknown customer
	}
	if r.Reason == NoCustomer && r.Requester.Verified {
		effects = append(effects, SendWhich)
	}
	return effects
}

// Decide is the law applied: what becomes of r when e happens at now. The error
// is Refused when the table has no row for the pair or the row's own condition
// does not hold; r is never changed.
func Decide(r Request, e Event, now time.Time) (Change, error) {
	row, err := rowFor(r, e, now)
	if err != nil {
		return Change{}, err
	}
	if r.Purged && row.to != r.State {
		return Change{}, fmt.Errorf("%s for %s: its data is gone: %w", e.Type, r.ID, Refused)
	}
	if r.OnHold && e.Type.stopped() {
		return Change{}, fmt.Errorf("%s for %s: it is on hold: %w", e.Type, r.ID, Refused)
	}
	next := r
	if err := row.change(&next, e, now); err != nil {
		return Change{}, err
	}
	next.State = row.to
	private := Private{
		Admin: e.Admin, Challenge: e.Challenge, Note: e.Note, Join: e.Join, Assign: e.Assign,
		Proof: e.Proof,
	}
	return finish(r, next, e, effectsOf(row, e, r, next), now, private)
}

// rowFor is the row of the law for what happens to a request.
func rowFor(r Request, e Event, now time.Time) (rule, error) {
	if e.Type == Recovered {
		return recoveryRow(r, e, now)
	}
	row, ok := ruleFor(r.State, e.Type)
	if !ok {
		return rule{}, fmt.Errorf("%s in state %s of %s: %w", e.Type, r.State, r.ID, Refused)
	}
	return row, nil
}

// effectsOf adds to a row's effects those that depend on more than the pair: the
// letter that carries a passphrase to its package, what follows a joining mail, the
// words to the admin about an answer that was held or a request that was taken back, and
// the copy of a letter that left.
func effectsOf(row rule, e Event, was, next Request) []EffectType {
	switch {
	case row.on == PackageBuilt && row.to == Delivering && row.from == Compiling &&
		next.Package.Encryption == EncryptPassphrase:
		return append([]EffectType{SendPassphrase}, row.effects...)
	case row.on == Joined:
		return joinEffects(e, was, next)
	case row.on == Held:
		return heldEffects(was, next)
	case row.on == Withdrawn:
		return withdrawEffects(was)
	case e.keeps() && !next.Purged:
		return append(slices.Clone(row.effects), KeepCopy)
	}
	return row.effects
}

// joinEffects are a receipt, where it may be sent, and the question to the admin where
// the mail is better proven than what was asked about. An order that has waited so far
// may wait for long yet, as one more of a flood; the new one takes its place.
func joinEffects(e Event, was, next Request) []EffectType {
	var effects []EffectType
	ahead := e.Ahead && was.Unasked() &&
		next.Asker() != was.Asker()
	if ahead || was.Challenge != nil && next.Challenge == nil {
		effects = append(effects, SendConfirmation)
	}
	if receipted(next) {
		effects = append(effects, SendReceipt)
	}
	return effects
}

// finish numbers the effects, sets the timer and writes the history entry.
func finish(was, r Request, e Event, order []EffectType, now time.Time, p Private) (Change, error) {
	r.Version = was.Version + 1
	c := Change{Base: was.Version, Op: e.Op, Done: e.Effect}
	if discards(was, r) {
		order = append(do(RemovePackage), order...)
	}
	for _, t := range order {
		if err := mayOrder(r, t); err != nil {
			return Change{}, err
		}
		r.Ordered++
		if t == SendPackage {
			r.AfterPackage = 0
		} else if r.State == Delivering {
			r.AfterPackage++
		}
		c.Effects = append(c.Effects, Effect{
			ID: effectID(r.ID, r.Ordered), Request: r.ID, Type: t,
			Reason: reasonOf(e, t), Number: numberOf(r, t), Blob: blobOf(was, t), Of: keptOf(e, t),
			OrderedAt: now,
		})
	}
	r.WakeAt = wakeAt(r)
	entry, err := newEntry(was, r, e, order, now, p)
	if err != nil {
		return Change{}, err
	}
	r.HistoryHead = entry.Hash
	c.Request, c.Entry = r, entry
	if !r.State.Terminal() {
		c.Groups = r.Groups()
	}
	return c, nil
}

// mayOrder is the last lock before a customer's data moves: it holds whatever
// row is written into the table by mistake.
func mayOrder(r Request, t EffectType) error {
	if t.releases() && r.Ack == nil {
		return fmt.Errorf("order %s for %s: nobody acknowledged: %w", t, r.ID, Refused)
	}
	if t == SendPackage && (r.Package == nil || r.Package.Removed) {
		return fmt.Errorf("order %s for %s: there is no package: %w", t, r.ID, Refused)
	}
	return nil
}

// discards reports whether the change takes a package away, so that its bytes
// must go. The effect names them: by then there may be a newer package.
func discards(was, r Request) bool {
	had := was.Package != nil && !was.Package.Removed
	return had && (r.Package == nil || r.Package.Removed)
}

// reasonOf is what a letter gives as its reason.
func reasonOf(e Event, t EffectType) Reason {
	switch {
	case t == SendHeld:
		return e.Tell
	case e.Type == Recovered:
		return AfterRecovery
	}
	return e.Reason
}

// keeps reports whether a copy of the letter that the event speaks of is to be kept: of one
// that was given up only if it may have left before.
func (e Event) keeps() bool {
	switch e.Type {
	case LetterSent, PackageSent:
		return e.Keep
	case EffectDropped, LetterFailed:
		return e.Keep && e.Copies > 0
	}
	return false
}

// keptOf is the effect whose letter is kept.
func keptOf(e Event, t EffectType) EffectID {
	if t != KeepCopy {
		return ""
	}
	return e.Effect
}

func blobOf(was Request, t EffectType) string {
	if t != RemovePackage || was.Package == nil {
		return ""
	}
	return was.Package.Blob
}

func numberOf(r Request, t EffectType) int {
	switch t {
	case SendReminder:
		return r.Reminded
	case SendQuestion:
		return r.Questions
	case SendEscalation:
		return r.Escalated
	case SendReceipt:
		return r.JoinedCount // 0 at birth: the first mail's own
	}
	return 0
}
