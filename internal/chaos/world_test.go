package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/store/redistest"
)

// A world is three daemons, their servers, and people who go on whatever happens.
type world struct {
	t      *testing.T
	office *office.Office
	redis  *redistest.Server

	mu      sync.Mutex
	chance  *rand.Rand // of who is killed, when, and for how long
	whims   *rand.Rand // of customers: nobody's turn changes what is left for others
	daemons [3]*office.Daemon
	asked   []*oracle.Asked
	by      map[string]*oracle.Asked // customer
	stop    chan struct{}
	calm    chan struct{} // nobody asks any more, anna still answers
	people  sync.WaitGroup
	killed  []killing
}

// killing is one that happened.
type killing struct {
	victim string
	at     time.Time
}

// replicas is how many daemons share the work.
const replicas = 3

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	dir, err := real.Scratch()
	office.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	redis, err := redistest.Start(dir)
	office.SkipMissing(t, err)
	t.Cleanup(redis.Kill)
	w := &world{
		t: t, redis: redis, chance: rand.New(rand.NewPCG(seed, 1)),
		whims: rand.New(rand.NewPCG(seed, 2)), by: map[string]*oracle.Asked{},
		stop: make(chan struct{}), calm: make(chan struct{}),
	}
	w.office = office.New(t, office.Own(t), "chaos", office.Quick, office.Alone(redis, ""), func(s *office.Settings) {
		s.Policy = "  asks_a_day: 100000\n  asks_an_hour: 100000\n"
	})
	for i, d := range w.office.Replicas(replicas) {
		w.daemons[i] = d
	}
	return w
}

// draw gives a number below n.
func (w *world) draw(n int) int { return w.chance.IntN(n) }

// sleeps waits; false when everybody is to go home.
func (w *world) sleeps(d time.Duration) bool {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-late.C:
		return true
	case <-w.stop:
		return false
	}
}

// posts hands a mail over, again and again until somebody has taken it: people do not give up
// because a server is down.
func (w *world) posts(l office.Letter) bool {
	raw := w.office.Signed(l)
	for {
		if err := w.office.Site.Deliver(l.From, l.To, raw); err == nil {
			return true
		}
		if !w.sleeps(200 * time.Millisecond) {
			return false
		}
	}
}

// reminds lets Postfix look at what it has forgotten when it or Dovecot was killed: that is not for
// the daemon to notice.
func (w *world) reminds() {
	defer w.people.Done()
	for w.sleeps(time.Second) {
		_ = w.office.Remind() // in a second there is another try
	}
}

// customers ask, one after the other, until calm.
func (w *world) customers() {
	defer w.people.Done()
	for i := 0; ; i++ {
		select {
		case <-w.calm:
			return
		case <-w.stop:
			return
		default:
		}
		if !w.ask(i) || !w.sleeps(time.Duration(150+w.whims.IntN(250))*time.Millisecond) {
			return
		}
	}
}

// ask lets a customer ask for what is his. A fifth is nobody's customer.
func (w *world) ask(i int) bool {
	a := &oracle.Asked{Admin: w.office.Anna(), Answer: oracle.Confirmed}
	a.Customer = fmt.Sprintf("customer%d@customer.example", i)
	switch n := w.whims.IntN(10); {
	case n < 2:
		a.Customer, a.Admin, a.Answer = fmt.Sprintf("stranger%d@elsewhere.example", i), "", oracle.None
	case n < 5:
		a.Answer = oracle.Rejected
	}
	a.Requester = a.Customer
	w.mu.Lock()
	w.by[a.Customer] = a
	w.mu.Unlock()
	if !w.posts(office.Letter{From: a.Customer, To: w.office.Desk(), SubjectLine: "My data",
		Body: "Please send me a copy of the data you hold about " + a.Customer + ".\n"}) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a.At = time.Now() // only now is it the desk's to do something
	w.asked = append(w.asked, a)
	return true
}
