package real_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// TestWhoeverIsStoppedInTheMiddleGoesOn stops the daemon while twenty letters leave, and again while
// twenty packages do. What was under way is ended well, so nothing leaves twice.
func TestWhoeverIsStoppedInTheMiddleGoesOn(t *testing.T) {
	t.Parallel()
	const requests = 20
	o := office.New(t, office.Common(t), "stopped", func(s *office.Settings) { s.Idle = true })
	d := o.Serve()
	for i := range requests {
		o.AsksHimself(fmt.Sprintf("customer%d@customer.example", i))
	}
	o.AwaitMail(o.Anna(), 1)
	d.End()
	if n := len(o.Inbox(o.Anna())); n == requests {
		t.Error("it was stopped too late to tell anything")
	}
	d = o.Serve()
	confirmations := o.AwaitMail(o.Anna(), requests)
	for _, m := range confirmations {
		o.Send(office.Reply(m, o.Anna(), "CONFIRM"))
	}
	office.Until(t, "the first package", func() bool { return len(o.Packages(o.Anna())) > 0 })
	d.End()
	if n := len(o.Packages(o.Anna())); n == requests {
		t.Error("it was stopped too late to tell anything")
	}
	o.Serve()
	o.Hastening("all are completed", func() bool { return o.Count("completed") == requests })
	o.Delivered()
	o.EachOnce(requests)
}

// TestNoServerThatHangsKeepsTheDaemonFromEnding stops each of them where it stands while the daemon
// waits for it, and then the daemon.
func TestNoServerThatHangsKeepsTheDaemonFromEnding(t *testing.T) {
	t.Parallel()
	s := office.Own(t)
	for _, victim := range []string{"redis", "dovecot", "postfix"} {
		t.Run(victim, func(t *testing.T) {
			o := office.New(t, s, "hung"+victim)
			d := o.Serve()
			o.Ask(office.Jane)
			o.AwaitMail(o.Anna(), 1)
			o.AwaitEvents("letter_sent", 1)
			s.Server(victim).Pause()
			t.Cleanup(s.Server(victim).Resume)
			o.Pass(25 * time.Hour) // a reminder is due: all of them are needed
			office.Until(t, "the daemon waits for "+victim, func() bool { return d.WaitsFor(victim) })
			d.End()
			s.Server(victim).Resume()
			d = o.Serve() // what was under way comes due again by and by
			o.Passing(time.Minute, "the reminder", func() bool { return len(o.Inbox(o.Anna())) == 2 })
			d.End()
		})
	}
}
