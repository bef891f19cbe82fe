package real_test

import (
	"context"
	"net"
	"testing"
	"time"
)

// deadline is how long a step may take on a machine that is busy with other tests.
const deadline = 60 * time.Second

// until waits for a condition; what says what is missing when it does not come.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !within(deadline, holds) {
		t.Fatalf("in vain: %s", what)
	}
}

// within polls a condition.
func within(d time.Duration, holds func() bool) bool {
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

// dialer connects to one address, whatever is asked for.
func dialer(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}
