package storetest

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/dsrd/dsrd/store"
)

// Line is the network between a store and its server, broken on demand.
type Line struct {
	mu    sync.Mutex
	lose  int // replies to lose after the server has done what was asked
	refer int // commands to lose before they reach the server
	Lost  int // so far, both ways

	meanwhile func() // once, before the next writing command

	refusal string // what writing commands are answered with instead of being done
}

// Adapt makes a store use the line.
func (l *Line) Adapt(c *store.Config) { c.Dial = l.Dial }

// LoseReplies loses the replies to the next n writing commands.
func (l *Line) LoseReplies(n int) { l.set(&l.lose, n) }

// LoseCommands loses the next n writing commands themselves.
func (l *Line) LoseCommands(n int) { l.set(&l.refer, n) }

// Refuse answers every writing command with that error, as a server does that cannot
// work now; "" ends it.
func (l *Line) Refuse(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusal = text
}

// Meanwhile lets f happen once, between what was read and the next writing command.
func (l *Line) Meanwhile(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.meanwhile = f
}

func (l *Line) happen() {
	l.mu.Lock()
	f := l.meanwhile
	l.meanwhile = nil
	l.mu.Unlock()
	if f != nil {
		f()
	}
}

func (l *Line) refuses() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusal
}

func (l *Line) set(which *int, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*which = n
}

// take counts one off, and reports whether there was one.
func (l *Line) take(which *int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *which == 0 {
		return false
	}
	*which--
	l.Lost++
	return true
}

// Dial opens a connection that may break.
func (l *Line) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &brittle{Conn: conn, line: l}, nil
}

// brittle is a connection that breaks when its line says so. The client uses a
// connection for one command at a time.
type brittle struct {
	net.Conn
	line    *Line
	writing bool // a writing command waits for its reply
	queued  bool // it is a transaction: done when EXEC is answered, not before
	answer  string
}

// Write passes a command on, or loses it.
func (b *brittle) Write(p []byte) (int, error) {
	low := bytes.ToLower(p)
	b.writing = bytes.Contains(low, []byte("evalsha")) || bytes.Contains(low, []byte("\r\neval\r\n")) ||
		bytes.Contains(low, []byte("\r\nhset\r\n"))
	b.queued = bytes.Contains(low, []byte("\r\nexec\r\n"))
	if b.writing {
		b.line.happen()
	}
	if b.writing && b.line.take(&b.line.refer) {
		b.Conn.Close()
		return 0, io.ErrClosedPipe
	}
	if text := b.line.refuses(); b.writing && text != "" {
		b.answer = strings.Repeat("-"+text+"\r\n", 1+bytes.Count(p, []byte("\r\n*"))) // to each command
		return len(p), nil
	}
	return b.Conn.Write(p)
}

// Read waits until the server has answered, and then may lose the answer.
func (b *brittle) Read(p []byte) (int, error) {
	if b.answer != "" {
		n := copy(p, b.answer)
		b.answer = b.answer[n:]
		return n, nil
	}
	n, err := b.Conn.Read(p)
	if err != nil || !b.writing || b.queued && !executed(p[:n]) {
		return n, err
	}
	b.writing = false
	if bytes.HasPrefix(p[:n], []byte("-NOSCRIPT")) { // nothing was done, whatever else comes behind
		return n, nil
	}
	if b.line.take(&b.line.lose) {
		b.Conn.Close()
		return 0, io.EOF
	}
	return n, err
}

// executed tells whether a transaction's last reply has come: the array that EXEC gives,
// after a line for MULTI and one for each command queued.
func executed(reply []byte) bool {
	return bytes.HasPrefix(reply, []byte("*")) || bytes.Contains(reply, []byte("\n*"))
}
