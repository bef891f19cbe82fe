package inbox

import (
	"net"
	"sync"
	"time"
)

// bounded is a connection that bears no silence while somebody waits for an answer.
//
// go-imap sets no deadline between responses (idleReadTimeout is 0), so a server that accepts a
// command and never answers would block for ever. Its own SetReadDeadline calls pass through.
type bounded struct {
	net.Conn
	silence time.Duration

	mu      sync.Mutex
	waiting bool
	timer   *time.Timer
}

func newBounded(c net.Conn, silence time.Duration) *bounded {
	b := &bounded{Conn: c, silence: silence}
	b.timer = time.AfterFunc(silence, b.abort)
	b.timer.Stop()
	return b
}

// wait begins to measure silence.
func (b *bounded) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = true
	b.timer.Reset(b.silence)
}

// rest ends it: between commands a server may be silent as long as it likes.
func (b *bounded) rest() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = false
	b.timer.Stop()
}

// abort closes the connection. There is no way back: every later Read and Write fails too.
func (b *bounded) abort() { _ = b.Conn.Close() }

// Read reads; whatever arrives ends the silence.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if n > 0 {
		b.mu.Lock()
		if b.waiting {
			b.timer.Reset(b.silence)
		}
		b.mu.Unlock()
	}
	return n, err
}
