package real_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestWhoeverIsStoppedInTheMiddleGoesOn stops the daemon while twenty letters leave, and again while
// twenty packages do. What was under way is ended well, so nothing leaves twice.
func TestWhoeverIsStoppedInTheMiddleGoesOn(t *testing.T) {
	t.Parallel()
	const requests = 20
	o := newOffice(t, common(t), "stopped", func(s *settings) { s.idle = true })
	d := o.serve()
	for i := range requests {
		o.asksHimself(fmt.Sprintf("customer%d@customer.example", i))
	}
	o.awaitMail(o.anna(), 1)
	d.end()
	if n := len(o.inbox(o.anna())); n == requests {
		t.Error("it was stopped too late to tell anything")
	}
	d = o.serve()
	confirmations := o.awaitMail(o.anna(), requests)
	for _, m := range confirmations {
		o.send(reply(m, o.anna(), "CONFIRM"))
	}
	until(t, "the first package", func() bool { return len(o.packages(o.anna())) > 0 })
	d.end()
	if n := len(o.packages(o.anna())); n == requests {
		t.Error("it was stopped too late to tell anything")
	}
	o.serve()
	o.hastening("all are completed", func() bool { return o.count("completed") == requests })
	o.delivered()
	o.eachOnce(requests)
}

// count is how many requests are in a state.
func (o *office) count(state string) (n int) {
	for _, r := range o.requests() {
		if r.State == state {
			n++
		}
	}
	return n
}

// TestNoServerThatHangsKeepsTheDaemonFromEnding stops each of them where it stands while the daemon
// waits for it, and then the daemon.
func TestNoServerThatHangsKeepsTheDaemonFromEnding(t *testing.T) {
	t.Parallel()
	s := own(t)
	for _, victim := range []string{"redis", "dovecot", "postfix"} {
		t.Run(victim, func(t *testing.T) {
			o := newOffice(t, s, "hung"+victim)
			d := o.serve()
			o.ask(jane)
			o.awaitMail(o.anna(), 1)
			o.awaitEvents("letter_sent", 1)
			s.server(victim).Pause()
			t.Cleanup(s.server(victim).Resume)
			o.pass(25 * time.Hour) // a reminder is due: all of them are needed
			until(t, "the daemon waits for "+victim, func() bool { return d.waitsFor(victim) })
			d.end()
			s.server(victim).Resume()
			d = o.serve() // what was under way comes due again by and by
			o.passing(time.Minute, "the reminder", func() bool { return len(o.inbox(o.anna())) == 2 })
			d.end()
		})
	}
}

// waitsFor says whether the daemon has said something to a server that does not listen.
func (d *daemon) waitsFor(server string) bool {
	switch server {
	case "dovecot":
		return unread(d.office.t, d.office.site.dovecot.IMAPS)
	case "postfix":
		return unread(d.office.t, d.office.site.postfix.Submit)
	}
	return d.misses(server)
}

// unread says whether a server on this port has connections to accept, or bytes to read (proc(5)).
func unread(t testing.TB, port int) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	noError(t, err)
	at := fmt.Sprintf("0100007F:%04X", port)
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 4 && f[1] == at && !strings.HasSuffix(f[4], ":00000000") {
			return true
		}
	}
	return false
}
