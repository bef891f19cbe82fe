package office

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// Restart ends the victim, does something, and starts it again. While it is down the clock goes
// ahead: nobody wants to wait for the end of a lease, or until the daemon may log in again. It must
// not go ahead while a mail is read, which is to take no longer than two seconds.
func (o *Office) Restart(d *Daemon, victim, how string, meanwhile func()) *Daemon {
	o.T.Helper()
	const pause = 3 * time.Minute
	if victim == "dsrd" {
		if how == "killed" {
			d.Kill()
		} else {
			d.End()
		}
		meanwhile()
		o.Pass(pause)
		return o.Serve()
	}
	s := o.Site.Server(victim)
	if how == "killed" {
		s.Kill()
	} else {
		s.Stop()
	}
	meanwhile()
	if victim != "postfix" { // of which nobody hears before there is something to send
		Until(o.T, "it is noticed that "+victim+" is down", func() bool { return d.Misses(victim) })
		o.Pass(pause)
	}
	NoError(o.T, s.Start())
	if victim == "dovecot" {
		o.Nudge()
	}
	return d
}

// Nudge sends mails until Postfix has looked at its queue "incoming": there it leaves a mail whose
// delivery Dovecot broke off with its last breath, until another mail comes in.
func (o *Office) Nudge() {
	o.T.Helper()
	Until(o.T, "nothing is forgotten", func() bool {
		forgets, err := o.Forgets()
		NoError(o.T, err)
		if forgets {
			o.Send(o.greeting())
		}
		return !forgets
	})
}

// Remind is Nudge for whoever does not mind that a server is down: it sends one mail where Postfix
// has forgotten one.
func (o *Office) Remind() error {
	forgets, err := o.Forgets()
	if err != nil || !forgets {
		return err
	}
	l := o.greeting()
	return o.Site.Deliver(l.From, l.To, o.Signed(l))
}

// Forgets says whether a mail lies where Postfix does not look.
func (o *Office) Forgets() (bool, error) {
	queue, err := o.Site.Postfix.Queue()
	for _, q := range queue {
		if q.QueueName == "incoming" && len(q.Recipients) > 0 && q.Recipients[0].Address != o.Records() {
			return true, nil
		}
	}
	return false, err
}

// greeting is a mail of which nobody wants to know.
func (o *Office) greeting() Letter {
	return Letter{From: o.Jane(), To: o.Records(), SubjectLine: "Hello", Body: "Hello.\n"}
}

// Misses says whether the daemon's latest word of a server is that it cannot work with it.
func (d *Daemon) Misses(server string) bool {
	what := map[string]string{"redis": "what=redis", "dovecot": `what="mailbox dsr"`, "postfix": "what=smtp"}[server]
	said := d.Said()
	return strings.LastIndex(said, "msg=failing "+what) > strings.LastIndex(said, `msg="works again" `+what)
}

// SameBytes wants one confirmation and one package. A copy that left because somebody died between
// the server's answer and our record of it is the same mail, byte for byte.
func (o *Office) SameBytes() {
	o.T.Helper()
	mails := map[string]string{}
	for _, m := range o.Inbox(o.Anna()) {
		id := Header(m).Get("Message-Id")
		if before, ok := mails[id]; ok && written(before) != written(m) {
			o.T.Errorf("two mails are called %s", id)
		}
		mails[id] = m
	}
	if len(mails) != 2 {
		o.T.Errorf("anna has %d different mails", len(mails))
	}
}

// written is a mail without the lines that servers put on top of it.
func written(mail string) string {
	_, rest, _ := strings.Cut(mail, "\r\nDate: ")
	return rest
}

// WaitsFor says whether the daemon has said something to a server that does not listen.
func (d *Daemon) WaitsFor(server string) bool {
	switch server {
	case "dovecot":
		return unread(d.office.T, d.office.Site.Dovecot.IMAPS)
	case "postfix":
		return unread(d.office.T, d.office.Site.Postfix.Submit)
	}
	return d.Misses(server)
}

// unread says whether a server on this port has connections to accept, or bytes to read (proc(5)).
func unread(t testing.TB, port int) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	NoError(t, err)
	at := fmt.Sprintf("0100007F:%04X", port)
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 4 && f[1] == at && !strings.HasSuffix(f[4], ":00000000") {
			return true
		}
	}
	return false
}
