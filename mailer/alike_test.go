package mailer_test

import (
	"fmt"
	"strings"
	"testing"
)

// A mail that joined must not be told from one that started a request.

// However many mails join, each writer gets the answer that a request of its own gets.
func TestTheManyWhoJoinAreAnswered(t *testing.T) {
	for _, customer := range []string{jane, "jane.roe@nowhere.example"} {
		w := newWorld(t)
		for n := range 30 {
			w.take(w.please(fmt.Sprintf("p%d@elsewhere.example", n), customer))
		}
		w.work()
		for n := range 30 {
			if got := w.post.count(fmt.Sprintf("p%d@elsewhere.example", n)); got != 1 {
				t.Errorf("%s: writer %d has %d answers", customer, n, got)
			}
		}
	}
}

// The answer is in the language of the mail that it answers.
func TestTheAnswerToAJoinedMailIsInItsLanguage(t *testing.T) {
	for _, earlier := range []bool{false, true} {
		w := newWorld(t)
		if earlier {
			w.take(w.please("p@buyer.example", jane))
		}
		w.take(w.signed(mark, "x", "Bitte senden Sie mir eine Kopie der Daten von "+jane+".\n"))
		w.work()
		if text := string(w.post.to(t, mark)); !strings.Contains(text, "Content-Language: de") {
			t.Errorf("somebody asked before: %v; the answer is in another language:\n%s", earlier, text[:200])
		}
	}
}

// However many mails ask about somebody, and whoever sends them: as many are answered
// whether we know that person or not.
func TestTheLastAnswerOfManyTellsNothing(t *testing.T) {
	for name, from := range map[string]func(n int) string{
		"of one writer":               func(int) string { return mark },
		"of many writers":             func(n int) string { return fmt.Sprintf("p%d@elsewhere.example", n) },
		"of writers at many domains":  func(n int) string { return fmt.Sprintf("p@s%d.evil.example", n) },
		"of many, each writing often": func(n int) string { return fmt.Sprintf("p@s%d.evil.example", n/4) },
	} {
		t.Run(name, func(t *testing.T) {
			see := func(customer string) (answers, last int) {
				w := newWorld(t)
				for n := range 130 {
					raw := w.write(letter{from: from(n), to: desk, subject: "x",
						body: "Please export the data of " + customer + ".\n"})
					domain := domainOf(from(n))
					if strings.HasSuffix(domain, "evil.example") {
						domain = "evil.example"
					}
					w.take(seal(raw, signature{domain: domain}))
				}
				w.take(w.signed(joe, "x", "Please export the data of "+customer+".\n"))
				w.work()
				return len(w.post.sent) - w.post.count(anna), w.post.count(joe)
			}
			all, last := see("jane.roe@nowhere.example")
			if knownAll, knownLast := see(jane); knownAll != all || knownLast != last || all == 0 {
				t.Errorf("answers: %d, the last writer has %d; where we know the customer: %d, %d",
					all, last, knownAll, knownLast)
			}
		})
	}
}
