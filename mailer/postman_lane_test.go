package mailer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// wide is a lane that bounds nothing in the tests of other things.
var wide = mailer.Lane{
	Hour: 100, Day: 500, UnprovenAddress: 100, UnprovenDomain: 100, ProvenAddress: 100,
	ProvenDomain: 100, Self: 100, SelfDomain: 100, All: 100,
}

// lazy is a lane whose letters look rarely, so that days pass fast.
var lazy = mailer.Lane{Pause: 3 * time.Hour, LongPause: 3 * time.Hour}

// flooded is a world in which mails that prove nobody name that many made-up people,
// each mail from a sender and a domain of its own.
func flooded(t *testing.T, people int) *world {
	w := newWorld(t)
	onRedis(w)
	w.postman.Asks = mailer.Lane{}
	w.names("", people)
	return w
}

// names lets mails that prove nobody name made-up people, two each.
func (w *world) names(kind string, people int) {
	w.t.Helper()
	for n := 0; n < people; n += 2 {
		w.take(w.write(letter{from: fmt.Sprintf("x@%sevil%d.example", kind, n), to: desk, subject: "d",
			body: fmt.Sprintf("Please export the data of %sp%d@customer.example and %sq%d@customer.example.\n",
				kind, n, kind, n)}))
	}
}

// spend lets the time pass, and the postman work all the while.
func (w *world) spend(d time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); {
		next, err := w.store.NextDue(w.ctx())
		w.must(err)
		w.now = w.now.Add(min(max(next.Sub(w.now), time.Second), end.Sub(w.now)))
		_, err = w.worker.RunDue(w.ctx())
		w.must(err)
	}
}

// askers counts the letters that ask anna, by who is behind the request.
func (w *world) askers() map[string]int {
	w.t.Helper()
	counts := map[string]int{}
	for _, r := range w.requests() {
		q := r.Asker()
		switch {
		case r.TenantID != "acme" || r.Codes == 0:
		case q.Verified && q.Address == r.Customer:
			counts["self"] += r.Codes
		case q.Verified:
			counts["proven"] += r.Codes
		default:
			counts["unproven"] += r.Codes
		}
	}
	return counts
}

func (w *world) askedFor(when string, want map[string]int) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.askers()); diff != "" {
		w.t.Errorf("%s anna was asked for (-want +got):\n%s", when, diff)
	}
}

// Whoever names any number of made-up customers of a tenant costs its admin a handful
// of letters, and nobody else anything: who is proven is asked about at once.
func TestAStrangerCannotFloodAnAdmin(t *testing.T) {
	w := flooded(t, 60)
	w.spend(55 * time.Minute)
	w.askedFor("in an hour", map[string]int{"unproven": 5})
	w.take(w.please(jane, jane))
	w.take(w.please(mark, "somebody@customer.example"))
	w.take(w.write(letter{from: mark, to: desk, body: "Please export the data of " + joe + ".\n"}))
	w.work()
	w.askedFor("at once", map[string]int{"unproven": 5, "self": 1, "proven": 1})
	if n := w.post.count(bob); n != 1 {
		t.Errorf("of another tenant bob has %d letters", n)
	}
	w.spend(22 * time.Hour)
	w.askedFor("in a day", map[string]int{"unproven": 12, "self": 1, "proven": 1})
}

