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
		t.Run(victim, func(t *testing.T) {
			o := newOffice(t, s, victim, func(s *settings) { s.idle = true })
			d := o.serve()
			o.ask(jane)
			d = o.restart(d, victim, func() {})
			o.awaitMail(o.anna(), 1)
			d = o.restart(d, victim, func() {
				if victim == "redis" || victim == "dsrd" {
					o.answer("CONFIRM") // Postfix and Dovecot take it meanwhile
				}
			})
			if victim == "postfix" || victim == "dovecot" {
				o.answer("CONFIRM")
				d = o.restart(d, victim, func() {})
			}
			o.awaitMail(o.anna(), 2)
			o.awaitState("completed")
			o.sameBytes()
			d.end()
		})
	}
}

// restart kills the victim, does something, and starts it again. Then the clock goes ahead: nobody
// wants to wait until the daemon tries again.
func (o *office) restart(d *daemon, victim string, meanwhile func()) *daemon {
	o.t.Helper()
	s := o.site
	switch victim {
	case "redis":
		s.redis.Kill()
		meanwhile()
		noError(o.t, s.redis.Start())
	case "dovecot":
		s.dovecot.Kill()
		meanwhile()
		noError(o.t, s.dovecot.Start())
	case "postfix":
		s.postfix.Kill()
		meanwhile()
		noError(o.t, s.postfix.Start())
	case "dsrd":
		d.Kill()
		meanwhile()
		d = o.serve()
	}
	o.pass(3 * time.Minute)
	return d
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
