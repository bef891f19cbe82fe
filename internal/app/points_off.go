//go:build !faults

package app

import (
	"context"
	"io"
	"log/slog"
	"net"

	"github.com/dsrd/dsrd/mailer"
)

// points are the places where tests let a daemon die. The program that is shipped has none.
type points struct{}

// dialer opens a connection.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

func newPoints(*slog.Logger) *points { return nil }

// withoutPoints leaves out of the environment what is for tests alone.
func withoutPoints(environ []string) []string { return environ }

// at is one of the places; it is passed by.
func (*points) at(string) {}

// dial opens connections that are as they are; nil is the network's own.
func (*points) dial(string, dialer) dialer { return nil }

// letter is a mail that is handed to the relay.
func (*points) letter(
	ctx context.Context, mail io.Reader, check func(context.Context) error,
) (context.Context, io.Reader, func(context.Context) error) {
	return ctx, mail, check
}

// kept is how many connections to the relay are kept.
func (*points) kept(n int) int { return n }

// blobs are those of the store.
func (*points) blobs(b mailer.Blobs) mailer.Blobs { return b }

// close is the end of the daemon.
func (*points) close() {}
