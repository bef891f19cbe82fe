package faulty

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Proxy leads from a port of its own to a server, and breaks what goes through it as it is told.
type Proxy struct {
	listener net.Listener
	to       string

	mode    atomic.Pointer[state]
	mu      sync.Mutex
	open    map[*line]bool
	closed  bool
	pumping sync.WaitGroup
	heard   bytes.Buffer
}

// state is a mode and how far it has come.
type state struct {
	Mode
	bursts, passed, fired atomic.Int64
}

// Listen starts a proxy on the loopback that leads to host:port, or to the path of a unix socket.
// It begins with Pass.
func Listen(to string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %v", to, err)
	}
	p := &Proxy{listener: l, to: to, open: map[*line]bool{}}
	p.Set(Pass())
	p.pumping.Add(1)
	go p.accept()
	return p, nil
}

// Addr is host and port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Port is that of Addr.
func (p *Proxy) Port() int { return p.listener.Addr().(*net.TCPAddr).Port }

// Set changes what is done from now on, to open connections, too. Counts begin anew.
func (p *Proxy) Set(m Mode) {
	p.mode.Store(&state{Mode: m})
	if m.refuse {
		p.cut()
	}
}

// Fired is how often the present mode has cut a connection.
func (p *Proxy) Fired() int { return int(p.mode.Load().fired.Load()) }

// Bursts is how often clients have spoken since the mode was set: one more each time that they
// say something after the server did, or at first.
func (p *Proxy) Bursts() int { return int(p.mode.Load().bursts.Load()) }

// Heard is all that clients have said in the open where STARTTLS was taken away.
func (p *Proxy) Heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard.String()
}

// Close cuts all connections and waits for their ends.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.cut()
	p.pumping.Wait()
}

func (p *Proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.open {
		l.close()
	}
}

func (p *Proxy) accept() {
	defer p.pumping.Done()
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.mode.Load().refuse {
			c.Close()
			continue
		}
		p.pumping.Add(1)
		go p.lead(c)
	}
}

// lead brings a client to the server, and ends with both.
func (p *Proxy) lead(client net.Conn) {
	defer p.pumping.Done()
	defer client.Close()
	network := "tcp"
	if strings.HasPrefix(p.to, "/") {
		network = "unix"
	}
	server, err := net.DialTimeout(network, p.to, 10*time.Second)
	if err != nil {
		return
	}
	l := &line{p: p, client: client, server: server, ended: make(chan struct{})}
	defer l.close()
	if !p.keep(l) {
		return
	}
	done := make(chan struct{})
	go func() { defer close(done); l.down() }()
	l.up()
	<-done
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, l)
}

func (p *Proxy) keep(l *line) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[l] = true
	return !p.closed
}
