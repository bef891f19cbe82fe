package inbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Pauses are how often to knock at a door that stays shut. Zero values take the default named with
// each field.
type Pauses struct {
	// First is how long to wait after a lost connection: 2 s, doubled with each further loss up to
	// Longest, 80 s. Each time it is a random part of that, so that replicas do not come in step.
	First, Longest time.Duration
	// Auth are the waits after refused logins, the last of them for all that follow: 1, 5, 15 and
	// then every 30 minutes, because providers lock accounts that guess.
	Auth []time.Duration
	// Window is the time in which no more than Config.MaxLogins are tried: 2 minutes.
	Window time.Duration
}

func (p Pauses) withDefaults() Pauses {
	orElse(&p.First, 2*time.Second)
	orElse(&p.Longest, 80*time.Second)
	orElse(&p.Window, 2*time.Minute)
	if len(p.Auth) == 0 {
		p.Auth = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}
	}
	return p
}

func (p Pauses) check() error {
	if p.First < 0 || p.Longest < p.First || p.Window < 0 {
		return fmt.Errorf("a pause of %s to %s, logins counted for %s: these are no times to wait",
			p.First, p.Longest, p.Window)
	}
	for _, wait := range p.Auth {
		if wait <= 0 {
			return errors.New("a refused login must be waited for: servers lock accounts that guess")
		}
	}
	return nil
}

// pace says when a connection may be tried.
type pace struct {
	now       func() time.Time
	random    io.Reader
	maxLogins int
	pauses    Pauses

	lost   int // failures since the last success
	denied int
	until  time.Time
	logins []time.Time // within the last window, oldest first
}

// next is the earliest instant of the next attempt; zero when it may be tried at once.
func (p *pace) next() time.Time {
	now := p.now()
	for len(p.logins) > 0 && now.Sub(p.logins[0]) >= p.pauses.Window {
		p.logins = p.logins[1:]
	}
	var at time.Time
	if now.Before(p.until) {
		at = p.until
	}
	if len(p.logins) >= p.maxLogins {
		if free := p.logins[0].Add(p.pauses.Window); free.After(at) {
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
		p.until = p.now().Add(p.pauses.Auth[min(p.denied, len(p.pauses.Auth)-1)])
		p.denied++
		return
	}
	pause := min(p.pauses.First<<min(p.lost, 10), p.pauses.Longest)
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
