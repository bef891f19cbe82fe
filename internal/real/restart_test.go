package real_test

import (
	"strings"
	"testing"
	"time"
)

// TestWhoeverDiesBetweenTheStepsNothingIsLost kills a server, without a warning, after each step of
// the main job, and does the next step while it is down, as far as that goes.
func TestWhoeverDiesBetweenTheStepsNothingIsLost(t *testing.T) {
	t.Parallel()
	s := own(t)
	for _, victim := range []string{"redis", "dovecot", "postfix", "dsrd"} {
		t.Run(victim, func(t *testing.T) { interrupted(t, s, victim, "killed") })
	}
}

// TestWhoeverIsRestartedBetweenTheStepsNothingIsLost is the same on a day on which somebody
// upgrades the machine.
func TestWhoeverIsRestartedBetweenTheStepsNothingIsLost(t *testing.T) {
	t.Parallel()
	s := own(t)
	for _, victim := range []string{"redis", "dovecot", "postfix", "dsrd"} {
		t.Run(victim, func(t *testing.T) { interrupted(t, s, victim, "stopped") })
	}
}

// interrupted does the main job while a server is killed or stopped between its steps.
func interrupted(t *testing.T, s *site, victim, how string) {
	t.Helper()
	o := newOffice(t, s, victim+how, func(s *settings) { s.idle = true })
	d := o.serve()
	o.ask(jane)
	d = o.restart(d, victim, how, func() {})
	o.awaitMail(o.anna(), 1)
	d = o.restart(d, victim, how, func() {
		if victim == "redis" || victim == "dsrd" {
			o.answer("CONFIRM") // Postfix and Dovecot take it meanwhile
		}
	})
	if victim == "postfix" || victim == "dovecot" {
		until(t, "it works with "+victim+" again", func() bool { return !d.misses(victim) })
		o.answer("CONFIRM")
		d = o.restart(d, victim, how, func() {})
	}
	o.awaitMail(o.anna(), 2)
	o.awaitState("completed")
	o.sameBytes()
	d.end()
}

// restart ends the victim, does something, and starts it again. While it is down the clock goes
// ahead: nobody wants to wait for the end of a lease, or until the daemon may log in again. It must
// not go ahead while a mail is read, which is to take no longer than two seconds.
func (o *office) restart(d *daemon, victim, how string, meanwhile func()) *daemon {
	o.t.Helper()
	const pause = 3 * time.Minute
	if victim == "dsrd" {
		if how == "killed" {
			d.Kill()
		} else {
			d.end()
		}
		meanwhile()
		o.pass(pause)
		return o.serve()
	}
	s := o.site.server(victim)
	if how == "killed" {
		s.Kill()
	} else {
		s.Stop()
	}
	meanwhile()
	if victim != "postfix" { // of which nobody hears before there is something to send
		until(o.t, "it is noticed that "+victim+" is down", func() bool { return d.misses(victim) })
		o.pass(pause)
	}
	noError(o.t, s.Start())
	if victim == "dovecot" {
		o.nudge()
	}
	return d
}

// nudge sends mails until Postfix has looked at its queue "incoming": there it leaves a mail whose
// delivery Dovecot broke off with its last breath, until another mail comes in.
func (o *office) nudge() {
	o.t.Helper()
	until(o.t, "nothing is forgotten", func() bool {
		queue, err := o.site.postfix.Queue()
		noError(o.t, err)
		for _, q := range queue {
			if q.QueueName == "incoming" && q.Recipients[0].Address != o.records() {
				o.send(letter{from: o.jane(), to: o.records(), subjectLine: "Hello", body: "Hello.\n"})
				return false
			}
		}
		return true
	})
}

// misses says whether the daemon's latest word of a server is that it cannot work with it.
func (d *daemon) misses(server string) bool {
	what := map[string]string{"redis": "what=redis", "dovecot": `what="mailbox dsr"`, "postfix": "what=smtp"}[server]
	said := d.Said()
	return strings.LastIndex(said, "msg=failing "+what) > strings.LastIndex(said, `msg="works again" `+what)
}

// sameBytes wants one confirmation and one package. A copy that left because somebody died between
// the server's answer and our record of it is the same mail, byte for byte.
func (o *office) sameBytes() {
	o.t.Helper()
	mails := map[string]string{}
	for _, m := range o.inbox(o.anna()) {
		id := header(m).Get("Message-Id")
		if before, ok := mails[id]; ok && written(before) != written(m) {
			o.t.Errorf("two mails are called %s", id)
		}
		mails[id] = m
	}
	if len(mails) != 2 {
		o.t.Errorf("anna has %d different mails", len(mails))
	}
}

// written is a mail without the lines that servers put on top of it.
func written(mail string) string {
	_, rest, _ := strings.Cut(mail, "\r\nDate: ")
	return rest
}