// Nobody can take all the places of a day, or of a week, that others need.
func TestEveryRoadHasItsOwnRoom(t *testing.T) {
	ask := func(w *world, from string, proven bool, n int) {
		l := letter{from: from, to: desk, subject: "d",
			body: fmt.Sprintf("Please export the data of n%d-%d@customer.example.\n", len(w.requests()), n)}
		raw := w.write(l)
		if proven {
			raw = seal(raw, signature{domain: domainOf(from)})
		}
		if rec := w.take(raw); rec.Outcome != workflow.MailStarted {
			w.t.Fatalf("it came to %s by %q", rec.Outcome, rec.Rule)
		}
	}
	domains := func(w *world, n int) (names []string) {
		for i := range n {
			name := fmt.Sprintf("d%d.example", i)
			names = append(names, name)
			for k, v := range zone(name) {
				w.zone.Zone[k] = v
			}
		}
		return names
	}
	for name, c := range map[string]struct {
		flood func(*world)
		want  map[string]int
	}{
		"an address that proves nothing": {func(w *world) {
			for n := range 6 {
				ask(w, "x@evil.example", false, n)
			}
		}, map[string]int{"unproven": 2}},
		"a domain that proves nothing": {func(w *world) {
			for n := range 12 {
				ask(w, fmt.Sprintf("x%d@h%d.evil.example", n, n), false, n)
			}
		}, map[string]int{"unproven": 5}},
		"everybody who proves nothing": {func(w *world) {
			for n := range 30 {
				ask(w, fmt.Sprintf("x@evil%d.example", n), false, n)
			}
		}, map[string]int{"unproven": 12}},
		// Above its own road it takes the unproven's: three and two.
		"a proven address": {func(w *world) {
			for n := range 12 {
				ask(w, mark, true, n)
			}
		}, map[string]int{"proven": 5}},
		"a proven domain": {func(w *world) {
			for n := range 20 {
				ask(w, fmt.Sprintf("x%d@elsewhere.example", n), true, n)
			}
		}, map[string]int{"proven": 10}},
		"many proven domains": {func(w *world) {
			for n, d := range domains(w, 30) {
				ask(w, "x@"+d, true, n)
			}
		}, map[string]int{"proven": 16}},
		"both": {func(w *world) {
			for n := range 30 {
				ask(w, fmt.Sprintf("x@evil%d.example", n), false, n)
			}
			w.spend(20 * time.Hour)
			for n, d := range domains(w, 30) {
				ask(w, "x@"+d, true, n)
			}
		}, map[string]int{"unproven": 12, "proven": 4}},
		"many who pretend to be the customer": {func(w *world) {
			for n := range 30 {
				who := fmt.Sprintf("c%d@customer.example", n)
				w.take(w.write(letter{from: who, to: desk, body: "Please export the data of " + who + ".\n"}))
			}
		}, map[string]int{"unproven": 5}},
		"customers themselves, of one domain": {func(w *world) {
			for n := range 40 {
				who := fmt.Sprintf("c%d@customer.example", n)
				w.take(w.please(who, who))
			}
		}, map[string]int{"self": 20 + 5 + 5}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			onRedis(w)
			w.postman.Asks = lazy
			c.flood(w)
			w.spend(23*time.Hour + 50*time.Minute - w.now.Sub(monday))
			w.askedFor("in a day", c.want)
			w.take(w.please(jane, jane))
			before := w.post.count(anna)
			w.spend(time.Minute)
			if asked := w.post.count(anna) == before+1; asked == strings.HasPrefix(name, "customers themselves") {
				t.Errorf("jane's own mail was asked about: %v", asked)
			}
		})
	}
}

// A flood of one hour does not fill every day of a week.
func TestAWeekHasFewerLettersThanItsDays(t *testing.T) {
	for name, c := range map[string]struct {
		proven bool
		want   map[string]int
	}{
		"who proves nothing": {false, map[string]int{"unproven": 3 * 12}},
		"who is proven":      {true, map[string]int{"proven": 3 * 16}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			onRedis(w)
			w.postman.Asks = mailer.Lane{Pause: 11 * time.Hour, LongPause: 11 * time.Hour}
			for n := range 60 {
				domain := fmt.Sprintf("evil%d.example", n)
				raw := w.write(letter{from: "x@" + domain, to: desk,
					body: fmt.Sprintf("Please export the data of p%d@customer.example.\n", n)})
				if c.proven {
					for k, v := range zone(domain) {
						w.zone.Zone[k] = v
					}
					raw = seal(raw, signature{domain: domain})
				}
				w.take(raw)
			}
			w.spend(7*24*time.Hour - time.Hour)
			w.askedFor("in a week", c.want)
		})
	}
}

// One person who is the admin of several tenants has no more letters than another.
func TestAPersonHasOneDayForAllTenants(t *testing.T) {
	w := newWorld(t)
	onRedis(w)
	w.postman.Asks = lazy
	w.people.change("globex", func(t *workflow.Tenant) {
		t.Admins = []workflow.Admin{{Address: "Anna.Admin@acme.example", Role: workflow.Owner}}
	})
	for n := range 30 {
		for _, domain := range []string{"customer.example", "buyer.example"} {
			w.take(w.write(letter{from: fmt.Sprintf("x@%d%s", n, domain), to: desk,
				body: fmt.Sprintf("Please export the data of p%d@%s.\n", n, domain)}))
		}
	}
	w.spend(23 * time.Hour)
	if n := w.post.count(anna); n != 16 {
		t.Errorf("anna has %d letters", n)
	}
}

