package mailer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// The clock on the wall must not tell either whom we know. Here whole probes are measured:
// a mail is handed to the desk, goes through store, worker and postman, and its answer over
// a connection to a mail server, all at once and in real time.

// probe is one mail, and what its writer can measure of it.
type probe struct {
	known    bool
	raw      []byte
	handed   time.Time
	handling time.Duration
	answered time.Time
}

// outsiders is the world of the probes.
type outsiders struct {
	*world
	mu     sync.Mutex
	of     map[string]*probe // by writer
	probes []*probe
	left   sync.WaitGroup
	under  chan struct{} // the probes under way
}

// probesUnderWay at once are so few that nothing piles up: in a queue of a minute nobody
// could see a difference of milliseconds, and neither could this measurement.
const probesUnderWay = 40

// shortPeriod of the answers: long enough that the other work for a mail is done by then.
const shortPeriod = 300 * time.Millisecond

func newOutsiders(t *testing.T, n int) *outsiders {
	p := &outsiders{world: newWorld(t), of: map[string]*probe{}, under: make(chan struct{}, probesUnderWay)}
	onRedis(p.world)
	now := func() time.Time { return time.Now().UTC() }
	p.now = now()
	p.desk.Now, p.engine.Now, p.postman.Now = now, now, now
	p.postman.ReceiptEvery = shortPeriod
	p.postman.Courier = courier.New(p.server(now), time.Now)
	p.worker.Parallel = 4
	p.worker.Tick = func(d time.Duration) (<-chan time.Time, func()) {
		ticks := time.NewTicker(min(d, 10*time.Millisecond))
		return ticks.C, ticks.Stop
	}
	for i, half := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		p.write(i, half < n/2)
	}
	return p
}

// server is the relay; what it accepts for a writer has left.
func (p *outsiders) server(now func() time.Time) courier.Server {
	relay, err := mailtest.NewSMTP(mailtest.SMTPConfig{Now: now, Deliver: func(e mailtest.Envelope, _ []byte) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if of := p.of[e.To[0]]; of != nil && of.answered.IsZero() {
			of.answered = now()
			p.left.Done()
			<-p.under
		}
		return nil
	}})
	p.must(err)
	p.t.Cleanup(func() { relay.Close() })
	host, port, _ := net.SplitHostPort(relay.Addr())
	number, _ := strconv.Atoi(port)
	return courier.Server{Host: host, Port: number, TLS: courier.NoTLS, HELO: "provider.example", Idle: 4}
}

// write lets a writer of his own, who proves who he is, ask about a customer of his own.
// Twenty writers share a host name: answers to one are bounded.
func (p *outsiders) write(n int, known bool) {
	from := fmt.Sprintf("p%d@s%d.evil.example", n, n/20)
	customer := fmt.Sprintf("c%d@nowhere1.example", n)
	if known {
		customer = fmt.Sprintf("c%d@customer.example", n)
	}
	raw := p.world.write(letter{from: from, to: desk, subject: "x",
		body: "Please export the data of " + customer + ".\n"})
	of := &probe{known: known, raw: seal(raw, signature{domain: "evil.example"})}
	p.of[from] = of
	p.probes = append(p.probes, of)
}

// run hands the mails over, one by one as a mailbox is read, and waits for all answers.
func (p *outsiders) run() {
	ctx, stop := context.WithCancel(p.ctx())
	wake, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- p.worker.Run(ctx, wake) }()
	p.left.Add(len(p.probes))
	for n, of := range p.probes {
		p.under <- struct{}{}
		p.mu.Lock()
		of.handed = time.Now().UTC()
		p.mu.Unlock()
		_, err := p.desk.Handle(ctx, inbox.Mail{Mailbox: "dsr", Folder: "INBOX", UIDValidity: 1,
			UID: uint32(n + 1), Arrived: of.handed, Size: int64(len(of.raw)), Raw: of.raw})
		p.must(err)
		of.handling = time.Since(of.handed)
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	p.left.Wait()
	stop()
	p.must(<-ended)
}

// samples are what the probes show, of known and of unknown customers.
func (p *outsiders) samples(show func(*probe) time.Duration) (known, unknown []float64) {
	for _, of := range p.probes {
		if v := float64(show(of)); of.known {
			known = append(known, v)
		} else {
			unknown = append(unknown, v)
		}
	}
	return known, unknown
}

// Half the probes are about known customers, half about unknown ones, in random order. The
// answers' times are held against each other, and against what they would be if only 20 ms
// were added for the known: a measurement that does not see these proves nothing.
func TestTheTimeOfAnAnswerTellsNothing(t *testing.T) {
	alone(t)
	probes := 300
	if full() {
		probes = 10_000
	}
	p := newOutsiders(t, probes)
	p.run()
	for _, of := range p.probes {
		if took := of.answered.Sub(of.handed); took <= shortPeriod {
			t.Errorf("an answer left after %s, within the period in which its mail came", took)
		}
	}
	known, unknown := p.samples(func(of *probe) time.Duration { return of.answered.Sub(of.handed) })
	later, _ := p.samples(func(of *probe) time.Duration { return of.answered.Sub(of.handed) + 20*time.Millisecond })
	n := thousands(probes)
	t.Logf("figure: known against unknown customers p = %.3f over %s (time of the receipt)", ranked(known, unknown), n)
	power := ranked(later, unknown)
	t.Logf("figure: the same with 20 ms more for the known p = %.2g over %s (what the measurement can see)", power, n)
	handled, handledUnknown := p.samples(func(of *probe) time.Duration { return of.handling })
	t.Logf("the desk's own time, which no sender sees: p = %.2g, %s and %s in the mean", ranked(handled, handledUnknown),
		mean(handled), mean(handledUnknown))
	if probes >= 10_000 && power > 0.01 {
		t.Errorf("20 ms more for each known customer were not seen: p = %.3f", power)
	}
}

func mean(of []float64) time.Duration {
	sum := 0.0
	for _, v := range of {
		sum += v
	}
	return time.Duration(sum / float64(max(len(of), 1))).Round(time.Microsecond)
}

// thousands writes a number as people read it: 10,000.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
