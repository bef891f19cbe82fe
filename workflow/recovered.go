package workflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Proof is what a copy of a letter that was sent says of a request whose own record may
// be lost. Only a copy that carries our seal is one.
type Proof struct {
	Type    EffectType // which letter it was
	Effect  EffectID
	At      time.Time // when it left
	Package *Package  // SendPackage: what was sent
	Ack     *Ack      // SendPackage: what released it
}

// effectsALife is how far apart the numbers of two lives of a store begin. A request may order
// more than that in one life: the next one to begin is then a later one (see EpochPast).
const effectsALife = 1000

// EffectBase is the number from which the effects of a life of the store are counted, so
// that no Message-ID is used for two letters: receivers drop the second. The first life is
// epoch 1, or 0 where none was recorded yet.
func EffectBase(epoch int64) int { return int(max(epoch-1, 0)) * effectsALife }

// EpochPast is the first life whose effects are counted from that number or a higher one.
func EpochPast(number int) int64 {
	if number <= 0 {
		return 1
	}
	return int64((number-1)/effectsALife) + 2
}

// finding is what the mailboxes say of a request.
type finding string

const (
	packageLeft  finding = "package left"
	declineLeft  finding = "word of decline left"
	refusalLeft  finding = "word of refusal left"
	youngRequest finding = "young" // it, or the newest letter that asked about it
	oldRequest   finding = "old"
	// Of a request that was over, as far as its own record knows:
	askedSince     finding = "asked about since"
	askedLongSince finding = "asked about since, and long ago"
)

// recovery is a row of the law for Recovered: in these states, where that is found, the
// request goes there.
type recovery struct {
	found   finding
	from    []State
	to      State // "": it stays
	change  change
	effects []EffectType
}

// open are the states that are not terminal; asking those in which an admin answers, or
// has: whoever answered must do so again, since the store may have lost what followed.
var (
	open = []State{NeedsReview, AwaitingConfirmation, Confirmed, Compiling, Delivering, Stuck}

	asking  = []State{AwaitingConfirmation, Confirmed, Compiling, Delivering}
	resting = []State{NeedsReview, Stuck}
	// reopening are the ends that are none where the package came back, or the tenant did.
	reopening = []State{Completed, RefusedState}
)

// recoveries are all that Recovered may mean. It never releases anything: it completes what
// has left, and asks about everything else again, or has a person look.
var recoveries = []recovery{
	{packageLeft, open, Completed, complete, nil},
	{declineLeft, open, Declined, conclude, nil},
	{refusalLeft, open, RefusedState, conclude, nil},
	{youngRequest, asking, AwaitingConfirmation, askAfterLoss, do(SendConfirmation)},
	{oldRequest, asking, NeedsReview, lookAfterLoss, nil},
	{youngRequest, resting, "", nothing, nil},
	{oldRequest, resting, "", nothing, nil},
	{askedSince, reopening, AwaitingConfirmation, reopened(askAfterLoss), do(SendConfirmation)},
	{askedLongSince, reopening, NeedsReview, reopened(lookAfterLoss), nil},
}

// recoveryRow is the row for what is found of the request. What is over is only noted, unless
// its admin was asked again since.
func recoveryRow(r Request, e Event, now time.Time) (rule, error) {
	if r.State.Terminal() && !e.Proof.reopens(r) {
		row, _ := ruleFor(r.State, Recovered)
		return row, nil
	}
	found, err := find(r, e, now)
	if err != nil {
		return rule{}, err
	}
	for _, row := range recoveries {
		if row.found == found && slices.Contains(row.from, r.State) {
			return row.rule(r.State), nil
		}
	}
	return rule{}, fmt.Errorf("%s in state %s of %s: %w", e.Type, r.State, r.ID, Refused)
}

// rule is the row as it stands for one state.
func (row recovery) rule(s State) rule {
	to := row.to
	if to == "" {
		to = s
	}
	return rule{s, Recovered, to, renumbered(row.change), row.effects}
}

// renumbered counts the effects of the request on from the new life's base.
func renumbered(c change) change {
	return func(r *Request, e Event, now time.Time) error {
		if err := c(r, e, now); err != nil {
			return err
		}
		r.Ordered = max(r.Ordered, e.Base)
		return nil
	}
}