// A flood of one tenant after another does not trip the breaker, which would stop what
// customers themselves ask.
func TestAFloodOverManyTenantsLeavesRoom(t *testing.T) {
	w := newWorld(t)
	w.postman.Asks = mailer.Lane{}
	var wire tripwire
	w.postman.Breaker = mailer.Breaker{Limit: 8, Window: 10 * time.Minute, Tripped: wire.told}
	for n := range 40 {
		domain := fmt.Sprintf("c%d.example", n)
		w.people.set(workflow.Tenant{ID: fmt.Sprintf("t%d", n), Name: "T", Domains: []string{domain},
			Admins: []workflow.Admin{{Address: workflow.Address("admin@" + domain), Role: workflow.Owner}}})
		w.take(w.write(letter{from: fmt.Sprintf("x@evil%d.example", n), to: desk, body: "Please export the data of p@" + domain + ".\n"}))
	}
	w.work()
	if n := len(w.post.sent); n != 2 {
		t.Errorf("%d letters left at once for who proves nothing, want a quarter of 8", n)
	}
	for n := range 10 {
		w.take(w.please(mark, fmt.Sprintf("p2@c%d.example", n)))
		w.work()
	}
	if n := len(w.post.sent); n > 4+1 { // and a receipt
		t.Errorf("%d letters left, want half of 8 for who is no customer", n)
	}
	w.take(w.please(jane, jane))
	w.work()
	if w.post.count(anna) != 1 || len(wire.until) != 0 {
		t.Errorf("anna has %d letters, the breaker opened %d times", w.post.count(anna), len(wire.until))
	}
	w.spend(12 * time.Hour)
	for _, r := range w.requests() {
		if r.Codes == 0 && !r.Asker().Verified {
			t.Error("one was never asked about")
			break
		}
	}
}

// What waits is not lost: it is asked as the days pass, each letter once; and it is
// counted while it waits.
func TestWhatWaitsInTheLaneIsAskedLater(t *testing.T) {
	w := flooded(t, 28)
	waiting := func() store.Queue {
		t.Helper()
		q, err := w.store.Waiting(w.ctx(), "acme", w.now)
		w.must(err)
		return q
	}
	w.spend(80 * time.Minute)
	if q := waiting(); q.Count != 18 || q.Since.Sub(monday) > time.Minute {
		t.Errorf("%d wait since %v, want 18 from the beginning", q.Count, q.Since)
	}
	for d := w.now; w.now.Sub(d) < 94*time.Hour; w.spend(7 * time.Hour) {
		unasked := 0
		for _, r := range w.requests() {
			if r.Codes == 0 {
				unasked++
			}
		}
		if q := waiting(); q.Count != unasked {
			t.Errorf("%v: %d are said to wait, %d do", w.now.Sub(monday), q.Count, unasked)
		}
	}
	for _, r := range w.requests() {
		if r.Customer != "" && (r.Codes == 0 || r.State != workflow.AwaitingConfirmation) {
			t.Errorf("state %s, %d codes", r.State, r.Codes)
		}
	}
}

