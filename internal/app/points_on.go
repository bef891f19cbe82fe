//go:build faults

package app

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/workflow"
)

// faultsVariable says at which places something happens, as
//
//	smtp-250=kill@2,claimed=hold,carrier=panic@1+
//
// NAME=ACTION@N acts when the place is reached for the N-th time (1 if it is left out), N+
// from then on each time. The actions: kill and stop send that signal to this process,
// panic panics, hold waits until the file that DSRD_FAULTS_GO names is there. What acts is
// told in the log first, as is at the end of the daemon how often each place was reached.
//
// The places, in the order in which a request comes by:
//
//	scanned     a mail was fetched
//	begun       its attempt is counted, the desk begins
//	desk        the desk knows what it means, nothing of it is committed
//	committed   any change was committed
//	handled     what it means is committed, its own record is not finished
//	marked      its record is finished, nothing is marked in the mailbox yet
//	claimed     tasks were claimed
//	carrier     a task goes to its carrier
//	blob-put    a blob was stored
//	smtp-mail   MAIL was said, the last look comes
//	sending     the last look allowed it, RCPT comes
//	smtp-dot    the final dot was said
//	smtp-250    the answer to it was read, and nothing is committed
//	recorded    a letter's end is committed
//	copied      a letter's copy lies in Sent, and nothing is committed
//	compiled    a package is built, and nothing is committed
//	checkpoint  a marker is about to be written
//	recover     a step of a recovery was done
//	redis-call  something is about to be written to Redis; redis-reply: something was read
//	imap-call, imap-reply, smtp-call, smtp-reply   likewise
const faultsVariable = "DSRD_FAULTS"

// goVariable names the file for which hold waits.
const goVariable = "DSRD_FAULTS_GO"

// points are the places where tests let a daemon die.
type points struct {
	log   *slog.Logger
	mu    sync.Mutex
	count map[string]int
	plan  map[string][]fault
}

// fault is what happens at a place.
type fault struct {
	action string
	from   int
	always bool // not only then, but from then on
}

// dialer opens a connection.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// newPoints reads the environment; nil if nothing is to happen.
func newPoints(log *slog.Logger) *points {
	text, set := os.LookupEnv(faultsVariable)
	if !set {
		return nil
	}
	p := &points{log: log, count: map[string]int{}, plan: map[string][]fault{}}
	for one := range strings.SplitSeq(text, ",") {
		name, f, ok := readFault(strings.TrimSpace(one))
		if ok {
			p.plan[name] = append(p.plan[name], f)
		} else if one != "" && one != "count" {
			log.Error("this fault is not understood", "fault", one)
		}
	}
	return p
}

func readFault(text string) (string, fault, bool) {
	name, action, ok := strings.Cut(text, "=")
	action, when, timed := strings.Cut(action, "@")
	f := fault{action: action, from: 1}
	if timed {
		when, f.always = strings.CutSuffix(when, "+")
		n, err := strconv.Atoi(when)
		f.from, ok = n, ok && err == nil
	}
	return name, f, ok
}

// withoutPoints leaves out of the environment what is for tests alone.
func withoutPoints(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		return strings.HasPrefix(entry, faultsVariable)
	})
}

// at is one of the places.
func (p *points) at(name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.count[name]++
	n := p.count[name]
	p.mu.Unlock()
	for _, f := range p.plan[name] {
		if n == f.from || f.always && n > f.from {
			p.log.Warn("fault", "point", name, "n", n, "action", f.action)
			f.act(name)
		}
	}
}

func (f fault) act(name string) {
	switch f.action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it has arrived
	case "stop":
		goesOn := make(chan os.Signal, 1)
		signal.Notify(goesOn, syscall.SIGCONT)
		defer signal.Stop(goesOn)
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		<-goesOn // the signal stops this thread some time after the call
	case "panic":
		panic("a fault at " + name)
	case "hold":
		for {
			if _, err := os.Stat(os.Getenv(goVariable)); err == nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// dial opens connections whose calls are counted; nil is the network's own.
func (p *points) dial(kind string, next dialer) dialer {
	if p == nil {
		return next
	}
	if next == nil {
		next = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		passage, _ := ctx.Value(passageKey{}).(*passage)
		return &wired{Conn: conn, points: p, kind: kind, passage: passage}, nil
	}
}

// wired is a connection that tells of its calls.
type wired struct {
	net.Conn
	points  *points
	kind    string
	passage *passage
}

func (c *wired) Write(b []byte) (int, error) {
	c.points.at(c.kind + "-call")
	return c.Conn.Write(b)
}

func (c *wired) Read(b []byte) (int, error) {
	dot := c.passage.said()
	if dot {
		c.points.at("smtp-dot")
	}
	n, err := c.Conn.Read(b)
	c.points.at(c.kind + "-reply")
	if dot && n > 0 {
		c.points.at("smtp-250")
	}
	return n, err
}

// passage is one letter on its way: once all of it was read, what is written next ends in
// the final dot, and what is read next is the answer to it. It holds below TLS, too.
type passage struct {
	io.Reader
	mu    sync.Mutex
	ended bool
	told  bool
}

type passageKey struct{}

func (p *passage) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err == io.EOF {
		p.mu.Lock()
		p.ended = true
		p.mu.Unlock()
	}
	return n, err
}

// said reports once that the dot was said.
func (p *passage) said() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.ended && !p.told
	p.told = p.told || first
	return first
}

// letter is a mail that is handed to the relay.
func (p *points) letter(
	ctx context.Context, mail io.Reader, check func(context.Context) error,
) (context.Context, io.Reader, func(context.Context) error) {
	if p == nil {
		return ctx, mail, check
	}
	way := &passage{Reader: mail}
	looked := func(ctx context.Context) error {
		p.at("smtp-mail")
		if check == nil {
			return nil
		}
		return check(ctx)
	}
	return context.WithValue(ctx, passageKey{}, way), way, looked
}

// kept is how many connections to the relay are kept: none, so that each letter has its own,
// and what is said on it is known to be about that letter.
func (p *points) kept(n int) int {
	if p == nil {
		return n
	}
	return 0
}

// blobs are those of the store, and tell what was stored.
func (p *points) blobs(b mailer.Blobs) mailer.Blobs {
	if p == nil {
		return b
	}
	return noted{b, p}
}

type noted struct {
	mailer.Blobs
	points *points
}

func (n noted) Put(ctx context.Context, id workflow.ID, name string, r io.Reader) (int64, error) {
	size, err := n.Blobs.Put(ctx, id, name, r)
	if err == nil {
		n.points.at("blob-put")
	}
	return size, err
}

// close tells how often each place was reached.
func (p *points) close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var args []any
	for _, name := range slices.Sorted(maps.Keys(p.count)) {
		args = append(args, name, p.count[name])
	}
	p.log.Warn("points", args...)
}
