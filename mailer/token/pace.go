package token

import (
	"errors"
	"time"
)

// How long the endpoint is left alone after a failure: 2 s, doubling to 80 s, or what Retry-After
// says; where a person must act 1, 5 and then every 15 minutes.
const (
	firstPause = 2 * time.Second
	maxPause   = 80 * time.Second
)

var personPauses = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}

type pace struct {
	now    func() time.Time
	failed int
	person int
	until  time.Time
	last   error
}

// wait repeats the last error while it is too early to ask again.
func (p *pace) wait() error {
	if p.now().Before(p.until) {
		return p.last
	}
	return nil
}

func (p *pace) ended(err error) {
	if err == nil {
		*p = pace{now: p.now}
		return
	}
	p.last = err
	if NeedsPerson(err) {
		p.until = p.now().Add(personPauses[min(p.person, len(personPauses)-1)])
		p.person++
		return
	}
	pause := min(firstPause<<min(p.failed, 10), maxPause)
	var r *refusal
	if errors.As(err, &r) {
		pause = max(pause, r.after)
	}
	p.failed++
	p.until = p.now().Add(pause)
}
