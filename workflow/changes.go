package workflow

import (
	"fmt"
	"time"
)

func nothing(*Request, Event, time.Time) error { return nil }

// issue makes a new code the live one; the old one dies with it.
func issue(r *Request, e Event, now time.Time) error {
	c := e.Challenge
	if c == nil || c.CodeHash == "" || c.Admin == "" {
		return fmt.Errorf("issue code for %s: incomplete: %w", r.ID, Refused)
	}
	if c.Number <= r.Codes {
		return fmt.Errorf("issue code %d for %s: not newer: %w", c.Number, r.ID, Refused)
	}
	if e.Order == SendEscalation {
		return fmt.Errorf("issue code for %s: the second contact gets none: %w", r.ID, Refused)
	}
	issued := *c
	issued.IssuedAt = now
	issued.Ends = now.Add(r.Policy.CodeLife)
	r.Challenge = &issued
	r.Codes = c.Number
	if r.Thread == "" {
		r.Thread = c.MessageID
	}
	return nil
}

// asked starts the ladder of reminders when the confirmation has left: an admin
// has the whole time, however long our relay was down.
func asked(r *Request, e Event, now time.Time) error {
	if e.Order != SendConfirmation || !r.AskedAt.IsZero() {
		return nil
	}
	r.AskedAt = now
	if r.Challenge != nil {
		r.Challenge.Ends = now.Add(r.Policy.CodeLife)
	}
	return nil
}

// newRound asks from the beginning; what was acknowledged before is void, and the
// second contact has all its rounds before it.
func newRound(r *Request, e Event, _ time.Time) error {
	if r.TenantID == "" {
		return fmt.Errorf("ask about %s: no tenant is known for it: %w", r.ID, Refused)
	}
	anew(r)
	r.Reason = NoReason
	r.Ack = nil
	r.Escalated = 0
	r.WrongCodes = nil
	r.StuckFrom = ""
	r.Package = nil
	if e.Type == AdminChanged {
		r.Challenge = nil // the old admin's code must not live a moment longer
	}
	return nil
}

// anew sets the ladder of reminders back to its foot.
func anew(r *Request) {
	r.AskedAt = time.Time{}
	r.Reminded, r.Questions, r.CodeAsked = 0, 0, false
	r.Told = forget(r.Told)
}

// askReplacement asks the admin who came after one who did not answer. What needs
// review for another reason is an operator's to move, whoever the admin is.
func askReplacement(r *Request, e Event, now time.Time) error {
	if r.Reason != NobodyAnswered {
		return fmt.Errorf("ask anew about %s: the admin was not awaited: %w", r.ID, Refused)
	}
	return newRound(r, e, now)
}

// acknowledge binds the release to this admin and kills the code.
func acknowledge(r *Request, e Event, _ time.Time) error {
	c := r.Challenge
	switch {
	case c == nil:
		return fmt.Errorf("acknowledge %s: no live code: %w", r.ID, Refused)
	case e.Admin != c.Admin || e.Number != c.Number:
		return fmt.Errorf("acknowledge %s: not the admin or code asked: %w", r.ID, Refused)
	case e.Arrived.After(c.Ends):
		return fmt.Errorf("acknowledge %s: code had ended: %w", r.ID, Refused)
	}
	r.Ack = &Ack{Admin: e.Admin, Role: e.Role, Digest: e.Mail, At: e.Arrived, Number: e.Number}
	r.Challenge = nil
	r.Reason = NoReason
	return nil
}

func reject(r *Request, e Event, now time.Time) error {
	if r.Challenge == nil || e.Admin != r.Challenge.Admin || e.Number != r.Challenge.Number {
		return fmt.Errorf("reject %s: not the admin or code asked: %w", r.ID, Refused)
	}
	e.Reason = ByAdmin
	return end(r, e, now)
}

// question asks back: about an answer without the code only once, for a mail
// program that does not quote will not do so the next time.
func question(r *Request, e Event, _ time.Time) error {
	if r.Questions >= r.Policy.Questions {
		return fmt.Errorf("ask back about %s: asked %d times: %w", r.ID, r.Questions, Refused)
	}
	if e.Reason == CodeMissing || e.Reason == CodeNotTyped {
		if r.CodeAsked {
			return fmt.Errorf("ask back about %s: asked for the code before: %w", r.ID, Refused)
		}
		r.CodeAsked = true
	}
	r.Questions++
	return nil
}

// remind counts every step of the ladder that has passed: after a long outage
// one reminder goes out, not three.
func remind(r *Request, _ Event, now time.Time) error {
	passed := 0
	for _, after := range r.Policy.Reminders {
		if !now.Before(r.AskedAt.Add(after)) {
			passed++
		}
	}
	if r.AskedAt.IsZero() || passed <= r.Reminded {
		return fmt.Errorf("remind about %s: too early: %w", r.ID, Refused)
	}
	r.Reminded = passed
	return nil
}

// codeOver reports whether the round's time to answer has passed.
func codeOver(r Request, now time.Time) bool {
	return !r.AskedAt.IsZero() && !now.Before(r.AskedAt.Add(r.Policy.CodeLife))
}

// escalates reports whether the second contact has rounds left.
func escalates(r Request) bool { return r.Escalated < r.Policy.Escalations }

// escalate begins another round: the dead code stays dead, the admin gets a fresh
// one, and the second contact is asked to see to it that the admin answers.
func escalate(r *Request, _ Event, now time.Time) error {
	if !codeOver(*r, now) || !escalates(*r) {
		return fmt.Errorf("escalate %s: too early or too often: %w", r.ID, Refused)
	}
	anew(r)
	r.Challenge = nil
	r.Escalated++
	return nil
}

