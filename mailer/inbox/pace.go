package inbox

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// How often to knock at a door that stays shut: after a lost connection 2 s, doubling to 80 s, each
// time a random part of it, so that replicas do not come in step; after a refused login 1, 5, 15
// and then every 30 minutes, because providers lock accounts that guess.
const (
	firstPause  = 2 * time.Second
	maxPause    = 80 * time.Second
	loginWindow = 2 * time.Minute
)

var authPauses = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// pace says when a connection may be tried.
type pace struct {
	now       func() time.Time
	random    io.Reader
	maxLogins int

	lost   int // failures since the last success
	denied int
	until  time.Time
	logins []time.Time // within the last window, oldest first
}

// next is the earliest instant of the next attempt; zero when it may be tried at once.
func (p *pace) next() time.Time {
	now := p.now()
	for len(p.logins) > 0 && now.Sub(p.logins[0]) >= loginWindow {
		p.logins = p.logins[1:]
	}
	var at time.Time
	if now.Before(p.until) {
		at = p.until
	}
	if len(p.logins) >= p.maxLogins {
		if free := p.logins[0].Add(loginWindow); free.After(at) {
			at = free
		}
	}
	return at
}

// begin counts an attempt to log in, or refuses it.
func (p *pace) begin() error {
	if at := p.next(); !at.IsZero() {
		return TooEarly{Until: at}
	}
	return nil
}

// login counts a login that was tried.
func (p *pace) login() { p.logins = append(p.logins, p.now()) }

// failed sets the pause after a connection that could not be made.
func (p *pace) failed(auth bool) {
	if auth {
		p.until = p.now().Add(authPauses[min(p.denied, len(authPauses)-1)])
		p.denied++
		return
	}
	pause := min(firstPause<<min(p.lost, 10), maxPause)
	p.lost++
	p.until = p.now().Add(time.Duration(p.chance() * float64(pause)))
}

// ended counts how something on the connection ended: well, or with the connection gone.
func (p *pace) ended(ctx context.Context, err error, connected bool) {
	var early TooEarly
	switch {
	case err == nil:
		p.succeeded()
	case connected, errors.As(err, &early), ctx.Err() != nil: // our own end is not the server's fault
	default:
		p.failed(errors.Is(err, ErrAuth))
	}
}

// succeeded forgets all failures. A login alone is no success: a server that lets us in and then
// fails each scan must not be hammered.
func (p *pace) succeeded() { p.lost, p.denied, p.until = 0, 0, time.Time{} }

// chance is a number in [0, 1]; without randomness it is the careful 1.
func (p *pace) chance() float64 {
	var b [8]byte
	if _, err := io.ReadFull(p.random, b[:]); err != nil {
		return 1
	}
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
}
