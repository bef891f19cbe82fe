package courier

import "time"

// Schedule says when a mail that was not taken goes out again. Zero fields get the defaults.
type Schedule struct {
	First     time.Duration // the pause after the first refusal; each further one is twice as long
	Longest   time.Duration // no pause is longer
	For       time.Duration // how long a mail is tried, from its first attempt
	Ambiguous time.Duration // before a mail whose fate is not known goes out a second time
}

// WithDefaults fills in what is not set: 5 to 70 minutes for 5 days (RFC 5321 section 4.5.4.1 asks
// for at least 4 to 5), and 10 minutes for what is ambiguous, which is how long a server may take
// to answer the dot (section 4.5.3.2.6).
func (s Schedule) WithDefaults() Schedule {
	for _, d := range []struct {
		have *time.Duration
		want time.Duration
	}{
		{&s.First, 5 * time.Minute}, {&s.Longest, 70 * time.Minute},
		{&s.For, 5 * 24 * time.Hour}, {&s.Ambiguous, 10 * time.Minute},
	} {
		if *d.have <= 0 {
			*d.have = d.want
		}
	}
	return s
}

// Next is the pause after the attempt-th refusal, counted from 1; false when the mail was tried
// long enough. The time is the sum of the pauses: while dsrd was down or the outbox was paused
// nothing was tried, and a mail loses nothing by it. The last attempt comes when For is over.
func (s Schedule) Next(attempt int) (time.Duration, bool) {
	s = s.WithDefaults()
	var waited time.Duration
	pause := min(s.First, s.Longest)
	for ; attempt > 1 && waited < s.For; attempt-- {
		waited += pause
		pause = min(2*pause, s.Longest)
	}
	if waited >= s.For {
		return 0, false
	}
	return min(pause, s.For-waited), true
}
