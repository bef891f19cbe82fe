package office

import (
	"os"
	"time"
)

// Now is the office's time.
func (o *Office) Now() time.Time {
	b, err := os.ReadFile(o.Path("ahead"))
	NoError(o.T, err)
	ahead, err := time.ParseDuration(string(b))
	NoError(o.T, err)
	return time.Now().Add(ahead)
}

// Pass lets time pass for the daemon. Not while it reads or sends something: a mail that takes longer
// to read than two seconds is odd, and who takes longer to send one than a lease has lost it.
func (o *Office) Pass(d time.Duration) {
	o.T.Helper()
	ahead := time.Until(o.Now().Add(d)).Round(time.Millisecond)
	o.Write("ahead.new", ahead.String())
	NoError(o.T, os.Rename(o.Path("ahead.new"), o.Path("ahead"))) // never half a time
}

// Hastening lets time pass some ten times as fast as it does, until something holds. No step is so
// long that a lease would end meanwhile, but a mail must not be read.
func (o *Office) Hastening(what string, holds func() bool) {
	o.T.Helper()
	last := time.Now()
	Until(o.T, what, func() bool {
		if holds() {
			return true
		}
		o.Pass(min(time.Second, 15*time.Since(last)))
		last = time.Now()
		return false
	})
}

// Passing lets time pass step by step, and the daemon work in between, until something holds.
func (o *Office) Passing(step time.Duration, what string, holds func() bool) {
	o.T.Helper()
	for range 60 {
		if Within(time.Second, holds) {
			return
		}
		o.Pass(step)
	}
	o.T.Fatalf("in vain: %s", what)
}