// A letter that waits leaves when somebody who is proven asks for the same, at once and
// once, however rarely it looks by then.
func TestAProvenRequesterTakesALetterOutOfTheLane(t *testing.T) {
	w := flooded(t, 30)
	w.spend(4 * time.Hour)
	w.take(w.write(letter{from: "x@evil1.example", to: desk, body: "Please export the data of " + jane + ".\n"}))
	w.spend(15 * time.Hour) // it looks every 50 minutes
	rec := w.take(w.please(jane, jane))
	if rec.Rule != "intake/joined" || w.load(rec.Requests[0]).Codes != 0 {
		t.Fatalf("jane's own mail came to %s by %q", rec.Outcome, rec.Rule)
	}
	w.spend(time.Minute)
	if n := w.load(rec.Requests[0]).Codes; n != 1 {
		t.Fatalf("%d letters at once", n)
	}
	s := &scene{world: w, confirmation: w.post.to(t, anna)}
	w.spend(3 * time.Hour)
	if n := w.load(rec.Requests[0]).Codes; n != 1 {
		t.Errorf("%d letters came of both orders", n)
	}
	if rec := w.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// Two orders to ask about one request wait, and the older may look first when there is
// room again: one letter comes of both.
func TestTwoOrdersThatWaitMakeOneLetter(t *testing.T) {
	w := flooded(t, 30)
	w.postman.Asks = mailer.Lane{Day: 5, Spare: 1, Days: 9, Pause: 3 * time.Hour, LongPause: 3 * time.Hour}
	w.spend(4 * time.Hour)
	w.take(w.please(mark, "somebody@customer.example")) // the last place of the day
	w.spend(4 * time.Hour)
	joined := map[workflow.ID]bool{}
	for i, r := range w.requests() {
		if r.Codes != 0 || r.Customer == "" || len(joined) == 8 {
			continue
		}
		domain := fmt.Sprintf("agent%d.example", i)
		for k, v := range zone(domain) {
			w.zone.Zone[k] = v
		}
		w.take(w.please("a@"+domain, string(r.Customer)))
		joined[r.ID] = true
		w.spend(20 * time.Minute)
	}
	w.spend(5 * 24 * time.Hour)
	all := 0
	for id := range joined {
		entries, err := w.store.History(w.ctx(), id)
		w.must(err)
		sent := 0
		for _, e := range entries {
			if e.Event.Type == workflow.LetterSent && e.Event.Order == workflow.SendConfirmation {
				sent++
			}
		}
		if all += sent; sent > 1 {
			t.Errorf("%d confirmations of one request", sent)
		}
	}
	if all < 4 {
		t.Errorf("%d confirmations of %d requests", all, len(joined))
	}
}

// An operator's own order is not held up by a flood.
func TestAnOperatorsOrderFindsItsPlace(t *testing.T) {
	for name, order := range map[string]func(*world, workflow.ID) workflow.ID{
		"resend": func(w *world, id workflow.ID) workflow.ID {
			return w.step(id, workflow.Event{Type: workflow.AskAgain, Actor: "operator:olga"}).ID
		},
		"assign": func(w *world, _ workflow.ID) workflow.ID {
			rec := w.take(w.write(letter{from: "x@evil2.example", to: desk, body: "Please export my data.\n"}))
			return w.step(rec.Requests[0], workflow.Event{Type: workflow.Assigned, Actor: "operator:olga",
				Assign: &workflow.Assignment{Customer: "p@customer.example", TenantID: "acme", Policy: workflow.DefaultPolicy()}}).ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := flooded(t, 40)
			w.postman.Asks = lazy
			w.spend(20 * time.Hour)
			var waits workflow.ID
			for _, r := range w.requests() {
				if r.Codes == 0 {
					waits = r.ID
				}
			}
			id := order(w, waits)
			w.spend(time.Minute)
			if n := w.load(id).Codes; n != 1 {
				t.Errorf("anna has %d letters of it", n)
			}
			w.spend(10 * time.Hour) // what waited before it is dropped
			if n := w.load(id).Codes; n != 1 {
				t.Errorf("then anna has %d letters of it", n)
			}
		})
	}
}

// A reminder that finds no place is dropped, and so is the word to the second contact;
// the request goes on to its end in front of a person.
func TestARequestWithoutReminderEndsWithAPerson(t *testing.T) {
	s := &scene{world: newWorld(t)}
	s.worker.Carriers[workflow.SendEscalation] = s.postman
	s.postman.Asks = mailer.Lane{Day: 1, Days: 1}
	s.desk.Policy = func(workflow.Tenant) workflow.Policy {
		p := workflow.DefaultPolicy()
		p.Escalations = 1
		return p
	}
	s.id = s.ask()
	if s.load(s.id).Codes != 1 {
		t.Fatal("it was not asked about")
	}
	live := s.load(s.id).Challenge
	s.spend(6 * 24 * time.Hour)
	r := s.load(s.id)
	if s.post.count(anna) != 1 || r.Reminded != 3 || r.Challenge == nil || r.Challenge.CodeHash != live.CodeHash {
		t.Fatalf("anna has %d letters after %d reminders", s.post.count(anna), r.Reminded)
	}
	s.spend(2 * 24 * time.Hour) // the second round took the next week's one place
	if r := s.load(s.id); r.Escalated != 1 || s.post.count(anna) != 2 || r.State != workflow.AwaitingConfirmation {
		t.Errorf("round %d, anna has %d letters, state %s", r.Escalated, s.post.count(anna), r.State)
	}
	s.spend(7 * 24 * time.Hour)
	if r := s.load(s.id); r.State != workflow.NeedsReview || r.Reason != workflow.NobodyAnswered {
		t.Errorf("state %s for %s", r.State, r.Reason)
	}
	entries, err := s.store.History(s.ctx(), s.id)
	s.must(err)
	limited := 0
	for _, e := range entries {
		if e.Event.Type == workflow.EffectDropped && e.Event.Reason == "limit" {
			limited++
		}
	}
	if limited != 6 {
		t.Errorf("%d letters were dropped, want 2 x 3 reminders", limited)
	}
}

