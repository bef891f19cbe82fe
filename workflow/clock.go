package workflow

import "time"

// Deadline is the legal end of the time to answer a request received at that
// moment. holidays are dates (in UTC) on which a period does not end.
//
// GDPR: one month, counted by Regulation (EEC, Euratom) 1182/71: the day of
// receipt is not counted (Art. 3(1)), a day that the last month does not have
// is its last day (Art. 3(2)(c)), and an end on a holiday or a weekend moves to
// the end of the next working day (Art. 3(4)).
// CCPA: 45 calendar days from receipt (11 CCR 7021(b)), which never move.
func Deadline(regime Regime, received time.Time, holidays ...time.Time) time.Time {
	received = received.UTC()
	if regime == CCPA {
		return endOfDay(received.AddDate(0, 0, 45))
	}
	end := addMonth(received)
	for !workingDay(end, holidays) {
		end = end.AddDate(0, 0, 1)
	}
	return endOfDay(end)
}

// addMonth goes to the same day of the next month, or to its last day.
func addMonth(t time.Time) time.Time {
	next := t.AddDate(0, 1, 0)
	if next.Day() != t.Day() { // 31 January + 1 month normalises into March
		return next.AddDate(0, 0, -next.Day())
	}
	return next
}

func workingDay(t time.Time, holidays []time.Time) bool {
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return false
	}
	for _, h := range holidays {
		if h.UTC().Format(time.DateOnly) == t.Format(time.DateOnly) {
			return false
		}
	}
	return true
}

func endOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 23, 59, 59, 0, time.UTC)
}
