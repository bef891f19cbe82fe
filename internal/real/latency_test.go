package real_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// BenchmarkFromDeliveryToConfirmation measures how long it takes from Postfix's 250 for a request
// to the confirmation in the admin's mailbox, with a server that announces new mail (RFC 2177). Each
// round is of 200 requests, one after the other.
func BenchmarkFromDeliveryToConfirmation(b *testing.B) {
	const requests = 200
	s := office.Common(b)
	for round := range b.N {
		o := office.New(b, s, fmt.Sprintf("bench%d", round), func(s *office.Settings) { s.Idle = true })
		o.Replace("dsrd.yaml", `"@every 1s"`, `"@every 60s"`) // only announcements are to be quick
		o.Replace("dsrd.yaml", "breaker_limit: 0", "breaker_limit: 0\n  asks_a_day: 1000")
		d := o.Serve()
		r, err := office.DialIMAP(s.Dovecot, s.CA, o.Anna(), office.Password(o.Anna()))
		office.NoError(b, err)
		office.NoError(b, r.Conn.SetDeadline(time.Now().Add(10*time.Minute)))
		_, err = r.Do("EXAMINE INBOX")
		office.NoError(b, err)
		var all []time.Duration
		for i := range requests {
			o.AsksHimself(fmt.Sprintf("customer%d@customer.example", i))
			began := time.Now()
			office.NoError(b, arrives(r, i+1))
			all = append(all, time.Since(began))
		}
		slices.Sort(all)
		b.ReportMetric(milliseconds(all[requests/2]), "p50-ms")
		b.ReportMetric(milliseconds(all[requests*99/100]), "p99-ms")
		b.ReportMetric(0, "ns/op") // a round is no operation
		r.Conn.Close()
		d.End()
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// arrives waits until there are n mails. It asks all the time: Dovecot announces a mail to those who
// idle half a second late, which is the daemon's part of what is measured, and must not be ours too.
func arrives(r *office.Reader, n int) error {
	want := fmt.Sprintf("* %d EXISTS", n)
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for {
		answers, err := r.Do("NOOP")
		if err != nil || slices.Contains(answers, want) {
			return err
		}
		<-ticks.C
	}
}
