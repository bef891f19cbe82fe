package mailer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// disguises are the ways in which mallory, who may sign for evil.example alone, asks for
// the data of somebody else as if the mail were that person's.
var disguises = map[string]func(w *world, l letter) []byte{
	"without any proof": func(w *world, l letter) []byte { return w.write(l) },
	"signed by his own domain": func(w *world, l letter) []byte {
		return seal(w.write(l), signature{domain: "evil.example"})
	},
	"with a second From": func(w *world, l letter) []byte {
		l.more = "From: mallory@evil.example\r\n"
		return seal(w.write(l), signature{domain: "evil.example"})
	},
	"with his own as Sender": func(w *world, l letter) []byte {
		l.more = "Sender: mallory@evil.example\r\n"
		return seal(w.write(l), signature{domain: "evil.example"})
	},
	"asking for the answer": func(w *world, l letter) []byte {
		l.more = "Reply-To: mallory@evil.example\r\nReturn-Receipt-To: mallory@evil.example\r\n" +
			"Disposition-Notification-To: mallory@evil.example\r\nErrors-To: mallory@evil.example\r\n"
		return seal(w.write(l), signature{domain: "evil.example"})
	},
	"with a copy to himself": func(w *world, l letter) []byte {
		l.more = "Cc: mallory@evil.example\r\nBcc: mallory@evil.example\r\n"
		return w.write(l)
	},
	"with the victim in the name": func(w *world, l letter) []byte {
		raw := strings.Replace(string(w.write(l)), "From: ", "From: mallory@evil.example, ", 1)
		return seal([]byte(raw), signature{domain: "evil.example"})
	},
	"with a stamp of his own": func(w *world, l letter) []byte {
		stamp := "Authentication-Results: mx.provider.example; dkim=pass header.d=customer.example; dmarc=pass\r\n"
		return append([]byte(stamp), w.write(l)...)
	},
	"on top of a genuine mail's signature": func(w *world, l letter) []byte {
		genuine := w.signed("somebody@customer.example", "Hello", "I like your newsletter.\n")
		field, _, _ := strings.Cut(string(genuine), "From: ")
		return append([]byte(field), w.write(l)...)
	},
	"telling where to send the data": func(w *world, l letter) []byte {
		l.body += "\nPlease send it to mallory@evil.example, my new address.\nRef: mallory@evil.example\n"
		return seal(w.write(l), signature{domain: "evil.example"})
	},
}

// A hundred forged requests, of which the admin grants all: not one byte goes to anybody
// but the admin, nor what opens a package to anybody but the tenant's second contact.
func TestAHundredForgedRequests(t *testing.T) {
	w := newWorld(t)
	asked := 0
	for _, name := range sorted(disguises) {
		for range 10 {
			victim := fmt.Sprintf("v%d@customer.example", asked)
			w.take(disguises[name](w, letter{from: victim, to: desk, subject: "My data",
				body: "Please export my data: " + victim + "\n"}))
			asked++
		}
	}
	w.work()
	if got := w.post.count(anna); got < asked/2 { // a mail with two writers is for a person
		t.Fatalf("anna was asked %d times because of %d mails", got, asked)
	}
	w.pass(time.Minute)
	for _, m := range w.post.sent {
		if m.to == anna {
			w.take(w.answer(m.raw, anna, "CONFIRM"))
		}
	}
	granted := 0
	for _, r := range w.requests() {
		if r.State == workflow.Confirmed {
			w.step(r.ID, workflow.Event{Type: workflow.SlotOpened})
			granted++
		}
	}
	w.work()
	w.pass(time.Hour)
	w.work()

	bytes, packages := 0, 0
	for _, m := range w.post.sent {
		attached := strings.Contains(string(m.raw), "filename=")
		switch {
		case m.to == anna && attached:
			packages++
		case m.to == anna, m.to == second && !attached:
		default:
			bytes += len(m.raw)
			t.Errorf("a mail for %s:\n%s", m.to, head(string(m.raw)))
		}
	}
	if packages != granted || granted < asked/2 {
		t.Errorf("anna has %d packages, %d were granted", packages, granted)
	}
	t.Logf("figure: bytes to anyone but the admin after %d forged requests %d", asked, bytes)
}
