package matrix_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// A world is an office with a relay that records what it took, and the memory of what its people
// did: what a judgment rests on.
type world struct {
	*office.Office
	t       *testing.T
	relay   *oracle.Receiver // nil where Postfix is the relay
	asked   []*oracle.Asked
	last    map[string]shown // what was there when it was judged
	rests   map[line]shown   // for whom nothing waits
	scraped string           // the metrics of the first daemon before it ended
	others  []string         // who has a mailbox, too
	more    []desk           // what is read beside the office's own mailbox
	stays   string           // is in a mail that may lie where the desk reads
	http    string           // host:port of probes and scrapes, of the first daemon
}

// A desk is a folder that is read.
type desk struct{ address, folder string }

// row begins a row of the matrix: it runs beside others, on the servers that all share.
func row(t *testing.T, name string, choices ...office.Choice) *world {
	t.Helper()
	t.Parallel()
	return newWorld(t, office.Common(t), name, choices...)
}

// newWorld makes an office on a site. Its relay is a Receiver that hands everything on to Dovecot.
func newWorld(t *testing.T, s *office.Site, name string, choices ...office.Choice) *world {
	t.Helper()
	w := &world{t: t, http: freeAddress(t), rests: map[line]shown{}}
	var err error
	w.relay, err = s.Receiver(filepath.Join(t.TempDir(), "received"), nil)
	office.NoError(t, err)
	relay := w.relay
	t.Cleanup(func() { relay.Close() })
	usual := func(c *office.Settings) {
		c.Submit = w.relay.Port()
		c.Policy = "  asks_a_day: 1000\n"
	}
	w.Office = office.New(t, s, name, append([]office.Choice{office.Quick, usual}, choices...)...)
	if w.Settings.Submit != w.relay.Port() {
		w.relay = nil
	}
	w.Replace("dsrd.yaml", `  listen: "off"`, "  listen: "+w.http)
	return w
}

// Serve starts the daemon and waits until it has read the mailbox, which was empty.
func (w *world) Serve() *office.Daemon {
	w.t.Helper()
	d := w.Office.Serve()
	w.read(d)
	return d
}

// read waits until a daemon has read the mailbox.
func (w *world) read(d *office.Daemon) {
	w.t.Helper()
	office.Until(w.t, "the mailbox is read", func() bool {
		if !d.Running() {
			w.t.Fatalf("dsrd has ended:\n%s", d.Said())
		}
		return w.metric("dsrd_scan_last_success_timestamp_seconds", "") > 0
	})
}

// person gives somebody a mailbox, which is looked into in the end.
func (w *world) person(who string) string {
	w.t.Helper()
	office.NoError(w.t, w.Site.Dovecot.AddUsers(office.Password, who))
	w.others = append(w.others, who)
	return who
}

// throughPostfix lets letters leave as they do in life.
func throughPostfix(c *office.Settings) { c.Submit = c.Ports.Submit }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	office.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// get is what a probe or a scrape is answered; "" when nobody answers.
func (w *world) get(path string) (code int, body string) {
	client := http.Client{Timeout: 5 * time.Second}
	r, err := client.Get("http://" + w.http + path)
	if err != nil {
		return 0, ""
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, ""
	}
	return r.StatusCode, string(b)
}

// metric is the sum of a metric's series whose labels contain the text.
func (w *world) metric(name, labels string) float64 {
	_, text := w.get("/metrics")
	return sumOf(text, name, labels)
}

// lastMetric is metric, as it was before the daemons ended.
func (w *world) lastMetric(name, labels string) float64 { return sumOf(w.scraped, name, labels) }

func sumOf(text, name, labels string) (sum float64) {
	for line := range strings.Lines(text) {
		var value float64
		head, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		series, set, _ := strings.Cut(head, "{")
		if series != name || !strings.Contains(set, labels) {
			continue
		}
		if _, err := fmt.Sscan(rest, &value); err == nil {
			sum += value
		}
	}
	return sum
}

