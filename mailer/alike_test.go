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
