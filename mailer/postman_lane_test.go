package mailer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// flooded is a world in which mails that prove nobody name that many made-up people.
func flooded(t *testing.T, people int) *world {
	w := newWorld(t)
	w.postman.Unproven = mailer.Lane{}
	for n := 0; n < people; n += 10 {
		var names []string
		for k := range 10 {
			names = append(names, fmt.Sprintf("p%d.x%d@customer.example", n, k))
		}
		w.take(w.write(letter{from: fmt.Sprintf("x%d@evil.example", n), to: desk, subject: "d",
			body: "Please export the data of\n" + strings.Join(names, "\n") + "\n"}))
	}
	return w
}

// spend lets the time pass, and the postman work all the while.
func (w *world) spend(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); w.pass(5 * time.Minute) {
		for range 2 {
			w.work()
		}
	}
}

// Whoever names any number of made-up customers of a tenant costs its admin a handful
// of letters, and nobody else anything: who is proven is asked about at once.
func TestAStrangerCannotFloodAnAdmin(t *testing.T) {
	w := flooded(t, 60)
	if n := len(w.requests()); n < 60 {
		t.Fatalf("%d requests", n)
	}
	w.spend(55 * time.Minute)
	if n := w.post.count(anna); n != 5 {
		t.Errorf("anna has %d letters in an hour, want 5", n)
	}
	w.take(w.please(jane, jane))
	w.take(w.write(letter{from: mark, to: desk, body: "Please export the data of " + joe + ".\n"}))
	w.work()
	if a, b := w.post.count(anna), w.post.count(bob); a != 6 || b != 1 {
		t.Errorf("after jane's own mail anna has %d letters; of another tenant bob has %d", a, b)
	}
	w.spend(22 * time.Hour)
	confirmations := 0
	for _, r := range w.requests() {
		if r.Codes > 0 && !r.Asker().Verified && r.TenantID == "acme" {
			confirmations++
		}
	}
	if confirmations != 20 {
		t.Errorf("anna was asked for strangers %d times in a day, want 20", confirmations)
	}
}

// What waits is not lost: it is asked as the days pass, each letter once.
func TestWhatWaitsInTheLaneIsAskedLater(t *testing.T) {
	w := flooded(t, 30)
	w.spend(49 * time.Hour)
	for _, r := range w.requests() {
		if r.Customer != "" && (r.Codes == 0 || r.State != workflow.AwaitingConfirmation) {
			t.Errorf("state %s, %d codes", r.State, r.Codes)
		}
	}
}

// A letter that waits leaves when somebody who is proven asks for the same.
func TestAProvenRequesterTakesALetterOutOfTheLane(t *testing.T) {
	w := flooded(t, 10)
	w.take(w.write(letter{from: "x@evil.example", to: desk, body: "Please export the data of " + jane + ".\n"}))
	w.spend(15 * time.Minute)
	if n := w.post.count(anna); n != 5 {
		t.Fatalf("anna has %d letters", n)
	}
	if rec := w.take(w.please(jane, jane)); rec.Rule != "intake/joined" {
		t.Fatalf("jane's own mail came to %s by %q", rec.Outcome, rec.Rule)
	}
	w.spend(20 * time.Minute)
	if n := w.post.count(anna); n != 6 {
		t.Errorf("anna has %d letters", n)
	}
}

// A letter that the relay refuses, or the breaker stops, takes one place however often
// it is tried.
func TestARetryTakesNoSecondPlaceInTheLane(t *testing.T) {
	for name, stop := range map[string]func(*world){
		"refused": func(w *world) { w.post.answers = []courier.Result{temporary(), temporary(), temporary()} },
		"stopped": func(w *world) {
			w.postman.Breaker = mailer.Breaker{Limit: 1, Window: 6 * time.Minute}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.postman.Unproven = mailer.Lane{Hour: 3, Day: 3}
			stop(w)
			for n := range 4 {
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
