package inbox

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
)

// What an honest server stays below in one response, literals included, and in all that it says to
// one command. The literals of FETCH are left out there, and SEARCH is a matter of its own: it names
// two million mails in 16 MiB.
const (
	maxResponse = 1 << 20
	maxTalk     = 1 << 20
	maxSearch   = 16 << 20
	maxItems    = 256 << 10 // of a FETCH response without its literals
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

	talked, searched atomic.Int64 // bytes since the last command

	// What follows belongs to whoever reads.
	bad     error // why nothing more is read
	kind    kind
	head    []byte   // the response's first bytes, until its kind is known
	said    int64    // bytes of this response
	plain   int64    // of them, those in no literal
	literal int64    // bytes of a literal that are to come
	size    sizeMark // of the literal that may be announced here
	quoted  bool
	escaped bool
}

func newGuard(c net.Conn, body int64) *guard { return &guard{Conn: c, body: body} }

// asks begins a new command.
func (g *guard) asks() {
	g.talked.Store(0)
	g.searched.Store(0)
}

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
			g.kind, g.head, g.said, g.plain, g.size = unknown, g.head[:0], 0, 0, sizeMark{}
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
	if !inside {
		g.plain += n
	}
	if g.kind == fetch && g.plain > maxItems {
		return fmt.Errorf("%w: items of more than %d bytes", errTalk, maxItems)
	}
	talked, most := &g.talked, int64(maxTalk)
	switch {
	case inside && g.kind == fetch:
		return nil
	case g.kind == search:
		talked, most = &g.searched, maxSearch
	}
	if talked.Add(n) > most {
		return fmt.Errorf("%w: more than %d bytes", errTalk, most)
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
