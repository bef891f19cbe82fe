package app_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// Two machines that write to each partner must fall silent by themselves, whatever happens
// to their mails on the way.

// partner is the desk of the second daemon.
const partner = "dsr-requests@partner.example"

// pair are two daemons, each of which has the other's desk for the admin of the same
// customers; road is what becomes of a mail between them, nil when it gets lost.
type pair struct {
	here, there *place
	road        func(raw []byte) []byte
	read        map[string]int // how many mails at a desk's account were passed on
	passed      map[string]int // to a desk
}

func newPair(t *testing.T, road func([]byte) []byte) *pair {
	t.Helper()
	receipts := extra("policy:\n  receipt: true\n")
	p := &pair{here: newPlace(t, receipts), there: newPlace(t, receipts), road: road,
		read: map[string]int{}, passed: map[string]int{}}
	must(t, p.here.Post.AddUser(partner, "secret of "+partner))
	must(t, p.there.Post.AddUser(partner, "secret of "+demo.Desk)) // the password in its file
	p.there.Post.Alias("confirm@partner.example", partner)
	p.there.Post.Alias("bounce@partner.example", partner)
	p.here.Post.Alias("confirm@partner.example", partner)
	p.here.Post.Alias("bounce@partner.example", partner)
	p.there.Post.Alias("confirm@provider.example", demo.Desk)
	p.there.Post.Alias("bounce@provider.example", demo.Desk)
	replaceAll(t, p.there, "dsrd.yaml", "provider.example", "partner.example")
	replaceAll(t, p.there, "tenants.yaml", demo.Anna, demo.Desk)
	replaceAll(t, p.here, "tenants.yaml", demo.Anna, partner)
	p.here.restart(t)
	p.there.restart(t)
	p.pass(t, 25*time.Hour) // admins who are new must wait before they are asked
	return p
}

func replaceAll(t *testing.T, p *place, name, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.Dir, name))
	must(t, err)
	p.write(t, name, strings.ReplaceAll(string(raw), from, to))
}

// pass lets both daemons work for a while, and their mails reach each partner.
func (p *pair) pass(t *testing.T, d time.Duration) {
	t.Helper()
	step := 20 * time.Minute
	if d > 48*time.Hour {
		step = 6 * time.Hour
	}
	for ; d > 0; d -= step {
		p.here.Clock.Advance(min(d, step))
		p.there.Clock.Advance(min(d, step))
		for range 3 { // there, back, and there again
			must(t, p.here.Settle(t.Context()))
			p.deliver(t, p.here, partner, p.there)
			must(t, p.there.Settle(t.Context()))
			p.deliver(t, p.there, demo.Desk, p.here)
		}
	}
}

// deliver takes what one daemon wrote to the other's desk there.
func (p *pair) deliver(t *testing.T, from *place, to string, there *place) {
	t.Helper()
	mails, err := from.Inbox(to)
	must(t, err)
	for _, m := range mails[p.read[to]:] {
		p.read[to]++
		raw := p.road(m.Raw)
		if raw == nil {
			continue
		}
		p.passed[to]++
		h, err := mail.ReadMessage(bytes.NewReader(m.Raw))
		must(t, err)
		sender := strings.Trim(h.Header.Get("Return-Path"), "<>")
		must(t, there.Post.Deliver(mailtest.Envelope{From: sender, To: []string{to}}, raw))
	}
}

// mails between the two.
func (p *pair) mails() int { return p.passed[partner] + p.passed[demo.Desk] }

// without takes fields out of a mail, as gateways and vacation programs do.
func without(raw []byte, names ...string) []byte {
	for _, name := range names {
		field := regexp.MustCompile(`(?im)^` + name + `:[^\r\n]*\r\n([ \t][^\r\n]*\r\n)*`)
		head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		head = field.ReplaceAll(append(head, "\r\n"...), nil)
		raw = append(append(head, "\r\n"...), body...)
	}
	return raw
}

// marks of a machine's mail that somebody may strip.
var machines = []string{"Auto-Submitted", "X-Auto-Response-Suppress", "X-Dsrd-Loop", "Return-Path", "Received"}

// ticket is the mail of a program that knows no marks of machines: each mail that comes
// to it makes a new one, of the same sender, in words of its own.
func ticket(raw []byte) []byte {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(raw)
	return fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nDate: %s\r\nSubject: New ticket\r\n"+
		"Message-ID: <%x@tickets.example>\r\n\r\nPlease export the data of %s.\r\n",
		m.Header.Get("From"), m.Header.Get("To"), m.Header.Get("Date"), sum[:8], demo.Jane)
}

// TestTwoDaemonsFallSilent looks at the first days, and with TRUST=full at a month.
func TestTwoDaemonsFallSilent(t *testing.T) {
	for name, c := range map[string]struct {
		road  func([]byte) []byte
		day   int // mails between them in a day, at most
		month int // in a month, with all reminders
	}{
		"as they write": {func(raw []byte) []byte { return raw }, 1, 10},
		"behind a gateway that strips what tells a machine": {
			func(raw []byte) []byte { return without(raw, machines...) }, 2, 20},
		"behind a list that rewrites everything": {func(raw []byte) []byte {
			raw = without(raw, append(machines, "Message-ID", "References", "In-Reply-To", "Subject", "Reply-To")...)
			return append(fmt.Appendf(nil, "Message-ID: <%x@list.example>\r\nSubject: Fwd: data\r\n", len(raw)), raw...)
		}, 2, 20},
		"through a ticket system that asks in words of its own": {ticket, 2, 20},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, c.road)
			p.here.ask(t)
			p.pass(t, 20*time.Hour)
			day := p.mails()
			if name == "as they write" {
				t.Logf("figure: mails between two daemons %d", day)
			} else {
				t.Logf("figure: mails between two daemons %s %d", name, day)
			}
			if day < 1 || day > c.day {
				t.Errorf("%d mails on the first day, want 1 to %d: %v", day, c.day, p.passed)
			}
			days := 4
			if os.Getenv("TRUST") == "full" {
				days = 30
			}
			p.pass(t, time.Duration(days)*24*time.Hour)
			if all := p.mails(); all > c.month {
				t.Errorf("%d mails in %d days, want %d at most: %v", all, days, c.month, p.passed)
			}
			all := p.mails()
			if days < 30 {
				return // reminders are still due
			}
			p.pass(t, 5*24*time.Hour)
			if p.mails() != all {
				t.Errorf("they still write: %d mails more in 5 days", p.mails()-all)
			}
		})
	}
}
