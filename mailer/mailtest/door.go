package mailtest

import (
	"net"
	"sync"
)

// door is a listener that remembers whom it let in, so that it can cut them off.
type door struct {
	net.Listener
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	shut  bool
}

func newDoor(l net.Listener) *door { return &door{Listener: l, conns: map[net.Conn]struct{}{}} }

// Accept lets one client in.
func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	guest := &guest{Conn: c, door: d}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut { // closed between the two steps: nobody would cut this one off later
		_ = c.Close()
		return nil, net.ErrClosed
	}
	d.conns[guest] = struct{}{}
	return guest, nil
}

// Close lets nobody in any more; who is inside stays until hangup.
func (d *door) Close() error {
	d.mu.Lock()
	d.shut = true
	d.mu.Unlock()
	return d.Listener.Close()
}

// hangup closes every connection that is open now.
func (d *door) hangup() {
	d.mu.Lock()
	open := make([]net.Conn, 0, len(d.conns))
	for c := range d.conns {
		open = append(open, c)
	}
	d.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

// guest is a connection that tells its door when it leaves.
type guest struct {
	net.Conn
	door *door
}

// Close closes the connection and strikes it off the door's list.
func (g *guest) Close() error {
	g.door.mu.Lock()
	delete(g.door.conns, g)
	g.door.mu.Unlock()
	return g.Conn.Close()
}

// reset makes the coming Close a reset.
func (g *guest) reset() {
	if tcp, ok := g.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// pipe is a listener without a network: who holds it dials, nobody else can.
type pipe struct {
	calls chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipe() *pipe { return &pipe{calls: make(chan net.Conn), done: make(chan struct{})} }

// Accept waits for the next dial.
func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// dial returns the client's end of a new connection.
func (p *pipe) dial() (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.calls <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close ends accepting.
func (p *pipe) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr names the pipe; it has no place in any network.
func (p *pipe) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
