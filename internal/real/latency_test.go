package real_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// BenchmarkFromDeliveryToConfirmation measures how long it takes from Postfix's 250 for a request
// to the confirmation in the admin's mailbox, with a server that announces new mail (RFC 2177). Each
// round is of 200 requests, one after the other.
func BenchmarkFromDeliveryToConfirmation(b *testing.B) {
	const requests = 200
	s := common(b)
	for round := range b.N {
		o := newOffice(b, s, fmt.Sprintf("bench%d", round), func(s *settings) { s.idle = true })
		o.replace("dsrd.yaml", `"@every 1s"`, `"@every 60s"`) // only announcements are to be quick
		o.replace("dsrd.yaml", "breaker_limit: 0", "breaker_limit: 0\n  asks_a_day: 1000")
		d := o.serve()
		r, err := dialIMAP(s.dovecot, s.ca, o.anna(), password(o.anna()))
		noError(b, err)
		noError(b, r.conn.SetDeadline(time.Now().Add(10*time.Minute)))
		_, err = r.do("EXAMINE INBOX")
		noError(b, err)
		var all []time.Duration
		for i := range requests {
			o.asksHimself(fmt.Sprintf("customer%d@customer.example", i))
			began := time.Now()
			noError(b, r.arrives(i+1))
			all = append(all, time.Since(began))
		}
		slices.Sort(all)
		b.ReportMetric(milliseconds(all[requests/2]), "p50-ms")
		b.ReportMetric(milliseconds(all[requests*99/100]), "p99-ms")
		b.ReportMetric(0, "ns/op") // a round is no operation
		r.conn.Close()
		d.end()
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// arrives waits until there are n mails. It asks all the time: Dovecot announces a mail to those who
// idle half a second late, which is the daemon's part of what is measured, and must not be ours too.
func (r *reader) arrives(n int) error {
	want := fmt.Sprintf("* %d EXISTS", n)
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for {
		answers, err := r.do("NOOP")
		if err != nil || slices.Contains(answers, want) {
			return err
		}
		<-ticks.C
	}
}
