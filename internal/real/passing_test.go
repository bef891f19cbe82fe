package real_test

import (
	"os"
	"time"
)

// now is the office's time.
func (o *office) now() time.Time {
	b, err := os.ReadFile(o.path("ahead"))
	noError(o.t, err)
	ahead, err := time.ParseDuration(string(b))
	noError(o.t, err)
	return time.Now().Add(ahead)
}

// pass lets time pass for the daemon. Not while it reads or sends something: a mail that takes longer
// to read than two seconds is odd, and who takes longer to send one than a lease has lost it.
func (o *office) pass(d time.Duration) {
	o.t.Helper()
	ahead := time.Until(o.now().Add(d)).Round(time.Millisecond)
	o.write("ahead.new", ahead.String())
	noError(o.t, os.Rename(o.path("ahead.new"), o.path("ahead"))) // never half a time
}

// hastening lets time pass some ten times as fast as it does, until something holds. No step is so
// long that a lease would end meanwhile, but a mail must not be read.
func (o *office) hastening(what string, holds func() bool) {
	o.t.Helper()
	last := time.Now()
	until(o.t, what, func() bool {
		if holds() {
			return true
		}
		o.pass(min(time.Second, 15*time.Since(last)))
		last = time.Now()
		return false
	})
}

// passing lets time pass step by step, and the daemon work in between, until something holds.
func (o *office) passing(step time.Duration, what string, holds func() bool) {
	o.t.Helper()
	for range 60 {
		if within(time.Second, holds) {
			return
		}
		o.pass(step)
	}
	o.t.Fatalf("in vain: %s", what)
}
