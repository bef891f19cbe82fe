package inbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// BenchmarkScan reads, marks and moves 1,000 mails of about 4.6 KB over TLS on loopback. The
// server is in the same process and moves mails one by one, so most of the time is its own;
// "kept" leaves the moving out.
func BenchmarkScan(b *testing.B) {
	for _, after := range []inbox.After{inbox.Move, inbox.Keep} {
		b.Run(string(after), func(b *testing.B) { benchmarkScan(b, after) })
	}
}

func benchmarkScan(b *testing.B, after inbox.After) {
	const mails = 1000
	ca, err := mailtest.NewCA()
	if err != nil {
		b.Fatal(err)
	}
	secure, err := ca.Server("127.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	now := func() time.Time { return noon }
	server, err := mailtest.NewIMAP(mailtest.IMAPConfig{TLS: secure, Now: now})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	text := bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 61)
	b.SetBytes(mails * int64(len(text)))
	b.ReportAllocs()
	for round := 0; b.Loop(); round++ {
		b.StopTimer()
		name := fmt.Sprintf("desk%d", round)
		if err := server.AddUser(name, secret); err != nil {
			b.Fatal(err)
		}
		for i := range mails {
			raw := append(letter(fmt.Sprintf("mail-%d", i)), text...)
			if err := server.Deliver(name, inBox, raw, noon); err != nil {
				b.Fatal(err)
			}
		}
		box, err := inbox.New(inbox.Config{
			Name: "desk", Addr: server.Addr(), TLSConfig: ca.Client(), Now: now, Random: rand.Reader,
			After: after,
			Credential: func(context.Context, bool) (inbox.Login, error) {
				return inbox.Login{User: name, Password: secret}, nil
			},
		}, begun(1), (&desk{}).handle)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		report, err := box.Scan(b.Context())
		if err != nil || report.Handled != mails {
			b.Fatalf("got %+v, %v", report, err)
		}
		b.StopTimer()
		box.Close(b.Context())
		b.StartTimer()
	}
	b.ReportMetric(float64(mails)*float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}
