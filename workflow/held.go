package workflow

import (
	"slices"
	"time"
)

// maxWrongCodes a day are read in answers that the admin is proven to have written.
// More than a person's mistakes are none: until a day after the first of them no answer
// decides. Mail that proves nobody is not counted, or strangers could lock the admin out.
const maxWrongCodes = 10

// Locked reports whether so many wrong codes came within a day that no answer decides
// (rule ack/state).
func (r Request) Locked(now time.Time) bool {
	n := len(r.WrongCodes)
	return n >= maxWrongCodes && now.Sub(r.WrongCodes[n-maxWrongCodes]).Abs() < day
}

// Tells reports whether the admin is told that an answer was held for that reason. What
// strangers can bring about is told once a request, what only the admin can, once a
// round; nothing when it does not matter any more.
func (r Request) Tells(why Reason) bool {
	if !toldIn(r, why) {
		return false
	}
	return !slices.ContainsFunc(r.Told, func(before Reason) bool {
		return before == why || byAnybody(before) && byAnybody(why)
	})
}

// toldIn reports whether the request stands where the reason is worth a word.
func toldIn(r Request, why Reason) bool {
	switch why {
	case NotProven, OtherSender, OldCode:
		return r.State == AwaitingConfirmation
	case CodeEnded:
		over := r.State == NeedsReview && r.Reason == NobodyAnswered
		return over || r.State == AwaitingConfirmation && !escalates(r)
	}
	return false
}

// byAnybody are the reasons that a stranger's mail can give.
func byAnybody(why Reason) bool { return why == NotProven || why == OtherSender }

// hear writes down that an answer was held. It moves nothing.
func hear(r *Request, e Event, now time.Time) error {
	if e.Wrong && !r.Locked(now) {
		kept := r.WrongCodes[max(0, len(r.WrongCodes)+1-maxWrongCodes):]
		r.WrongCodes = append(slices.Clone(kept), now) // the old slice is the stored request's
	}
	if r.Tells(e.Tell) {
		r.Told = append(slices.Clone(r.Told), e.Tell)
	}
	return nil
}

// forget lets the admin be told anew, in a new round, of what can happen in each.
func forget(told []Reason) []Reason {
	var kept []Reason
	for _, why := range told {
		if byAnybody(why) {
			kept = append(kept, why)
		}
	}
	return kept
}

// heldEffects is the word to the admin, where one is due.
func heldEffects(was, next Request) []EffectType {
	if len(next.Told) > len(was.Told) {
		return do(SendHeld)
	}
	return nil
}
