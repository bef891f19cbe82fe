package courier

import (
	"errors"
	"net"
	"time"
)

// maxReply bounds what a server may say to one command, its certificates included.
const maxReply = 256 << 10

var errTalkative = errors.New("server says more than 256 KiB to one command")

// A wire is the bare connection, under TLS where there is TLS. Deadlines set here reach through
// every layer above it, and closing it never waits for a lock that a pending command holds, as
// Close of go-mail v0.8.1 does.
type wire struct {
	net.Conn
	now    func() time.Time
	budget int
}

// arm gives the next step d from now, and a fresh budget of bytes to be read.
func (w *wire) arm(d time.Duration) {
	w.budget = maxReply
	// A failure means that the connection is closed; the read or write that follows says so.
	_ = w.SetDeadline(w.now().Add(d))
}

func (w *wire) Read(p []byte) (int, error) {
	if w.budget <= 0 {
		return 0, errTalkative
	}
	n, err := w.Conn.Read(p[:min(len(p), w.budget)])
	w.budget -= n
	return n, err
}

// abort cuts the connection. A mail whose dot was not sent is not a mail (RFC 5321 section 4.1.1.4
// and 7.8), so this is how a mail is taken back.
func (w *wire) abort() { _ = w.Close() }