// Who was never asked gets no end of letters about what operators declined.
func TestClearingAFloodAwayIsNoFlood(t *testing.T) {
	w := flooded(t, 60)
	w.spend(time.Hour)
	for _, r := range w.requests() {
		w.step(r.ID, workflow.Event{Type: workflow.OperatorDeclined, Actor: "operator:olga", Reason: workflow.ByOperator})
	}
	w.spend(20 * time.Hour)
	if n := w.post.count(anna); n > 16 {
		t.Errorf("anna has %d letters in a day", n)
	}
}

// A letter that the relay refuses, or the breaker or an error of ours stops, takes one
// place however often it is tried.
func TestARetryTakesNoSecondPlaceInTheLane(t *testing.T) {
	for name, stop := range map[string]func(*world){
		"refused": func(w *world) { w.post.answers = []courier.Result{temporary(), temporary(), temporary()} },
		"stopped": func(w *world) {
			w.postman.Breaker = mailer.Breaker{Limit: 1, Window: 6 * time.Minute}
		},
		"our own error": func(w *world) {
			w.postman.Limits = &brokenOnce{Places: w.store, failing: map[string]int{}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.postman.Asks = wide
			w.postman.Asks.Unproven = 3
			stop(w)
			for n := range 5 {
				w.take(w.write(letter{from: mark, to: desk, body: fmt.Sprintf("Please export the data of p%d@customer.example.\n", n)}))
			}
			w.spend(12 * time.Hour)
			asked := 0
			for _, r := range w.requests() {
				if !r.AskedAt.IsZero() {
					asked++
				}
			}
			if asked != 3 {
				t.Errorf("%d letters took the 3 places", asked)
			}
		})
	}
}

// brokenOnce takes each place, and says once that it could not.
type brokenOnce struct {
	mailer.Places
	failing map[string]int
}

func (b *brokenOnce) TakePlace(ctx context.Context, op string, roads [][]workflow.Window, now time.Time) (bool, error) {
	ok, err := b.Places.TakePlace(ctx, op, roads, now)
	if b.failing[op]++; b.failing[op] == 1 {
		return false, errDown
	}
	return ok, err
}

// Letters that wait look rarer and rarer, never all at once, and always within the hour.
func TestWhatWaitsLooksNotInOneHeap(t *testing.T) {
	w := flooded(t, 30)
	w.work()
	looks := map[workflow.ID][]time.Time{}
	for w.now.Sub(monday) < 10*time.Hour {
		for _, r := range w.requests() {
			tasks, err := w.store.Tasks(w.ctx(), r.ID)
			w.must(err)
			for _, task := range tasks {
				due := task.DueAt
				if task.Effect != nil && task.Note == "flood" && !slices.Contains(looks[r.ID], due) {
					looks[r.ID] = append(looks[r.ID], due)
				}
			}
		}
		w.spend(10 * time.Minute)
	}
	moments, long := map[time.Time]int{}, 0
	for id, at := range looks {
		for i, due := range at {
			moments[due.Truncate(time.Second)]++
			if i == 0 {
				continue
			}
			pause := due.Sub(at[i-1])
			if pause < 15*time.Minute || pause > time.Hour {
				t.Errorf("%s waits %v", id, pause)
			}
			if pause > 40*time.Minute {
				long++
			}
		}
	}
	heap := 0
	for _, n := range moments {
		heap = max(heap, n)
	}
	if long == 0 || heap > 4 || len(looks) < 20 {
		t.Errorf("of %d letters up to %d look in one second; %d long pauses", len(looks), heap, long)
	}
}