// giveUp ends the ladder. The request itself does not expire: a person must look.
func giveUp(r *Request, _ Event, now time.Time) error {
	if !codeOver(*r, now) || escalates(*r) {
		return fmt.Errorf("expire code of %s: too early: %w", r.ID, Refused)
	}
	r.Challenge = nil
	r.Reason = NobodyAnswered
	return nil
}

func warn(r *Request, _ Event, now time.Time) error {
	r.Alarms = alarmsPassed(*r, r.Alarms, now)
	return nil
}

// alarmsPassed counts the warnings that are past, from that one on.
func alarmsPassed(r Request, from int, now time.Time) int {
	for from < len(r.Policy.Alarms) && !now.Before(r.ReceivedAt.Add(r.Policy.Alarms[from])) {
		from++
	}
	return from
}

func miss(r *Request, _ Event, now time.Time) error {
	if !now.After(r.Deadline) {
		return fmt.Errorf("miss deadline of %s: it is not over: %w", r.ID, Refused)
	}
	r.MissedAt = now
	r.Alarms = len(r.Policy.Alarms)
	return nil
}

// stick remembers where the request stood, so that a retry returns there.
func stick(r *Request, e Event, _ time.Time) error {
	r.StuckFrom = r.State
	if r.State == Completed {
		r.StuckFrom = Delivering
	}
	r.Challenge = nil
	r.EndedAt = time.Time{}
	r.Reason = e.Reason
	if r.Reason == NoReason {
		r.Reason = Undeliverable
	}
	return nil
}

func built(r *Request, e Event, _ time.Time) error {
	if e.Package == nil || e.Package.Blob == "" {
		return fmt.Errorf("deliver %s: no package: %w", r.ID, Refused)
	}
	p := *e.Package
	r.Package = &p
	return nil
}

func recompile(r *Request, _ Event, _ time.Time) error {
	if r.Ack == nil {
		return fmt.Errorf("compile %s: nobody acknowledged: %w", r.ID, Refused)
	}
	r.Package = nil
	r.Reason = NoReason
	r.StuckFrom = ""
	return nil
}

func again(r *Request, _ Event, _ time.Time) error {
	r.Reason = NoReason
	r.StuckFrom = ""
	r.EndedAt = time.Time{}
	return nil
}

// bothAgain sends a package and what opens it.
func bothAgain(r *Request, e Event, now time.Time) error {
	if r.Package == nil || r.Package.Encryption != EncryptPassphrase || r.Ack == nil {
		return fmt.Errorf("hand over %s again: no package with a passphrase: %w", r.ID, Refused)
	}
	return again(r, e, now)
}

// sent ends the request when its package has left. One that left under an older order may have
// gone to an admin who was replaced: the newer order stands, and must not end with it.
func sent(r *Request, e Event, now time.Time) error {
	if r.Package == nil {
		return fmt.Errorf("complete %s: no package: %w", r.ID, Refused)
	}
	order := Effect{ID: e.Effect, Type: SendPackage}
	if e.Effect != "" && !order.Stands(*r) {
		return fmt.Errorf("complete %s: %s is not the newest order: %w", r.ID, e.Effect, Refused)
	}
	p := *r.Package
	p.SentBy = e.Effect
	r.Package = &p
	return end(r, e, now)
}

// end closes a request; a package that did not leave is not kept, and nothing waits
// any more.
func end(r *Request, e Event, now time.Time) error {
	if e.Type != PackageSent {
		_ = removePackage(r, e, now)
	}
	r.Challenge = nil
	r.EndedAt = now
	r.StuckFrom = ""
	r.OnHold = false
	r.Reason = e.Reason
	return nil
}

// recall takes a refusal back that was the registry's: a file that lacked a tenant for
// a minute must not end requests for good.
func recall(r *Request, e Event, now time.Time) error {
	if r.Reason != TenantGone {
		return fmt.Errorf("ask again about %s: it was refused for another reason: %w", r.ID, Refused)
	}
	r.EndedAt = time.Time{}
	realarm(r, now)
	return newRound(r, e, now)
}

// retire takes the package away when its time is over.
func retire(r *Request, e Event, now time.Time) error {
	if now.Before(r.EndedAt.Add(r.Policy.PackageKept)) {
		return fmt.Errorf("remove package of %s: too early: %w", r.ID, Refused)
	}
	return removePackage(r, e, now)
}

func removePackage(r *Request, _ Event, _ time.Time) error {
	if r.Package != nil {
		p := *r.Package
		p.Removed = true
		r.Package = &p
	}
	return nil
}

// purge takes every personal datum out of the request; the history keeps the
// commitments, so that the proof stays.
func purge(r *Request, _ Event, now time.Time) error {
	if now.Before(r.EndedAt.Add(r.Policy.PersonalKept)) {
		return fmt.Errorf("purge %s: too early: %w", r.ID, Refused)
	}
	r.Customer = ""
	r.Requester = Requester{Verified: r.Requester.Verified}
	r.Mail.MessageID = ""
	r.Joined, r.Proven = impersonal(r.Joined), nil
	if r.Ack != nil {
		a := *r.Ack
		a.Admin = ""
		r.Ack = &a
	}
	r.Salt = ""
	r.Purged = true
	return removePackage(r, Event{}, time.Time{})
}

// note writes an operator's words down. After the purge there is no place for them:
// they may name the customer.
func note(r *Request, e Event, _ time.Time) error {
	if e.Note == "" || r.Purged {
		return fmt.Errorf("note on %s: no words, or its data is gone: %w", r.ID, Refused)
	}
	return nil
}
