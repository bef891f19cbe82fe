package real_test

import (
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

// TestWhoeverDiesBetweenTheStepsNothingIsLost kills a server, without a warning, after each step of
// the main job, and does the next step while it is down, as far as that goes.
func TestWhoeverDiesBetweenTheStepsNothingIsLost(t *testing.T) {
	t.Parallel()
	s := office.Own(t)
	for _, victim := range []string{"redis", "dovecot", "postfix", "dsrd"} {
		t.Run(victim, func(t *testing.T) { interrupted(t, s, victim, "killed") })
	}
}

// TestWhoeverIsRestartedBetweenTheStepsNothingIsLost is the same on a day on which somebody
// upgrades the machine.
func TestWhoeverIsRestartedBetweenTheStepsNothingIsLost(t *testing.T) {
	t.Parallel()
	s := office.Own(t)
	for _, victim := range []string{"redis", "dovecot", "postfix", "dsrd"} {
		t.Run(victim, func(t *testing.T) { interrupted(t, s, victim, "stopped") })
	}
}

// interrupted does the main job while a server is killed or stopped between its steps.
func interrupted(t *testing.T, s *office.Site, victim, how string) {
	t.Helper()
	o := office.New(t, s, victim+how[:4], func(s *office.Settings) { s.Idle = true })
	d := o.Serve()
	o.Ask(office.Jane)
	d = o.Restart(d, victim, how, func() {})
	o.AwaitMail(o.Anna(), 1)
	d = o.Restart(d, victim, how, func() {
		if victim == "redis" || victim == "dsrd" {
			o.Answer("CONFIRM") // Postfix and Dovecot take it meanwhile
		}
	})
	if victim == "postfix" || victim == "dovecot" {
		office.Until(t, "it works with "+victim+" again", func() bool { return !d.Misses(victim) })
		o.Answer("CONFIRM")
		d = o.Restart(d, victim, how, func() {})
	}
	o.AwaitMail(o.Anna(), 2)
	o.AwaitState("completed")
	o.SameBytes()
	d.End()
}