// awaitReady waits until /readyz is as wanted, and gives what it says.
func (w *world) awaitReady(want bool) string {
	w.t.Helper()
	var code int
	var body string
	office.Until(w.t, fmt.Sprintf("/readyz says %v", want), func() bool {
		code, body = w.get("/readyz")
		return code != 0 && (code == http.StatusOK) == want
	})
	return body
}

var customers atomic.Int64

// customer is the address of somebody new.
func (w *world) customer() string {
	return fmt.Sprintf("c%d-%s@customer.example", customers.Add(1), w.Name)
}

// writes is a request of somebody for his own data, not yet sent.
func (w *world) writes(customer string) office.Letter {
	return office.Letter{From: customer, To: w.Desk(), SubjectLine: "My data",
		Body: "Please send me a copy of the data you hold about " + customer + ".\n"}
}

// notes remembers that somebody has asked for his own data.
func (w *world) notes(customer string) *oracle.Asked {
	a := &oracle.Asked{Customer: customer, Requester: customer, Admin: w.Settings.Anna,
		Told: []string{w.Records()}, At: time.Now()}
	w.asked = append(w.asked, a)
	return a
}

// asks lets n customers each ask for his own data, and gives their addresses.
func (w *world) asks(n int) (all []string) {
	w.t.Helper()
	for range n {
		c := w.customer()
		w.notes(c)
		w.Send(w.writes(c))
		all = append(all, c)
	}
	return all
}

// letters are the newest mails that ask the admin about each customer.
func (w *world) letters() map[string]string {
	newest := map[string]string{}
	mails, _ := w.Site.Look(w.Settings.Anna, "INBOX") // a server may be down meanwhile
	for _, m := range mails {
		if office.CodeIn(m) == "" {
			continue
		}
		_, rest, _ := strings.Cut(office.Body(m), "Customer: ")
		customer, _, _ := strings.Cut(rest, "\n")
		newest[strings.TrimSpace(customer)] = m
	}
	return newest
}

// awaitAsked waits until the admin was asked about all of them.
func (w *world) awaitAsked(customers ...string) map[string]string {
	w.t.Helper()
	var all map[string]string
	office.Until(w.t, "the admin is asked about all", func() bool {
		all = w.letters()
		for _, c := range customers {
			if all[c] == "" {
				return false
			}
		}
		return true
	})
	return all
}

// awaitSent waits until the histories tell that the admin was asked about all of them.
func (w *world) awaitSent(customers ...string) {
	w.t.Helper()
	office.Until(w.t, "it is written down that the admin was asked", func() bool {
		by := w.states()
		for _, c := range customers {
			if !slices.Contains(by[c].events(), "letter_sent") {
				return false
			}
		}
		return true
	})
}

// answers lets the admin say the same about all of them, as soon as she was asked.
func (w *world) answers(text string, customers ...string) {
	w.t.Helper()
	w.awaitAsked(customers...)
	for _, c := range customers {
		w.send(c, text)
	}
}

// send lets the admin answer the newest mail about a customer, which she has.
func (w *world) send(customer, text string) {
	w.t.Helper()
	w.remember(customer, text)
	w.Send(office.Reply(w.letters()[customer], w.Settings.Anna, text))
}

func (w *world) confirms(customers ...string) { w.t.Helper(); w.answers("CONFIRM", customers...) }

// remember notes what the admin says now, and when that was the first time.
func (w *world) remember(customer, text string) {
	for _, a := range w.asked {
		if a.Customer != customer {
			continue
		}
		a.Answer = map[string]oracle.Answer{"CONFIRM": oracle.Confirmed, "REJECT": oracle.Rejected}[text]
		if a.Answer != oracle.None && a.Answered.IsZero() {
			a.Answered = time.Now()
		}
	}
}

// of finds what was asked about a customer.
func (w *world) of(customer string) *oracle.Asked {
	for _, a := range w.asked {
		if a.Customer == customer {
			return a
		}
	}
	w.t.Fatalf("nobody has asked for %s", customer)
	return nil
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	office.NoError(t, err)
	return string(b)
}
