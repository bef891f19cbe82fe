package mailer_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// What a stranger sees of us is which of the own mails are answered, with what bytes, when,
// and in which order. None of it may depend on whether we know whom they ask about.

// seen is an answer as its reader gets it.
type seen struct {
	To   string
	At   time.Time
	Text string
}

// watched is a courier that notes when each answer leaves. A letter to an admin takes the
// time that lettersTake: our world is busy with whom it knows.
type watched struct {
	w           *world
	lettersTake time.Duration
	refuses     bool // letters to admins
	answers     []seen
}

func (c *watched) Send(ctx context.Context, e courier.Envelope, mail io.Reader, size int64,
	check func(context.Context) error,
) courier.Result {
	if !strings.HasSuffix(e.To, "elsewhere.example") {
		c.w.pass(c.lettersTake)
		if c.refuses {
			return courier.Result{Verdict: courier.Refused, Stage: courier.StageRcpt}
		}
		return c.w.post.Send(ctx, e, mail, size, check)
	}
	at := c.w.now
	r := c.w.post.Send(ctx, e, mail, size, check)
	c.answers = append(c.answers, seen{e.To, at, string(c.w.post.to(c.w.t, e.To))})
	return r
}

// circumstance is what may be so when somebody asks about jane.
type circumstance struct {
	before func(w *world, c *watched) // what is done before
	during func(w *world, c *watched) // what becomes so just before the mails are read
}

func unknownCustomer(w *world, _ *watched) {
	w.people.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
}

// asked by somebody else a while ago.
func asked(w *world, _ *watched) {
	w.take(w.please("p@buyer.example", jane))
	w.work()
	w.pass(4 * time.Minute)
	w.work() // that answer has left
}

func arrivedAt(at time.Time) func(*inbox.Mail) {
	return func(m *inbox.Mail) { m.Arrived = at }
}

// operate lets an operator do something to all requests.
func (w *world) operate(e workflow.EventType) {
	for _, r := range w.requests() {
		w.step(r.ID, workflow.Event{Type: e, Actor: "operator:olga", Reason: workflow.ByOperator, Note: "why"})
	}
}

// circumstances of the customer; "unknown" is what all are compared with.
var circumstances = map[string]circumstance{
	"unknown": {before: unknownCustomer},
	"unknown, asked before": {before: func(w *world, c *watched) {
		unknownCustomer(w, c)
		asked(w, c)
	}},
	"known": {},
	"another tenant's": {before: func(w *world, c *watched) {
		unknownCustomer(w, c)
		w.people.change("globex", func(t *workflow.Tenant) { t.Domains = []string{"customer.example"} })
	}},
	"known, asked before": {before: asked},
	"known, on hold": {before: func(w *world, c *watched) {
		asked(w, c)
		w.operate(workflow.PutOnHold)
	}},
	"known, over": {before: func(w *world, c *watched) {
		asked(w, c)
		w.take(w.answer(w.post.to(w.t, anna), anna, "REJECT"))
		w.work()
	}},
	"known, done": {before: func(w *world, c *watched) {
		asked(w, c)
		w.take(w.answer(w.post.to(w.t, anna), anna, "CONFIRM"))
		w.step(w.requests()[0].ID, workflow.Event{Type: workflow.SlotOpened})
		w.work()
	}},
	"assigned by an operator": {before: func(w *world, c *watched) {
		unknownCustomer(w, c)
		asked(w, c)
		w.step(w.requests()[0].ID, workflow.Event{Type: workflow.Assigned, Actor: "operator:olga",
			Assign: &workflow.Assignment{Customer: jane, TenantID: "acme", Policy: w.desk.Policy(workflow.Tenant{})}})
	}},
	"an admin whose role forbids all": {before: func(w *world, _ *watched) {
		w.people.change("acme", func(t *workflow.Tenant) { t.Admins[0].Role = "nobody" })
	}},
	"no admin": {before: func(w *world, _ *watched) {
		w.people.change("acme", func(t *workflow.Tenant) { t.Admins = nil })
	}},
	"an admin who is new": {before: func(w *world, _ *watched) {
		w.postman.Cooling = func(context.Context, workflow.Tenant, workflow.Admin, workflow.Address) (time.Time, error) {
			return monday.Add(48 * time.Hour), nil
		}
		w.desk.Cooling = w.postman.Cooling
	}},
	"letters to admins hang":               {before: func(_ *world, c *watched) { c.lettersTake = 50 * time.Second }},
	"the relay wants no letters to admins": {before: func(_ *world, c *watched) { c.refuses = true }},
	"known, and the desk is slow": {during: func(w *world, _ *watched) {
		w.desk.Registry = slowly{w.people, w, 9 * time.Second}
	}},
}

// slowly is a registry that takes its time to find whom it knows.
type slowly struct {
	*people
	w     *world
	takes time.Duration
}

