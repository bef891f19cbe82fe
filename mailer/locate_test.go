package mailer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Each mark alone leads an answer to its request.
func TestEachMarkAloneFindsTheRequest(t *testing.T) {
	s := newScene(t)
	h, _ := readMail(t, s.confirmation)
	id := h.Get("Message-Id")
	for name, change := range map[string]func(*letter){
		"the reply address":             func(l *letter) { l.to = strings.ToUpper(h.Get("Reply-To")) },
		"the reply address in Cc":       func(l *letter) { l.more = "Cc: " + h.Get("Reply-To") + "\r\n" },
		"the address of delivery":       func(l *letter) { l.more = "Delivered-To: " + h.Get("Reply-To") + "\r\n" },
		"In-Reply-To":                   func(l *letter) { l.more = "In-Reply-To: " + id + "\r\n" },
		"References":                    func(l *letter) { l.more = "References: <a@b>, " + id + " <c@d>\r\n" },
		"References in capitals":        func(l *letter) { l.more = "References: " + strings.ToUpper(id) + "\r\n" },
		"Exchange's original id":        func(l *letter) { l.more = "X-Microsoft-Original-Message-ID: " + id + "\r\n" },
		"the subject line":              func(l *letter) { l.subject = "AW: " + strings.ToLower(s.id.Tag()) },
		"the reference line":            func(l *letter) { l.body = "hm\n\n> Ref: " + s.id.Tag() + "\n" },
		"all of them, and the same":     func(l *letter) { *l = s.reply(s.confirmation, mark, "hm") },
		"one of ours, others of nobody": func(l *letter) { l.subject = "[DSR-AAAA-BBBB] " + s.id.Tag() },
	} {
		l := letter{from: mark, to: desk, subject: "hello", body: "hm\n"}
		change(&l)
		rec := s.take(s.write(l))
		if rec.Outcome != workflow.MailHeld || len(rec.Requests) != 1 || rec.Requests[0] != s.id {
			t.Errorf("%s: came to %s with %v", name, rec.Outcome, rec.Requests)
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestForgedMarksFindNothing(t *testing.T) {
	s := newScene(t)
	h, _ := readMail(t, s.confirmation)
	id := strings.Trim(h.Get("Message-Id"), "<>")
	for name, change := range map[string]func(*letter){
		"another locator": func(l *letter) { l.to = "confirm+aaaaaaaa@provider.example" },
		"another domain":  func(l *letter) { l.to = strings.Replace(h.Get("Reply-To"), "provider", "evil", 1) },
		"another tag":     func(l *letter) { l.subject = "[DSR-AAAA-BBBB]" },
		"an id whose number was changed": func(l *letter) {
			l.more = "In-Reply-To: <" + strings.Replace(id, ".1.1.", ".1.2.", 1) + ">\r\n"
		},
		"an id of another domain": func(l *letter) {
			l.more = "In-Reply-To: <" + strings.Replace(id, "provider", "evil", 1) + ">\r\n"
		},
	} {
		l := letter{from: mark, to: desk, subject: "hello", body: "hm\n"}
		change(&l)
		if rec := s.take(s.write(l)); rec.Outcome != workflow.MailStarted {
			t.Errorf("%s: came to %s with %v", name, rec.Outcome, rec.Requests)
		}
	}
}

// Marks of two requests hold the mail, visibly in both.
func TestMarksOfTwoRequestsHoldTheMail(t *testing.T) {
	s := newScene(t)
	other := s.take(s.signed(jane, "x", "Please export the data of john@customer.example.\n")).Requests[0]
	l := s.yes()
	l.subject += " " + other.Tag()
	rec := s.take(seal(s.write(l), signature{domain: "acme.example"}))
	if rec.Outcome != workflow.MailHeld || rec.Rule != "ack/token" || len(rec.Requests) != 2 {
		t.Errorf("came to %+v", rec)
	}
	for _, id := range []workflow.ID{s.id, other} {
		if got := s.rules(id); len(got) != 1 || got[0] != "ack/token" {
			t.Errorf("%s tells of %v", id, got)
		}
	}
}

// Who writes below an old mail of ours may mean something new.
func TestANewRequestBelowAnOldMail(t *testing.T) {
	over := func(s *scene) { s.step(s.id, workflow.Event{Type: workflow.OperatorDeclined}) }
	gone := func(s *scene) {
		over(s)
		s.pass(731 * 24 * time.Hour)
		s.work()
		if !s.load(s.id).Purged {
			s.t.Fatal("not purged")
		}
	}
	open := func(*scene) {}
	for _, c := range []struct {
		name   string
		before func(*scene)
		from   string
		text   string
		born   int
	}{
		{"another customer, of the requester", open, jane, "Please export the data of john@customer.example too.", 1},
		{"another right, of the requester", open, jane, "Please erase the data of " + jane + ".", 1},
		{"the same again, of the requester", open, jane, "Please export the data of " + jane + " soon!", 0},
		{"thanks, of the requester", open, jane, "Thank you!", 0},
		{"the admin, about another customer", open, anna, "Please export john@customer.example.", 0},
		{"the same when it is over", over, jane, "Please export the data of " + jane + " again.", 1},
		{"thanks when it is over", over, jane, "Thank you!", 0},
		{"the admin asks when it is over", over, anna, "Please export the data of john@customer.example.", 1},
		{"the admin decides when it is over", over, anna, "CONFIRM", 0},
		{"the same when it is purged", gone, jane, "Please export the data of " + jane + " again.", 1},
		{"the admin decides when it is purged", gone, anna, "CONFIRM", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			receipt := s.post.to(t, jane)
			c.before(s)
			raw := s.answer(receipt, c.from, c.text)
			rec := s.take(raw)
			if born := len(s.requests()) - 1; born != c.born {
				t.Errorf("%d requests were born, want %d; came to %s by %q", born, c.born, rec.Outcome, rec.Rule)
			}
			joins := rec.Rule == "intake/joined" && s.load(s.id).JoinedCount == 1
			if joins != strings.HasPrefix(c.name, "the same again") {
				t.Errorf("it joins: %v", joins)
			}
			if c.born == 0 && !joins && rec.Outcome != workflow.MailHeld && rec.Outcome != workflow.MailAskedBack {
				t.Errorf("came to %s", rec.Outcome)
			}
			if c.born == 1 {
				if got := s.rules(s.id); rec.Outcome != workflow.MailStarted || len(got) != 1 || got[0] != "intake/asked-anew" {
					t.Errorf("came to %s; the old one tells of %v", rec.Outcome, got)
				}
			}
		})
	}
}

// Whose data it is about was asked, and the answer says it.
func TestTheAnswerToWhichCustomer(t *testing.T) {
	w := newWorld(t)
	first := w.take(w.signed(jane, "Hello", "I want a copy of all data, please.\n"))
	if first.Rule != "no_customer" {
		t.Fatalf("came to %+v", first)
	}
	w.work()
	rec := w.take(w.answer(w.post.to(t, jane), jane, "The address is "+jane+"."))
	if rec.Outcome != workflow.MailStarted || len(w.requests()) != 2 {
		t.Fatalf("came to %s by %q", rec.Outcome, rec.Rule)
	}
	if r := w.load(rec.Requests[0]); r.State != workflow.AwaitingConfirmation || r.Customer != jane {
		t.Errorf("got %s for %s", r.State, r.Customer)
	}
	if got := w.rules(first.Requests[0]); len(got) != 1 {
		t.Errorf("the first tells of %v", got)
	}
	if rec := w.take(w.answer(w.post.to(t, jane), jane, "I do not know.")); rec.Outcome != workflow.MailHeld {
		t.Errorf("no address again: came to %s by %q, %d requests", rec.Outcome, rec.Rule, len(w.requests()))
	}
}

// bounceOf is a notice that a mail of ours failed, at an address that we do not know.
func (s *scene) bounceOf(envelope, messageID, action string) []byte {
	return s.bounceAt("x@acme.example", envelope, messageID, action)
}

func (s *scene) bounceAt(recipient, envelope, messageID, action string) []byte {
	more := "Return-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
	status := map[string]string{"failed": "5.1.1", "delayed": "4.4.1", "relayed": "2.0.0"}[action]
	return s.write(letter{
		from: "MAILER-DAEMON@mx.example", to: envelope, subject: "Undelivered Mail", more: more,
		body: fmt.Sprintf("--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"+
			"Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\n\n--b\nContent-Type: text/rfc822-headers\n\n"+
			"Message-ID: <%s>\n\n--b--\n", recipient, action, status, messageID),
	})
}

func TestABounceCountsForTheMailThatItNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(s *scene, verp, id string) []byte
		rule  string
		stuck bool
	}{
		{"of the confirmation", func(s *scene, verp, id string) []byte { return s.bounceOf(verp, id, "failed") }, "bounce", true},
		{"by its address alone", func(s *scene, verp, _ string) []byte { return s.bounceOf(verp, "x@relay", "failed") }, "bounce", true},
		{"by its Message-ID and its recipient", func(s *scene, _, id string) []byte { return s.bounceAt(anna, desk, id, "failed") }, "bounce", true},
		{"by its Message-ID alone", func(s *scene, _, id string) []byte { return s.bounceOf(desk, id, "failed") }, "bounce/unproven", false},
		{"a delay", func(s *scene, verp, id string) []byte { return s.bounceOf(verp, id, "delayed") }, "bounce", false},
		{"of nothing of ours", func(s *scene, _, _ string) []byte { return s.bounceOf(desk, "x@relay", "failed") }, "bounce/unknown", false},
		{"a forged address", func(s *scene, verp, _ string) []byte {
			return s.bounceOf(strings.Replace(verp, "-1-", "-2-", 1), "x@relay", "failed")
		}, "bounce/unknown", false},
		{"a forged Message-ID", func(s *scene, _, id string) []byte {
			return s.bounceOf(desk, strings.Replace(id, ".1.1.", ".1.7.", 1), "failed")
		}, "bounce/unknown", false},
		{"address and Message-ID of two mails", func(s *scene, verp, _ string) []byte {
			return s.bounceOf(verp, s.desk.Marks.MessageID("00aaaaaaaaaaaaaaaaaaaaaaaa.1", 1), "failed")
		}, "bounce/unknown", false},
		{"of a request that never was", func(s *scene, _, _ string) []byte {
			return s.bounceOf(s.desk.Marks.BounceAddress("00aaaaaaaaaaaaaaaaaaaaaaaa.1"), "x", "failed")
		}, "bounce/unknown", false},
		{"of the receipt", func(s *scene, _, _ string) []byte {
			h, _ := readMail(s.t, s.post.to(s.t, jane))
			return s.bounceOf(desk, strings.Trim(h.Get("Message-Id"), "<>"), "failed")
		}, "bounce/unknown", false},
		{"of the confirmation that a reminder replaced", func(s *scene, verp, id string) []byte {
			s.pass(25 * time.Hour)
			s.work()
			return s.bounceOf(verp, id, "failed")
		}, "bounce", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			h, _ := readMail(t, s.confirmation)
			verp := ""
			for _, m := range s.post.sent {
				if m.to == anna {
					verp = m.from
				}
			}
			raw := c.write(s, verp, strings.Trim(h.Get("Message-Id"), "<>"))
			sent := len(s.post.sent)
			rec := s.take(raw)
			if rec.Class != "bounce" || rec.Outcome != workflow.MailNoted || rec.Rule != c.rule {
				t.Errorf("class %s, came to %s by %q", rec.Class, rec.Outcome, rec.Rule)
			}
			if r := s.load(s.id); (r.State == workflow.Stuck) != c.stuck {
				t.Errorf("state %s", r.State)
			}
			s.work()
			if n := len(s.post.sent); n != sent || len(s.requests()) != 1 {
				t.Errorf("%d mails answer a bounce", n-sent)
			}
		})
	}
}
