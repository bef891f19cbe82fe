package mailer_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// TestBrokenHeadersEndInOneOutcome hands over what servers deliver although no
// parser likes it. Each mail is done with once, for a reason that somebody can
// see, and none of them is answered or decides anything.
func TestBrokenHeadersEndInOneOutcome(t *testing.T) {
	const sound = "From: mark@elsewhere.example\r\nSubject: data\r\n"
	const asks = "Please export the data of jane@customer.example.\r\n"
	for name, raw := range map[string]string{
		"a line without a colon":      sound + "what is this\r\n\r\n" + asks,
		"an 8-bit field name":         sound + "Stra\xdfe: x\r\n\r\n" + asks,
		"an mbox line in front":       "From mark Mon Nov  2 09:00:00 2026\r\n" + sound + "\r\n" + asks,
		"no empty line":               sound,
		"an empty line in front":      "\r\n" + sound + "\r\n" + asks,
		"a folded line in front":      " folded\r\n" + sound + "\r\n" + asks,
		"NUL in a field":              sound + "X-A: a\x00b\r\n\r\n" + asks,
		"bare LF and bare CR":         strings.ReplaceAll(sound, "\r\n", "\n") + "X-A: a\rb\n\n" + asks,
		"a field of a megabyte":       sound + "X-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n" + asks,
		"nothing but a line end":      "\r\n",
		"nothing but noise":           "\xff\xfe\x00\x01\x02",
		"two senders and two bodies":  sound + sound + "\r\n" + asks + "\r\n" + sound + "\r\n" + asks,
		"a boundary that never comes": sound + "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + asks,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			d, rec := w.hand([]byte(raw))
			if rec.Outcome == "" || d == inbox.Leave || d == inbox.Ignore {
				t.Fatalf("got %v, %+v; want an end", d, rec)
			}
			again, _ := w.hand([]byte(raw))
			if again != d || len(w.requests()) != len(rec.Requests) {
				t.Errorf("handed over again: %v and %d requests, first %v and %v",
					again, len(w.requests()), d, rec.Requests)
			}
			for _, r := range w.requests() {
				if r.Ack != nil || r.Requester.Verified || r.State == workflow.Confirmed {
					t.Errorf("it decided something: %+v", r)
				}
			}
		})
	}
}