func (s slowly) Lookup(ctx context.Context, customer workflow.Address) (workflow.Tenant, error) {
	t, err := s.people.Lookup(ctx, customer)
	if err == nil {
		s.w.pass(s.takes)
	}
	return t, err
}

// watch lets three people ask about jane at that moment, and gives what they see in the
// next half hour.
func watch(t *testing.T, about circumstance, at time.Duration, breaker int) []seen {
	w := newWorld(t)
	w.postman.ReceiptEvery = 0 // as it is by default
	c := &watched{w: w}
	w.postman.Courier = c
	if about.before != nil {
		about.before(w, c)
	}
	w.now = monday.Add(time.Hour + at)
	w.postman.Breaker = mailer.Breaker{Limit: breaker, Window: 10 * time.Minute}
	if about.during != nil {
		about.during(w, c)
	}
	arrived := w.now
	for n := range 3 {
		l := letter{from: fmt.Sprintf("p%d@elsewhere.example", n), to: desk, subject: "x",
			id: fmt.Sprintf("n%d@elsewhere.example", n), date: arrived.Format(time.RFC1123Z),
			body: "Please export the data of " + jane + ".\n"}
		w.take(seal(w.write(l), signature{domain: "elsewhere.example"}), arrivedAt(arrived))
	}
	for w.now.Before(arrived.Add(30 * time.Minute)) {
		_, err := w.worker.RunDue(w.ctx())
		w.must(err)
		next, err := w.store.NextDue(w.ctx())
		w.must(err)
		if end := arrived.Add(30 * time.Minute); next.IsZero() || next.After(end) {
			next = end
		}
		if next.After(w.now) {
			w.now = next
		}
	}
	return c.answers
}

// Whatever we know of a customer and whatever became of earlier mails: the same mails get
// the same answers at the same millisecond, to the byte but for the name of the request; that
// is a keyed digest in any case.
func TestNobodySeesWhomWeKnow(t *testing.T) {
	for _, at := range []time.Duration{0, 59999 * time.Millisecond} {
		for _, breaker := range []int{0, 2} {
			want := blindAll(t, watch(t, circumstances["unknown"], at, breaker))
			if len(want) != 3 {
				t.Fatalf("%d answers to 3 people", len(want))
			}
			for _, name := range slices.Sorted(maps.Keys(circumstances)) {
				got := blindAll(t, watch(t, circumstances[name], at, breaker))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, %s past the minute, breaker %d (-unknown +this):\n%s", name, at, breaker, diff)
				}
			}
		}
	}
}

// request is how a request is named in an answer to a stranger.
var request = regexp.MustCompile(`<dsr\.[a-z2-7]{8}\.receipt\.0\.[0-9a-f]{12}@provider\.example>`)

func blindAll(t *testing.T, all []seen) (blinded []seen) {
	for _, s := range all {
		if len(request.FindAllString(s.Text, -1)) != 2 { // Message-ID and References
			t.Errorf("an answer names its request in a way of its own:\n%s", s.Text)
		}
		s.Text = veiled(t, s.Text)
		blinded = append(blinded, s)
	}
	return blinded
}

// An answer never leaves before a whole period has passed since its mail came, nor later
// than two periods after that.
func TestWhenAnAnswerLeaves(t *testing.T) {
	moments := map[time.Duration]bool{}
	for _, at := range []time.Duration{0, time.Millisecond, 30 * time.Second, time.Minute - time.Millisecond} {
		for _, s := range watch(t, circumstance{}, at, 0) {
			waited := s.At.Sub(monday.Add(time.Hour + at))
			if waited <= time.Minute || waited > 3*time.Minute {
				t.Errorf("an answer to a mail of %s past the minute left after %s", at, waited)
			}
			moments[s.At.Sub(s.At.Truncate(time.Minute))] = true
		}
	}
	if len(moments) != 9 { // the mails of the first two moments are the same, to the byte
		t.Errorf("answers to 9 mails left at %d moments of their minute: they must be spread", len(moments))
	}
}

// A worker that comes late, a pause and a relay that refuses do not show when they ended:
// an answer leaves at its own moment of a minute, whatever happened.
func TestAnAnswerLeavesAtItsOwnMoment(t *testing.T) {
	of := func(s []seen) time.Duration { return s[len(s)-1].At.Sub(s[len(s)-1].At.Truncate(time.Minute)) }
	want := of(watch(t, circumstance{}, 0, 0))
	for name, about := range map[string]circumstance{
		"all was down for a while": {during: func(w *world, _ *watched) {
			w.desk.Registry = slowly{w.people, w, 3*time.Minute + 17*time.Second}
		}},
		"the relay refuses": {during: func(w *world, _ *watched) {
			w.people.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
			w.post.answers = slices.Repeat([]courier.Result{{Verdict: courier.Refused, Stage: courier.StageRcpt}}, 3)
		}},
	} {
		if at := of(watch(t, about, 0, 0)); at != want {
			t.Errorf("%s: left %s past the minute, want %s", name, at, want)
		}
	}
}
