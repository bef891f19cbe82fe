package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// requests of a run of BenchmarkDeliveryToConfirmation.
const requests = 200

// BenchmarkDeliveryToConfirmation measures how long it takes from the delivery of a
// request into the mailbox to the confirmation's arrival at the relay, when the
// server announces new mail: one request at a time, everything included, all servers
// in this process. Redis is the embedded one, which syncs nothing.
func BenchmarkDeliveryToConfirmation(b *testing.B) {
	arrived := make(chan time.Time, requests)
	w := benchWorld(b, func(_ context.Context, s mailtest.Stage, _ mailtest.Envelope) error {
		if s == mailtest.StageAccepted {
			arrived <- time.Now()
		}
		return nil
	})
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.App.Run(ctx) }()
	idles(b, w)
	var took []time.Duration
	n := 0
	for b.Loop() {
		for range requests {
			n++
			// From each customer, signed: others than they are asked for a few times a day.
			customer := fmt.Sprintf("customer%d@customer.example", n)
			letter := demo.Letter{From: customer, To: demo.Desk, SubjectLine: "My data",
				Body: "Please send me the data you hold about " + customer + ".\n"}
			begin := time.Now()
			must(b, w.Write(letter))
			select {
			case at := <-arrived:
				took = append(took, at.Sub(begin))
			case <-time.After(20 * time.Second):
				b.Fatalf("request %d: no confirmation", n)
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	stop()
	must(b, <-ended)
}

// benchWorld is a world by the real clock, whose breaker lets a crowd pass and whose
// schedule scans so seldom that only announcements count.
func benchWorld(b *testing.B, hook mailtest.Hook) *demo.World {
	b.Helper()
	dir, err := os.MkdirTemp("", "dsrd")
	must(b, err)
	w, err := demo.New(b.Context(), demo.Options{
		Dir: dir, Clock: demo.NewClock(time.Now), Hook: hook, Extra: "policy:\n  breaker_limit: 1000000\n  asks_a_day: 100000\n",
		Log: telemetry.NewLog(io.Discard, telemetry.Text, slog.LevelError),
	})
	must(b, err)
	b.Cleanup(func() {
		must(b, w.Close())
		os.RemoveAll(dir)
	})
	file := filepath.Join(dir, "dsrd.yaml")
	raw, err := os.ReadFile(file)
	must(b, err)
	text := strings.Replace(string(raw), `scan: "@every 5s"`, `scan: "@every 1h"`, 1)
	must(b, os.WriteFile(file, []byte(text), 0o600))
	must(b, w.App.Close())
	must(b, w.Start(b.Context()))
	return w
}

// idles waits for the daemon to listen for news.
func idles(b *testing.B, w *demo.World) {
	b.Helper()
	for late := time.Now().Add(20 * time.Second); ; {
		if slices.ContainsFunc(w.Post.IMAP.Commands(), func(c string) bool { return strings.HasPrefix(c, "IDLE") }) {
			return
		}
		if time.Now().After(late) {
			b.Fatal("it does not idle")
		}
		<-time.After(10 * time.Millisecond)
	}
}
