package mailer_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// flood is an hour of mail that somebody sends to bring down a desk, or an admin.
type flood struct {
	name   string
	sender func(n int) string
	proven bool
	victim string // whose data all of them ask for; "": somebody made up each time
}

// Beside each flood jane asks for her own data, and mark for somebody else's, both proven.
var floods = []flood{
	{name: "1,000 unproven senders",
		sender: func(n int) string { return fmt.Sprintf("x@evil%d.example", n%1000) }},
	{name: "1,000 proven senders of 50 domains", proven: true,
		sender: func(n int) string { return fmt.Sprintf("x%d@evil%d.example", n%1000, n%50) }},
	{name: "1,000 unproven senders who all name jane", victim: jane,
		sender: func(n int) string { return fmt.Sprintf("x@evil%d.example", n%1000) }},
	{name: "2,000 unproven senders of one domain",
		sender: func(n int) string { return fmt.Sprintf("x%d@evil.example", n%2000) }},
}

// siege is a world under a flood.
type siege struct {
	*world
	flood
	post  *clockedPost
	mails int // received, of the flood and others
	self  workflow.ID
	asked time.Time // when the admin had the letter about jane's own mail
}

// clockedPost remembers when each mail left.
type clockedPost struct {
	*post
	w  *world
	at []time.Time // of each of post.sent
}

func (c *clockedPost) Send(ctx context.Context, e courier.Envelope, mail io.Reader, size int64,
	check func(context.Context) error) courier.Result {
	r := c.post.Send(ctx, e, mail, size, check)
	for len(c.at) < len(c.sent) {
		c.at = append(c.at, c.w.now)
	}
	return r
}

// besiege opens a world as an operator would run it.
func besiege(t testing.TB, f flood) *siege {
	w := newWorld(t)
	onRedis(w)
	for n := range 50 {
		if f.proven {
			for k, v := range zone(fmt.Sprintf("evil%d.example", n)) {
				w.zone.Zone[k] = v
			}
		}
	}
	s := &siege{world: w, flood: f, post: &clockedPost{post: w.post, w: w}}
	w.postman.Courier = s.post
	w.postman.Asks = mailer.Lane{}
	w.postman.ReceiptEvery = time.Minute
	w.postman.Breaker = mailer.Breaker{Limit: 60, Window: 10 * time.Minute, Tripped: func(context.Context, time.Time) {
		if !f.proven { // the answers to a thousand proven senders wait in their own room
			t.Error("the breaker opened")
		}
	}}
	w.worker.Carriers[workflow.SendEscalation] = w.postman
	w.desk.Policy = func(workflow.Tenant) workflow.Policy {
		p := workflow.DefaultPolicy()
		p.Receipt, p.Escalations = true, 1
		return p
	}
	return s
}

// onRedis lets a world live on a real Redis, where one is installed: it is faster.
func onRedis(w *world) {
	r := storetest.RealRedis(w.t, "--appendonly", "no")
	if r == nil {
		return
	}
	s, err := store.Open(w.t.Context(), store.Config{
		Addrs: []string{r.Socket}, Prefix: "t", Embedded: true, Partitions: 3,
		MasterKey: []byte("a master key of thirty-two bytes"), Rand: newChance(1), Now: w.clock,
		Backoff: func(ctx context.Context, _ int) error { return ctx.Err() },
	})
	w.must(err)
	w.t.Cleanup(func() { s.Close() })
	w.store, w.engine = s, &engine.Engine{Store: s, Now: w.clock, Observer: observer{w.t}}
	w.openRooms()
}

// deliver hands a mail to the desk, which must be done with it.
func (s *siege) deliver(raw []byte) {
	s.t.Helper()
	d, err := s.try(raw)
	s.must(err)
	if s.mails++; d != inbox.Done {
		s.t.Fatalf("a mail was left: %v", d)
	}
}

// rage lets the flood come in an hour, and jane and mark write in the middle of it. The
// postman works all the time.
func (s *siege) rage(mails int) {
	s.t.Helper()
	for minute := range 60 {
		s.now = monday.Add(time.Duration(minute) * time.Minute)
		for n := mails * minute / 60; n < mails*(minute+1)/60; n++ {
			s.deliver(s.evil(n))
		}
		if minute == 30 {
			rec := s.take(s.please(jane, jane))
			s.mails, s.self = s.mails+1, rec.Requests[0]
			s.deliver(s.please(mark, "somebody@customer.example"))
		}
		s.due()
	}
}

func (s *siege) evil(n int) []byte {
	customer := s.victim
	if customer == "" {
		customer = fmt.Sprintf("p%d@customer.example", n)
	}
	from := s.sender(n)
	raw := s.write(letter{from: from, to: desk, body: "Please export the data of " + customer + ".\n"})
	if s.proven {
		return seal(raw, signature{domain: domainOf(from)})
	}
	return raw
}

// due carries out what is due, and lets anna answer for jane.
func (s *siege) due() {
	s.t.Helper()
	_, err := s.worker.RunDue(s.ctx())
	s.must(err)
	if s.self == "" || !s.asked.IsZero() {
		return
	}
	r := s.load(s.self)
	if !r.Asker().Verified || r.AskedAt.IsZero() {
		return
	}
	s.asked = s.now
	for _, m := range s.post.sent {
		if m.to == anna && carriesTag(m.raw, r.ID) {
			s.take(s.answer(m.raw, anna, "CONFIRM"))
		}
	}
}

