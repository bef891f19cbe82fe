package office

import (
	"context"
	"net"
	"testing"
	"time"
)

// Deadline is how long a step may take on a machine that is busy with other tests.
const Deadline = 60 * time.Second

// Until waits for a condition; what says what is missing when it does not come.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !Within(Deadline, holds) {
		t.Fatalf("in vain: %s", what)
	}
}

// Within polls a condition.
func Within(d time.Duration, holds func() bool) bool {
	ticks := time.NewTicker(30 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(d)
	for !holds() {
		select {
		case <-ticks.C:
		case <-late:
			return holds()
		}
	}
	return true
}

// Dialer connects to one address, whatever is asked for.
func Dialer(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}
