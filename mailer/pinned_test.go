package mailer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

// A provider that takes mail in at mx.provider.example, rewrites bodies, and hands the
// mail on within itself.
const (
	innerHop = "Received: from mx.provider.example (mx.provider.example [10.0.0.5])\r\n" +
		"\tby store.provider.example with ESMTP id 2; Mon, 2 Nov 2026 10:00:20 +0000\r\n"
	borderHop = "Received: from out.acme.example (out.acme.example [203.0.113.7])\r\n" +
		"\tby mx.provider.example with ESMTPS id 1; Mon, 2 Nov 2026 10:00:10 +0000\r\n"
	stampOf = "Authentication-Results: mx.provider.example; dkim=pass header.d=acme.example header.s=s1\r\n"
)

// pin lets the desk rely on what that server says.
func (w *world) pin(id string) {
	w.desk.Verifier = authentic.New(&w.zone, authentic.Options{AuthServID: id})
}

// rewritten is anna's answer after the provider put a line under it.
func (s *scene) rewritten(text string) []byte {
	raw := s.answer(s.confirmation, anna, text)
	return append(raw, "\r\n-- \r\nScanned by provider.example\r\n"...)
}

func TestAPinnedServersWordLetsARewrittenAnswerCount(t *testing.T) {
	const forged = "Authentication-Results: mx.provider.example; dkim=pass header.d=acme.example\r\n"
	const failed = "Authentication-Results: mx.provider.example; dkim=fail header.d=acme.example\r\n"
	for name, c := range map[string]struct {
		pin, head string
		rule      string // "" where it counts
	}{
		"pinned and stamped":           {"mx.provider.example", innerHop + stampOf + borderHop, ""},
		"stamped, nothing pinned":      {"", innerHop + stampOf + borderHop, "ack/authentic"},
		"stamped, another pinned":      {"mx.other.example", innerHop + stampOf + borderHop, "ack/authentic"},
		"not stamped":                  {"mx.provider.example", innerHop + borderHop, "ack/authentic"},
		"forged below the border":      {"mx.provider.example", innerHop + borderHop + forged, "ack/authentic"},
		"forged below a stamp":         {"mx.provider.example", innerHop + failed + borderHop + forged, "ack/authentic"},
		"forged below what grants too": {"mx.provider.example", innerHop + stampOf + borderHop + forged, "ack/authentic"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.pin(c.pin)
			rec := s.take(append([]byte(c.head), s.rewritten("CONFIRM")...))
			if counts := rec.Outcome == workflow.MailAnswered; counts != (c.rule == "") || rec.Rule != c.rule {
				t.Errorf("it came to %s by %q: %v", rec.Outcome, rec.Rule, s.rules(s.id))
			}
			if r := s.load(s.id); (r.Ack != nil) != (c.rule == "") {
				t.Errorf("acknowledged by %+v", r.Ack)
			}
		})
	}
}

// The word of a server stands in for the signature and for nothing else.
func TestAPinnedServersWordReleasesNothingByItself(t *testing.T) {
	for name, c := range map[string]struct {
		write func(*scene) []byte
		rule  string
	}{
		"a colleague": {func(s *scene) []byte {
			return s.answer(s.confirmation, berta, "CONFIRM")
		}, "ack/from"},
		"an invented code": {func(s *scene) []byte {
			return s.as(func(l *letter, _ *signature) { l.body = "CONFIRM\n\nabcde-fghij-klmno-pqrst-uvwxyz\n" })
		}, "ack/token"},
		"written before it was asked": {func(s *scene) []byte {
			return s.as(func(l *letter, _ *signature) {
				l.date = s.load(s.id).Challenge.IssuedAt.Add(-time.Hour).Format(time.RFC1123Z)
			})
		}, "ack/fresh"},
		"nobody signed": {func(s *scene) []byte { return s.write(s.yes()) }, "ack/authentic"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.pin("mx.provider.example")
			raw := append([]byte(innerHop+stampOf+borderHop), c.write(s)...)
			raw = append(raw, "\r\nScanned by provider.example\r\n"...)
			if rec := s.take(raw); rec.Outcome != workflow.MailHeld || rec.Rule != c.rule {
				t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
			}
		})
	}
}

// A replay is a replay, whatever the provider does to the second copy.
func TestARewrittenReplayIsHeld(t *testing.T) {
	s := newScene(t)
	s.pin("mx.provider.example")
	raw := s.answer(s.confirmation, anna, "hm")
	if rec := s.take(raw); rec.Outcome != workflow.MailAskedBack {
		t.Fatalf("it came to %s by %q", rec.Outcome, rec.Rule)
	}
	again := append([]byte(innerHop+stampOf+borderHop), raw...)
	again = append(again, "\r\n-- \r\nScanned by provider.example\r\n"...)
	if rec := s.take(again); rec.Outcome != workflow.MailHeld || rec.Rule != "ack/once" {
		t.Errorf("the copy came to %s by %q", rec.Outcome, rec.Rule)
	}
}

func TestTheWayIsTold(t *testing.T) {
	s := newScene(t)
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	changed := append([]byte(innerHop+stampOf+borderHop), s.rewritten("CONFIRM")...)
	forged := append([]byte(innerHop+borderHop+stampOf), s.rewritten("CONFIRM")...)
	for name, c := range map[string]struct {
		raw      []byte
		pin, way string
		why      string
	}{
		"computed here":          {raw, "", "dkim", ""},
		"computed here, pinned":  {append([]byte(innerHop+stampOf+borderHop), raw...), "mx.provider.example", "dkim", ""},
		"the pinned server's":    {changed, "MX.provider.example", "authentication-results", ""},
		"nobody pinned":          {changed, "", "", "the body was changed"},
		"forged":                 {forged, "mx.provider.example", "", "the stamp stands below a Received field from outside"},
		"in two ways to be read": {append([]byte("Subject: x\r\n"), changed...), "mx.provider.example", "", "2 subject fields"},
	} {
		t.Run(name, func(t *testing.T) {
			v := authentic.New(&s.zone, authentic.Options{AuthServID: c.pin})
			r := mailer.Inspect(s.ctx(), c.raw, v, reader.Options{Own: []string{desk}}, s.now)
			if r.Auth.Way != c.way || r.Auth.Confirmable != (c.way != "") {
				t.Errorf("way %q, confirmable %v: %v", r.Auth.Way, r.Auth.Confirmable, r.Auth.Why)
			}
			if why := strings.Join(r.Auth.Why, "; "); !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
				t.Errorf("got %q, want %q", why, c.why)
			}
		})
	}
}
