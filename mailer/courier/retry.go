package courier

import "time"

const (
	// Lifetime is how long a mail that is refused for now is tried (RFC 5321 section 4.5.4.1:
	// at least 4 to 5 days).
	Lifetime = 5 * 24 * time.Hour
	// ResendAfter is how long to wait before an ambiguous mail goes out a second time, byte for
	// byte. RFC 5321 section 4.5.3.2.6 lets a server take that long to answer the dot.
	ResendAfter = 10 * time.Minute

	firstPause = 5 * time.Minute
	lastPause  = 70 * time.Minute
)

// Backoff is the pause after the attempt-th refusal, counted from 1: 5 minutes, doubled each time
// up to 70 minutes.
func Backoff(attempt int) time.Duration {
	pause := firstPause
	for ; attempt > 1 && pause < lastPause; attempt-- {
		pause *= 2
	}
	return min(pause, lastPause)
}