// find says what is known of a request from the mailboxes.
func find(r Request, e Event, now time.Time) (finding, error) {
	p := e.Proof
	if p == nil {
		return aged(r, time.Time{}, now), nil
	}
	number, err := p.number(r)
	if err != nil {
		return "", err
	}
	switch found := aged(r, p.At, now); {
	case p.reopens(r) && found == youngRequest:
		return askedSince, nil
	case p.reopens(r):
		return askedLongSince, nil
	case p.asks():
		return found, nil
	}
	switch p.Type {
	case SendPackage, SendDeclined, SendRefusal:
		if p.known(r, number, e.Base) {
			return aged(r, time.Time{}, now), nil
		}
		return p.ended(r)
	}
	return "", fmt.Errorf("recover %s: a copy of %s proves nothing: %w", r.ID, p.Type, Refused)
}

// asks reports whether the letter asked the admin, or somebody to see to it.
func (p Proof) asks() bool {
	switch p.Type {
	case SendConfirmation, SendReminder, SendEscalation:
		return true
	}
	return false
}

// reopens reports whether the letter asked about a request after it was over, as far as its
// own record knows: whoever waits for that answer would wait for ever.
func (p *Proof) reopens(r Request) bool {
	if p == nil || !p.asks() || r.Purged || !slices.Contains(reopening, r.State) {
		return false
	}
	number, err := p.number(r)
	return err == nil && number > r.Ordered
}

// number is that of the effect whose letter it was.
func (p Proof) number(r Request) (int, error) {
	digits, own := strings.CutPrefix(string(p.Effect), string(r.ID)+".")
	n, err := strconv.Atoi(digits)
	if !own || err != nil {
		return 0, fmt.Errorf("recover %s: the copy is of another request: %w", r.ID, Refused)
	}
	return n, nil
}

// known reports whether the request's own record went on after that letter: the package
// came back, for instance, and the admin was asked again. A request that was born again
// knows of no letter of an earlier life.
func (p Proof) known(r Request, number, base int) bool {
	if r.Ordered >= base && number <= base {
		return false
	}
	if number > r.Ordered {
		return false
	}
	onItsWay := r.State == Delivering && p.Type == SendPackage
	return !onItsWay || !Effect{ID: p.Effect, Type: SendPackage}.Stands(r)
}

// ended is how the letter ended the request.
func (p Proof) ended(r Request) (finding, error) {
	switch {
	case p.Type == SendDeclined:
		return declineLeft, nil
	case p.Type == SendRefusal:
		return refusalLeft, nil
	case p.Package == nil || p.Ack == nil || p.Ack.Admin == "":
		return "", fmt.Errorf("recover %s: the copy does not say what was sent, or what released it: %w",
			r.ID, Refused)
	}
	return packageLeft, nil
}

// aged tells a request whose admin may still be about to answer from one that has lain for
// so long that a person should look first.
func aged(r Request, asked, now time.Time) finding {
	if now.Sub(r.ReceivedAt) < r.Policy.CodeLife || now.Sub(asked) < r.Policy.CodeLife {
		return youngRequest
	}
	return oldRequest
}

// complete ends a request whose package had left. Its bytes are not kept: nobody knows
// whether they are still there.
func complete(r *Request, e Event, now time.Time) error {
	if err := conclude(r, e, now); err != nil {
		return err
	}
	p, ack := *e.Proof.Package, *e.Proof.Ack
	p.SentBy, p.Removed = e.Proof.Effect, true
	r.Package, r.Ack = &p, &ack
	r.Reason = NoReason
	return nil
}

// conclude ends a request when its last letter left.
func conclude(r *Request, e Event, now time.Time) error {
	if err := end(r, e, now); err != nil {
		return err
	}
	r.Reason = AfterRecovery
	if at := e.Proof.At; at.After(r.ReceivedAt) && at.Before(now) {
		r.EndedAt = at
	}
	return nil
}

// askAfterLoss asks from the beginning: of what was answered, and of what followed, nobody
// knows whether it is all that there was.
func askAfterLoss(r *Request, e Event, now time.Time) error {
	r.Challenge = nil
	return newRound(r, e, now)
}

// lookAfterLoss leaves it to a person to ask.
func lookAfterLoss(r *Request, e Event, now time.Time) error {
	if err := askAfterLoss(r, e, now); err != nil {
		return err
	}
	r.Reason = AfterRecovery
	return nil
}

// reopened takes the end of a request back before the change.
func reopened(c change) change {
	return func(r *Request, e Event, now time.Time) error {
		r.EndedAt = time.Time{}
		realarm(r, now)
		return c(r, e, now)
	}
}
