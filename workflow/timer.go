package workflow

import "time"

// missedEvery is how often a missed legal deadline is reported again.
const missedEvery = 7 * day

// wakeAt is when a resting request must be looked at again, derived from its
// fields alone. Zero only for a request of which nothing is left but the proof.
func wakeAt(r Request) time.Time {
	var first time.Time
	for _, at := range moments(r) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// moments are all the times at which something will be due.
func moments(r Request) []time.Time {
	if r.State.Terminal() {
		return retention(r)
	}
	return append(ladder(r), deadlines(r)...)
}

func ladder(r Request) []time.Time {
	if r.OnHold || r.State != AwaitingConfirmation || r.AskedAt.IsZero() {
		return nil
	}
	at := []time.Time{r.AskedAt.Add(r.Policy.CodeLife)}
	if r.Reminded < len(r.Policy.Reminders) {
		at = append(at, r.AskedAt.Add(r.Policy.Reminders[r.Reminded]))
	}
	return at
}

func deadlines(r Request) []time.Time {
	if !r.MissedAt.IsZero() {
		return []time.Time{r.MissedAt.Add(missedEvery)}
	}
	at := []time.Time{r.Deadline.Add(time.Second)}
	if r.Alarms < len(r.Policy.Alarms) {
		at = append(at, r.ReceivedAt.Add(r.Policy.Alarms[r.Alarms]))
	}
	return at
}

func retention(r Request) []time.Time {
	if r.Purged {
		return nil
	}
	at := []time.Time{r.EndedAt.Add(r.Policy.PersonalKept)}
	if r.Package != nil && !r.Package.Removed {
		at = append(at, r.EndedAt.Add(r.Policy.PackageKept))
	}
	return at
}

// Next says what the fallen timer of r means at now; false if it woke too early
// or nothing is left to do.
func Next(r Request, now time.Time) (EventType, bool) {
	if r.State.Terminal() {
		return nextRetention(r, now)
	}
	if t, ok := nextLadder(r, now); ok {
		return t, true
	}
	return nextDeadline(r, now)
}

// NextAlarm is Next for warnings alone: what tells operators of the legal deadline.
func NextAlarm(r Request, now time.Time) (EventType, bool) {
	if r.State.Terminal() {
		return "", false
	}
	return nextDeadline(r, now)
}

func nextLadder(r Request, now time.Time) (EventType, bool) {
	switch {
	case r.OnHold || r.State != AwaitingConfirmation || r.AskedAt.IsZero():
		return "", false
	case codeOver(r, now) && escalates(r):
		return Escalated, true
	case codeOver(r, now):
		return CodeExpired, true
	case r.Reminded < len(r.Policy.Reminders) &&
		!now.Before(r.AskedAt.Add(r.Policy.Reminders[r.Reminded])):
		return ReminderDue, true
	}
	return "", false
}

func nextDeadline(r Request, now time.Time) (EventType, bool) {
	switch {
	case !r.MissedAt.IsZero():
		return DeadlineMissed, !now.Before(r.MissedAt.Add(missedEvery))
	case now.After(r.Deadline):
		return DeadlineMissed, true
	case r.Alarms < len(r.Policy.Alarms) &&
		!now.Before(r.ReceivedAt.Add(r.Policy.Alarms[r.Alarms])):
		return DeadlineNear, true
	}
	return "", false
}

func nextRetention(r Request, now time.Time) (EventType, bool) {
	switch {
	case r.Purged:
		return "", false
	case !now.Before(r.EndedAt.Add(r.Policy.PersonalKept)):
		return PersonalExpired, true
	case r.Package != nil && !r.Package.Removed &&
		!now.Before(r.EndedAt.Add(r.Policy.PackageKept)):
		return PackageExpired, true
	}
	return "", false
}

// OvertakesMail reports whether an event of the timer must wait for a complete
// scan that began after it fell due: an answer that lies unread in the mailbox
// is never overtaken.
func (t EventType) OvertakesMail() bool {
	return t == ReminderDue || t == CodeExpired || t == Escalated
}
