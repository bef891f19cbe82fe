package config

import (
	"fmt"
	"time"
)

// Timing is how long the daemon waits for what. Whoever has no reason leaves it as it is.
type Timing struct {
	Lease            Duration `yaml:"lease"`
	Look             Duration `yaml:"look"`
	Recheck          Duration `yaml:"recheck"`
	Grace            Duration `yaml:"grace"`
	ReconnectFirst   Duration `yaml:"reconnect_first"`
	ReconnectLongest Duration `yaml:"reconnect_longest"`
	Logins           int      `yaml:"logins"`
	IMAPSilence      Duration `yaml:"imap_silence"`
	SMTPCommand      Duration `yaml:"smtp_command"`
	SMTPDot          Duration `yaml:"smtp_dot"`
	ClockSlack       Duration `yaml:"clock_slack"`
}

// maxLogins is far above what any provider allows an account in two minutes.
const maxLogins = 1000

func usualTiming() Timing {
	return Timing{
		Lease: Duration(15 * time.Second), Look: Duration(time.Second), Recheck: Duration(time.Minute),
		Grace:          Duration(20 * time.Second),
		ReconnectFirst: Duration(2 * time.Second), ReconnectLongest: Duration(80 * time.Second), Logins: 2,
		IMAPSilence: Duration(time.Minute), SMTPCommand: Duration(5 * time.Minute),
		SMTPDot: Duration(10 * time.Minute), ClockSlack: Duration(2 * time.Minute),
	}
}

// timing bounds what may be changed: a lease below a second is lost at each hiccup, one of
// hours lets a dead replica's mailbox lie.
func (k *checker) timing(t Timing) {
	for _, d := range []struct {
		key         string
		is          Duration
		least, most time.Duration
	}{
		{"lease", t.Lease, time.Second, time.Minute},
		{"look", t.Look, 50 * time.Millisecond, 10 * time.Second},
		{"recheck", t.Recheck, 500 * time.Millisecond, 10 * time.Minute},
		{"grace", t.Grace, time.Second, 10 * time.Minute},
		{"reconnect_first", t.ReconnectFirst, 50 * time.Millisecond, time.Minute},
		{"reconnect_longest", t.ReconnectLongest, 50 * time.Millisecond, 15 * time.Minute},
		{"imap_silence", t.IMAPSilence, time.Second, 10 * time.Minute},
		{"smtp_command", t.SMTPCommand, time.Second, 10 * time.Minute},
		{"smtp_dot", t.SMTPDot, time.Second, 30 * time.Minute},
		{"clock_slack", t.ClockSlack, time.Second, time.Hour},
	} {
		k.within("timing."+d.key, d.is, d.least, d.most)
	}
	if t.ReconnectLongest < t.ReconnectFirst {
		k.add("timing.reconnect_longest", "", "is below reconnect_first", "the pause grows from the one to the other")
	}
	if t.Look > t.Lease/3 {
		k.add("timing.look", "", "is above a third of the lease", "a claim is renewed at each look: make it shorter")
	}
	if t.Logins < 1 || t.Logins > maxLogins {
		k.add("timing.logins", "", fmt.Sprintf("is %d", t.Logins), fmt.Sprintf("1 to %d", maxLogins))
	}
}

func (k *checker) within(key string, is Duration, least, most time.Duration) {
	if is := time.Duration(is); is < least || is > most {
		k.add(key, "", fmt.Sprintf("is %s", is), fmt.Sprintf("%s to %s", least, most))
	}
}
