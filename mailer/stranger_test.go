package mailer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Whoever answers a receipt gets the same to see whether we know the customer or not,
// whether somebody asked before or not, and whether what was asked is over or not.
func TestAnsweringAReceiptTellsNothing(t *testing.T) {
	const unknown = "jane.roe@nowhere.example"
	for name, text := range map[string]string{
		"thanks":           "Thank you.",
		"a yes":            "CONFIRM",
		"the same again":   "Please export the data of %s.",
		"more":             "Please export the data of %s and of p.q@nowhere.example.",
		"something else":   "Please erase the data of p.q@nowhere.example.",
		"a yes and a name": "CONFIRM %s",
		"a reminder":       "Reminder: I asked you for the data of %s and got no answer.",
	} {
		for way, head := range map[string]func(l *letter, id, reply string){
			"as programs answer":   func(l *letter, id, reply string) { l.to, l.more = reply, "In-Reply-To: "+id+"\r\n" },
			"to the address alone": func(l *letter, _, reply string) { l.to = reply },
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				see := func(customer, earlier string) (counts []int) {
					w := newWorld(t)
					if !strings.HasPrefix(earlier, "nobody") {
						w.take(w.please("p@buyer.example", customer))
						w.work()
					}
					w.take(w.please(mark, customer))
					w.work()
					h, _ := readMail(t, w.post.to(t, mark))
					if strings.HasSuffix(earlier, "over") {
						w.take(w.answer(w.post.to(t, anna), anna, "REJECT"))
						w.work()
					}
					for range 2 {
						w.pass(25 * time.Hour)
						l := letter{from: mark, to: desk, subject: "Re: " + subjectOf(t, h),
							body: strings.ReplaceAll(text, "%s", customer) + "\n"}
						head(&l, h.Get("Message-Id"), strings.Trim(h.Get("Reply-To"), "<>"))
						w.take(seal(w.write(l), signature{domain: "elsewhere.example"}))
						w.work()
						counts = append(counts, w.post.count(mark))
					}
					return counts
				}
				want := see(unknown, "nobody")
				for _, c := range [][2]string{{unknown, "somebody"}, {jane, "nobody"}, {jane, "somebody"}, {jane, "over"}, {jane, "nobody, over"}} {
					if diff := cmp.Diff(want, see(c[0], c[1])); diff != "" {
						t.Errorf("%v asked for %s: mails for the writer (-unknown +this):\n%s", c[1], c[0], diff)
					}
				}
			})
		}
	}
}
