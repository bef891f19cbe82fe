package inbox

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
)

// What an honest server stays below in one response, literals included, and in all that it says to
// one command, the literals of FETCH left out. A SEARCH names two million mails in 16 MiB.
const (
	maxResponse = 1 << 20
	maxSearch   = 16 << 20
	maxTalk     = 32 << 20
)

// errTalk: the server says more than there can be to say.
var errTalk = errors.New("the server says more than it was asked for")

// guard is a connection on which no response is without bounds.
//
// go-imap v2.0.0-beta.8 reads a line, a quoted string and every literal but that of a body into
// memory, as long as they come: the limits of its decoder cannot be set from outside. A body is
// streamed, but what looks like one need not be, so a FETCH has a bound too: that of a mail. Servers
// that obey the <0.n> of the command stay below it (RFC 9051 6.4.5); the others cost a connection.
type guard struct {
	net.Conn
	body int64 // how much of a mail is asked for at most

	talked atomic.Int64 // bytes since the last command, the literals of FETCH left out

	// What follows belongs to whoever reads.
	bad     error // why nothing more is read
	kind    kind
	head    []byte   // the response's first bytes, until its kind is known
	said    int64    // bytes of this response
	literal int64    // bytes of a literal that are to come
	size    sizeMark // of the literal that may be announced here
	quoted  bool
	escaped bool
}

func newGuard(c net.Conn, body int64) *guard { return &guard{Conn: c, body: body} }

// asks begins a new command.
func (g *guard) asks() { g.talked.Store(0) }

// Read reads, and breaks the connection where the server goes too far. What came before that is
// passed on.
func (g *guard) Read(p []byte) (int, error) {
	if g.bad != nil {
		return 0, g.bad
	}
	n, err := g.Conn.Read(p)
	good, bad := g.follow(p[:n])
	if bad != nil {
		g.bad = bad
		_ = g.Conn.Close()
		if good == 0 {
			return 0, bad
		}
		return good, nil
	}
	return n, err
}

// follow keeps up with what arrives, and says how much of it is within the bounds.
func (g *guard) follow(p []byte) (good int, err error) {
	for good < len(p) {
		n, ended := 1, false
		inside := g.literal > 0
		if inside {
			n = int(min(g.literal, int64(len(p)-good)))
			g.literal -= int64(n)
		} else {
			ended = g.next(p[good])
		}
		if err := g.count(int64(n), inside); err != nil {
			return good, err
		}
		if ended {
			g.kind, g.head, g.said, g.size = unknown, g.head[:0], 0, sizeMark{}
		}
		good += n
	}
	return good, nil
}

// count holds what was said against the bounds.
func (g *guard) count(n int64, inside bool) error {
	g.said += n
	if most := g.most(); g.said > most || g.literal > most {
		return fmt.Errorf("%w: a response of more than %d bytes", errTalk, most)
	}
	if inside && g.kind == fetch {
		return nil
	}
	if g.talked.Add(n) > maxTalk {
		return fmt.Errorf("%w: more than %d bytes", errTalk, int64(maxTalk))
	}
	return nil
}

func (g *guard) most() int64 {
	switch g.kind {
	case fetch:
		return g.body + maxResponse
	case search:
		return maxSearch
	}
	return maxResponse
}

// next takes a byte that is in no literal, and says whether the response ends with it. Within a
// quoted string no line ends (RFC 9051 9, QUOTED-CHAR): go-imap reads on there.
func (g *guard) next(b byte) (ended bool) {
	if g.kind == unknown {
		g.head = append(g.head, b)
		g.kind = kindOf(g.head)
	}
	switch {
	case g.kind == prose:
		return b == '\n'
	case g.escaped:
		g.escaped = false
		return false
	case g.quoted:
		g.escaped = b == '\\'
		g.quoted = b != '"'
		return false
	case b == '"':
		g.quoted, g.size = true, sizeMark{}
		return false
	}
	n, announced := g.size.next(b)
	if announced {
		g.literal = n
		return false
	}
	return b == '\n'
}
