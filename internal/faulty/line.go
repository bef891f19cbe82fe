package faulty

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// line is one connection that is led.
type line struct {
	p              *Proxy
	client, server net.Conn
	ended          chan struct{}
	once           sync.Once
	asked          atomic.Bool           // the client has spoken last
	doomed         atomic.Pointer[state] // its next answer is dropped
}

func (l *line) close() {
	l.once.Do(func() { close(l.ended) })
	l.client.Close()
	l.server.Close()
}

const chunk = 32 << 10

// up carries what the client says.
func (l *line) up() {
	defer l.close()
	b := make([]byte, chunk)
	for {
		n, err := l.client.Read(b)
		if n > 0 && !l.says(b[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

func (l *line) says(b []byte) bool {
	m := l.p.mode.Load()
	if m.swallow {
		return true
	}
	if !l.asked.Swap(true) && m.bursts.Add(1) == m.dropReply {
		l.doomed.Store(m)
	}
	if m.strip {
		l.p.mu.Lock()
		l.p.heard.Write(b)
		l.p.mu.Unlock()
	}
	return l.pass(m, l.server, b)
}

// down carries what the server says.
func (l *line) down() {
	defer l.close()
	b := make([]byte, chunk)
	for {
		n, err := l.server.Read(b)
		if n > 0 && !l.answers(b[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

func (l *line) answers(b []byte) bool {
	m := l.p.mode.Load()
	if doomed := l.doomed.Load(); doomed != nil {
		doomed.fired.Add(1)
		return false
	}
	l.asked.Store(false)
	if m.swallow {
		return true
	}
	if m.strip {
		b = bytes.ReplaceAll(b, []byte("STARTTLS"), []byte("XSTRIPPD"))
	}
	if m.cutAfter > 0 {
		return l.upTo(m, b)
	}
	return l.pass(m, l.client, b)
}

// upTo passes what may pass until the cut.
func (l *line) upTo(m *state, b []byte) bool {
	after := m.passed.Add(int64(len(b)))
	if after < m.cutAfter {
		return l.pass(m, l.client, b)
	}
	before := after - int64(len(b))
	if before < m.cutAfter { // who comes later is not cut again
		m.fired.Add(1)
		l.pass(m, l.client, b[:m.cutAfter-before])
		return false
	}
	return l.pass(m, l.client, b)
}

// pass writes in the pieces and at the speed of the mode; false when the line has ended.
func (l *line) pass(m *state, to net.Conn, b []byte) bool {
	for len(b) > 0 {
		piece := len(b)
		if m.slice > 0 {
			piece = min(piece, m.slice)
		}
		if m.perSecond > 0 {
			piece = min(piece, max(1, m.perSecond/20))
			if !l.wait(time.Duration(piece) * time.Second / time.Duration(m.perSecond)) {
				return false
			}
		}
		if _, err := to.Write(b[:piece]); err != nil {
			return false
		}
		b = b[piece:]
	}
	return true
}

func (l *line) wait(d time.Duration) bool {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-late.C:
		return true
	case <-l.ended:
		return false
	}
}