// passDays lets days go by: each brings the slot for exports, and a digest.
func (s *siege) passDays(days int) {
	s.t.Helper()
	for end := s.now.Add(time.Duration(days) * 24 * time.Hour); s.now.Before(end); {
		s.now = s.now.Add(30 * time.Minute)
		s.due()
		if s.load(s.self).State == workflow.Confirmed {
			s.step(s.self, workflow.Event{Type: workflow.SlotOpened})
		}
		if s.now.Sub(monday)%(24*time.Hour) < 30*time.Minute {
			if err := s.postman.Digest(s.ctx(), mailer.Digest{Tenant: s.people.tenants["acme"], Waiting: 1,
				Since: monday, ADay: 20}); err != nil {
				s.t.Errorf("the digest: %v", err)
			}
		}
	}
}

func carriesTag(raw []byte, id workflow.ID) bool {
	return bytes.Contains(raw, []byte(id.Tag()))
}

// worst is the most mails that somebody had in any 24 hours.
func (s *siege) worst(who string) (most int) {
	var at []time.Time
	for i, m := range s.post.sent {
		if m.to == who {
			at = append(at, s.post.at[i])
		}
	}
	for i := range at {
		n := 0
		for _, later := range at[i:] {
			if later.Sub(at[i]) < 24*time.Hour {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// strangers checks the letters to everybody who merely wrote, and counts them.
func (s *siege) strangers() (n int) {
	last := map[string]time.Time{}
	for i, m := range s.post.sent {
		if m.to == anna || m.to == second {
			continue
		}
		if n++; m.from != "" {
			s.t.Errorf("a stranger's letter comes from %s", m.from)
		}
		if before, found := last[m.to]; found && s.post.at[i].Sub(before) < 24*time.Hour {
			s.t.Errorf("%s has two letters in a day", m.to)
		}
		last[m.to] = s.post.at[i]
	}
	return n
}

// lost counts the requests that rest where nobody and nothing moves them on.
func (s *siege) lost() (all, lost int) {
	s.t.Helper()
	for after := ""; ; {
		page, next, err := s.store.List(s.ctx(), store.Query{States: workflow.States(), Limit: 500, After: after})
		s.must(err)
		for _, r := range page {
			all++
			tasks, err := s.store.Tasks(s.ctx(), r.ID)
			s.must(err)
			waits := false
			for _, t := range tasks {
				waits = waits || t.Effect != nil && t.Effect.Type == workflow.SendConfirmation
			}
			asked := r.Challenge != nil && !r.AskedAt.IsZero()
			switch {
			case r.ID == s.self && r.State == workflow.Completed, r.State == workflow.NeedsReview,
				r.State == workflow.AwaitingConfirmation && (asked || waits) && !r.WakeAt.IsZero():
			default:
				s.t.Logf("%s rests in %s, asked %v", r.ID, r.State, r.AskedAt)
				lost++
			}
		}
		if next == "" {
			return all, lost
		}
		after = next
	}
}

// Ten thousand requests in an hour cost an admin 20 mails a day at most, and a proven
// customer among them is answered as if there were no flood. Nothing is lost. Letters that
// wait look less often here than they would, so that eight days pass in bearable time.
func TestAFloodIsAnAdminsOrdinaryDay(t *testing.T) {
	mails, lane := 120, mailer.Lane{Pause: 12 * time.Hour, LongPause: 24 * time.Hour}
	if full() {
		mails, lane = 10_000, mailer.Lane{LongPause: 12 * time.Hour}
	}
	for _, f := range floods {
		t.Run(f.name, func(t *testing.T) {
			s := besiege(t, f)
			s.postman.Asks = lane
			s.rage(mails)
			s.passDays(8)
			letters := s.post.count(anna) + s.post.count(second)
			strangers := s.strangers()
			all, lost := s.lost()
			want := mails + 2
			if f.victim != "" {
				want = 2
			}
			if worst := s.worst(anna); worst > 20 {
				t.Errorf("anna has %d mails in 24 hours", worst)
			}
			if worst := s.worst(second); worst > 20 {
				t.Errorf("the second contact has %d mails in 24 hours", worst)
			}
			if all != want || lost != 0 {
				t.Errorf("%d requests, %d of them lost, want %d", all, lost, want)
			}
			if wait := s.asked.Sub(monday.Add(30 * time.Minute)); s.asked.IsZero() || wait > time.Hour {
				t.Errorf("jane's own request was asked about at %v", s.asked)
			}
			if got := s.load(s.self).State; got != workflow.Completed {
				t.Errorf("jane's own request is %s", got)
			}
			amplified := float64(letters) / float64(s.mails)
			if mails >= 10_000 && amplified > 0.01 {
				t.Errorf("%d letters came of %d mails", letters, s.mails)
			}
			t.Logf("figure: flood of %s: mails to an admin in 24 h, at most %d", f.name, s.worst(anna))
			t.Logf("%d letters to anna, %d to the second contact", s.post.count(anna), s.post.count(second))
			t.Logf("figure: flood of %s: letters a mail in 9 days %.4f (%d of %d; and %d receipts)",
				f.name, amplified, letters, s.mails, strangers)
			t.Logf("figure: flood of %s: real request asked about within %v", f.name, s.asked.Sub(monday.Add(30*time.Minute)))
			t.Logf("figure: flood of %s: requests lost %d of %d", f.name, lost, all)
		})
	}
}

// BenchmarkLooks is how many letters that wait for a place look for one in a second.
func BenchmarkLooks(b *testing.B) {
	s := besiege(b, floods[0])
	for n := range 1000 {
		s.deliver(s.evil(n))
	}
	s.due()
	looks := 0
	b.ResetTimer()
	for b.Loop() {
		s.now = s.now.Add(time.Hour)
		n, err := s.worker.RunDue(s.ctx())
		s.must(err)
		looks += n
	}
	rate := float64(looks) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "looks/s")
	b.Logf("figure: letters that wait for a place, looks a second %.0f", rate)
}
