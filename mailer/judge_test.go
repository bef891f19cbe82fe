package mailer_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// scene is a request that waits for anna's answer, and the confirmation she got.
type scene struct {
	*world
	id           workflow.ID
	confirmation []byte
}

func newScene(t testing.TB) *scene {
	w := newWorld(t)
	s := &scene{world: w}
	s.id, s.confirmation = w.asked()
	w.pass(time.Hour)
	return s
}

// yes is what anna would send.
func (s *scene) yes() letter { return s.reply(s.confirmation, anna, "CONFIRM") }

// as signs a letter for acme, after something about it was changed.
func (s *scene) as(change func(*letter, *signature)) []byte {
	l, sig := s.yes(), signature{domain: "acme.example"}
	change(&l, &sig)
	return seal(s.write(l), sig)
}

func swap(raw []byte, old, new string) []byte {
	if !bytes.Contains(raw, []byte(old)) {
		panic("not in the mail: " + old)
	}
	return bytes.Replace(raw, []byte(old), []byte(new), 1)
}

// honest answers, as mail programs and people make them.
var honest = map[string]func(*scene) []byte{
	"a plain yes above the quoted mail": func(s *scene) []byte {
		return s.answer(s.confirmation, anna, "CONFIRM")
	},
	"without t= in the signature": func(s *scene) []byte { return s.as(func(*letter, *signature) {}) },
	"signed by the organisation's parent domain": func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) { sig.domain = "mail.acme.example" })
	},
	"with a display name, in other case": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.from = `"Anna, Admin" <Anna.Admin@ACME.example>` })
	},
	"code typed in capitals without hyphens, nothing quoted": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			code := strings.ToUpper(strings.ReplaceAll(codeIn(s.t, s.confirmation), "-", ""))
			l.body = "CONFIRM\n\n" + code + "\n"
		})
	},
	"nothing but the reference leads to the request": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			l.to, l.subject, l.more = desk, "your mail", ""
		})
	},
	"HTML alone": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			l.more += "Content-Type: text/html; charset=utf-8\r\n"
			l.body = "<p>CONFIRM</p><blockquote><p>Code: " + codeIn(s.t, s.confirmation) + "</p></blockquote>"
		})
	},
	"text and HTML in base64": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			plain := strings.ReplaceAll(l.body, "\n", "\r\n")
			page := "<p>CONFIRM</p><blockquote>" + codeIn(s.t, s.confirmation) + "</blockquote>"
			l.more += "Content-Type: multipart/alternative; boundary=b\r\n"
			l.body = ""
			for _, p := range [][2]string{{"plain", plain}, {"html", page}} {
				l.body += "--b\nContent-Type: text/" + p[0] + "; charset=utf-8\n" +
					"Content-Transfer-Encoding: base64\n\n" + lines76(base64.StdEncoding.EncodeToString([]byte(p[1]))) + "\n"
			}
			l.body += "--b--\n"
		})
	},
	"to the address of the desk": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.to = `"Privacy" <DSR@Provider.example>` })
	},
	"to a detail of the desk's address": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.to = strings.Replace(l.to, "confirm+", "dsr+", 1) })
	},
	"to us and a colleague": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.to = berta + ", " + l.to })
	},
	"signed by a provider that leaves To out": func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) { sig.fields = "From:Subject:Date:Message-ID:MIME-Version" })
	},
	"dated ten minutes before our clock": func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			l.date = s.load(s.id).Challenge.IssuedAt.Add(-10 * time.Minute).Format(time.RFC1123Z)
		})
	},
	"through a relay that added trace fields": func(s *scene) []byte {
		return append([]byte("Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0000\r\nX-Spam: no\r\n"),
			s.answer(s.confirmation, anna, "CONFIRM")...)
	},
}

func lines76(s string) string {
	var out []string
	for len(s) > 76 {
		out, s = append(out, s[:76]), s[76:]
	}
	return strings.Join(append(out, s), "\n")
}

func TestHonestAnswersDecide(t *testing.T) {
	for name, write := range honest {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			rec := s.take(write(s))
			if rec.Outcome != workflow.MailAnswered || rec.Rule != "" {
				t.Fatalf("the mail came to %s, %s: %v", rec.Outcome, rec.Rule, s.rules(s.id))
			}
			r := s.load(s.id)
			if r.State != workflow.Confirmed || r.Ack == nil || r.Challenge != nil {
				t.Fatalf("state %s, ack %v, code %v", r.State, r.Ack, r.Challenge)
			}
			if r.Ack.Admin != anna || r.Ack.Digest != rec.Digest || r.Ack.Role != workflow.AccountAdministrator {
				t.Errorf("acknowledged by %+v", r.Ack)
			}
		})
	}
}

func TestAClearNoDeclines(t *testing.T) {
	s := newScene(t)
	rec := s.take(s.answer(s.confirmation, anna, "REJECT"))
	if r := s.load(s.id); rec.Outcome != workflow.MailAnswered || r.State != workflow.Declined {
		t.Errorf("got %s, state %s", rec.Outcome, r.State)
	}
	s.work()
	if got := s.post.count(anna); got != 2 {
		t.Errorf("anna has %d mails, want the confirmation and the letter that it is over", got)
	}
}

// forged and odd answers, each with the rule that it fails first.
var refused = map[string]struct {
	rule  string
	write func(*scene) []byte
	adapt func(*inbox.Mail)
}{
	"a stranger, properly signed": {rule: "ack/from", write: func(s *scene) []byte {
		return s.answer(s.confirmation, "eve@evil.example", "CONFIRM")
	}},
	"a colleague in the same domain": {rule: "ack/from", write: func(s *scene) []byte {
		return s.answer(s.confirmation, berta, "CONFIRM")
	}},
	"the requester": {rule: "ack/from", write: func(s *scene) []byte {
		return s.answer(s.confirmation, jane, "CONFIRM")
	}},
	"the admin's answer to a colleague, who quoted the code": {rule: "ack/token", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.to = berta })
	}},
	"the same, signed to nobody": {rule: "ack/token", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.to = "undisclosed-recipients:;" })
	}},
	"the same, to an address that only looks like ours": {rule: "ack/token", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.to = "confirm+x@provider.example.evil.example" })
	}},
	"the admin's name at another address": {rule: "ack/from", write: func(s *scene) []byte {
		return s.as(func(l *letter, sig *signature) {
			l.from, sig.domain = `"`+anna+`" <eve@evil.example>`, "evil.example"
		})
	}},
	"the admin's address at a subdomain": {rule: "ack/from", write: func(s *scene) []byte {
		return s.as(func(l *letter, sig *signature) {
			l.from, sig.domain = "anna.admin@mail.acme.example", "mail.acme.example"
		})
	}},
	"a second From on top of a colleague's mail": {rule: "ack/from", write: func(s *scene) []byte {
		return append([]byte("From: "+anna+"\r\n"), s.answer(s.confirmation, berta, "CONFIRM")...)
	}},
	"a second From below the admin's": {rule: "ack/from", write: func(s *scene) []byte {
		return swap(s.answer(s.confirmation, anna, "CONFIRM"), "\r\nTo:", "\r\nFrom: "+berta+"\r\nTo:")
	}},
	"From with white space before the colon": {rule: "ack/from", write: func(s *scene) []byte {
		return swap(s.answer(s.confirmation, anna, "CONFIRM"), "\r\nFrom:", "\r\nFrom :")
	}},
	"From with two addresses": {rule: "ack/from", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.from = anna + ", " + berta })
	}},
	"From as a group": {rule: "ack/from", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.from = "admins: " + anna + ";" })
	}},
	"From with a route": {rule: "ack/from", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.from = "<@evil.example:" + anna + ">" })
	}},
	"From in an encoded word": {rule: "ack/from", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.from = "=?utf-8?q?" + anna + "?=" })
	}},
	"From in Cyrillic letters": {rule: "ack/from", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.from = "аnna.admin@acme.example" })
	}},
	"the registry no longer names the admin": {rule: "ack/from", write: func(s *scene) []byte {
		s.people.change("acme", func(t *workflow.Tenant) { t.Admins[0].Address = berta })
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
	"the customer belongs to another tenant by now": {rule: "ack/from", write: func(s *scene) []byte {
		s.people.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
		s.people.change("globex", func(t *workflow.Tenant) { t.Domains = []string{"customer.example"} })
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
	"the customer belongs to another tenant of the same admin": {rule: "ack/from", write: func(s *scene) []byte {
		s.people.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
		s.people.change("globex", func(t *workflow.Tenant) {
			t.Domains = []string{"customer.example"}
			t.Admins = []workflow.Admin{{Address: anna, Role: workflow.AccountAdministrator}}
		})
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
	"the tenant is gone": {rule: "ack/from", write: func(s *scene) []byte {
		delete(s.people.tenants, "acme")
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},

	"no signature": {rule: "ack/authentic", write: func(s *scene) []byte { return s.write(s.yes()) }},
	"a stranger's signature": {rule: "ack/authentic", write: func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) { sig.domain = "evil.example" })
	}},
	"a key that is not published": {rule: "ack/authentic", write: func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) { sig.selector = "s9" })
	}},
	"the body changed on the way": {rule: "ack/authentic", write: func(s *scene) []byte {
		return swap(s.answer(s.confirmation, anna, "I do not CONFIRM"), "I do not CONFIRM", "CONFIRM")
	}},
	"the signature covers a part of the body": {rule: "ack/authentic", write: func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) { sig.more = "; l=9" })
	}},
	"Date is not signed": {rule: "ack/authentic", write: func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) { sig.fields = "From:To:Subject:Message-ID" })
	}},
	"Message-ID is not signed": {rule: "ack/authentic", write: func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) { sig.fields = "From:To:Subject:Date" })
	}},
	"a second subject line on top": {rule: "ack/authentic", write: func(s *scene) []byte {
		return append([]byte("Subject: CONFIRM\r\n"), s.answer(s.confirmation, anna, "CONFIRM")...)
	}},
	"a second Content-Type": {rule: "ack/authentic", write: func(s *scene) []byte {
		return append([]byte("Content-Type: text/html\r\n"), s.answer(s.confirmation, anna, "CONFIRM")...)
	}},
	"a verdict that the mail itself brings": {rule: "ack/authentic", write: func(s *scene) []byte {
		return append([]byte("Authentication-Results: mx.provider.example; dkim=pass header.d=acme.example;\r\n"+
			" dmarc=pass header.from=acme.example\r\n"), s.write(s.yes())...)
	}},
	"the signature had expired when it arrived": {rule: "ack/authentic", write: func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) {
			sig.more = fmt.Sprintf("; x=%d", s.now.Add(-time.Minute).Unix())
		})
	}},

	"a file is all there is": {rule: "ack/human", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			l.more += "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
			l.body = "MIAGCSqGSIb3\n"
		})
	}},

	"an invented code": {rule: "ack/token", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			l.body = "CONFIRM\n\nabcde-fghij-klmno-pqrst-uvwxyz\n"
		})
	}},
	"the code of another request": {rule: "ack/token", write: func(s *scene) []byte {
		s.take(s.signed("joe.roe@customer.example", "My data", "Please export the data of joe.roe@customer.example.\n"))
		s.work()
		return s.as(func(l *letter, _ *signature) {
			l.body = "CONFIRM\n\n" + codeIn(s.t, s.post.to(s.t, anna)) + "\n"
		})
	}},
	"the code that a reminder replaced": {rule: "ack/token", write: func(s *scene) []byte {
		s.pass(25 * time.Hour)
		s.work()
		if s.post.count(anna) != 2 {
			panic("there was no reminder")
		}
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
	"a code from before a recovery": {rule: "ack/token", write: func(s *scene) []byte {
		s.epoch++
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
	"the code is for another parser's eyes": {rule: "ack/token", write: func(s *scene) []byte {
		s.desk.Second = func([]byte) (string, error) { return "CONFIRM CONFIRM CONFIRM", nil }
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
	"the answer is for another parser's eyes": {rule: "ack/token", write: func(s *scene) []byte {
		raw := s.answer(s.confirmation, anna, "CONFIRM")
		s.desk.Second = func([]byte) (string, error) {
			_, text := readMail(s.t, s.confirmation)
			return text, nil // our quoted words, and nothing new
		}
		return raw
	}},
	"another parser gives up": {rule: "ack/token", write: func(s *scene) []byte {
		s.desk.Second = func([]byte) (string, error) { return "", fmt.Errorf("too deep") }
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
	"marks of two requests": {rule: "ack/token", write: func(s *scene) []byte {
		rec := s.take(s.signed("joe.roe@customer.example", "x", "Please export the data of joe.roe@customer.example.\n"))
		return s.as(func(l *letter, _ *signature) { l.subject += " " + rec.Requests[0].Tag() })
	}},

	"written before it was asked": {rule: "ack/fresh", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) {
			l.date = s.load(s.id).Challenge.IssuedAt.Add(-10*time.Minute - time.Second).Format(time.RFC1123Z)
		})
	}},
	"signed before it was asked": {rule: "ack/fresh", write: func(s *scene) []byte {
		return s.as(func(_ *letter, sig *signature) {
			sig.at = s.load(s.id).Challenge.IssuedAt.Add(-11 * time.Minute)
		})
	}},
	"no Date at all": {rule: "ack/fresh", write: func(s *scene) []byte {
		l := s.yes()
		l.date = "away"
		return seal(swap(s.write(l), "\r\nDate: away", ""), signature{domain: "acme.example"})
	}},
	"a Date that cannot be read": {rule: "ack/fresh", write: func(s *scene) []byte {
		return s.as(func(l *letter, _ *signature) { l.date = "yesterday" })
	}},
	"it came after the code had ended": {rule: "ack/fresh", write: func(s *scene) []byte {
		s.pass(7 * 24 * time.Hour)
		return s.answer(s.confirmation, anna, "CONFIRM")
	}},
}

func TestWhatFailsARuleIsHeldAndMovesNothing(t *testing.T) {
	for name, c := range refused {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			raw := c.write(s)
			before := s.load(s.id)
			rec := s.take(raw)
			if rec.Outcome != workflow.MailHeld || rec.Rule != c.rule {
				t.Errorf("the mail came to %s by %q, want held by %s", rec.Outcome, rec.Rule, c.rule)
			}
			r := s.load(s.id)
			if r.State != workflow.AwaitingConfirmation || r.Ack != nil || r.Ordered != before.Ordered+len(r.Told) {
				t.Errorf("state %s, ack %v, %d effects ordered", r.State, r.Ack, r.Ordered-before.Ordered)
			}
			if rules := s.rules(s.id); len(rules) != 1 || rules[0] != c.rule {
				t.Errorf("the history tells of %v, want %s", rules, c.rule)
			}
			if d, _ := s.hand(raw); d != inbox.Done || len(s.rules(s.id)) != 1 {
				t.Errorf("a second copy: disposition %v, rules %v", d, s.rules(s.id))
			}
		})
	}
}

func TestAnAnswerCountsOnlyWhileItIsAwaited(t *testing.T) {
	for name, before := range map[string]func(*scene){
		"confirmed already": func(s *scene) { s.take(s.answer(s.confirmation, anna, "CONFIRM")) },
		"rejected already":  func(s *scene) { s.take(s.answer(s.confirmation, anna, "REJECT")) },
		"cancelled":         func(s *scene) { s.step(s.id, workflow.Event{Type: workflow.OperatorCancelled}) },
		"given up": func(s *scene) {
			s.pass(7*24*time.Hour - 90*time.Minute)
			s.work()
			s.pass(time.Hour)
			s.work()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			late := s.answer(s.confirmation, anna, "CONFIRM")
			before(s)
			was := s.load(s.id)
			rec := s.take(late)
			if rec.Outcome != workflow.MailHeld || rec.Rule != "ack/state" {
				t.Errorf("the mail came to %s by %q", rec.Outcome, rec.Rule)
			}
			if r := s.load(s.id); r.State != was.State || r.Ordered != was.Ordered+len(r.Told) {
				t.Errorf("it led from %s to %s", was.State, r.State)
			}
		})
	}
}

// A decision that somebody else's overtakes between judging and committing.
func TestAnAnswerThatLosesARaceIsHeld(t *testing.T) {
	s := newScene(t)
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	second := s.desk.Second
	s.desk.Second = func(raw []byte) (string, error) { // judged from here on
		s.step(s.id, workflow.Event{Type: workflow.OperatorCancelled})
		return second(raw)
	}
	rec := s.take(raw)
	if rec.Outcome != workflow.MailHeld || rec.Rule != "ack/state" || s.load(s.id).State != workflow.Cancelled {
		t.Errorf("got %s by %q, state %s", rec.Outcome, rec.Rule, s.load(s.id).State)
	}
}

func TestUnclearAnswersAreAskedBackTwice(t *testing.T) {
	for name, text := range map[string]string{
		"a question":       "CONFIRM?",
		"a condition":      "Yes, but wait until Monday.",
		"thanks":           "Thank you, I will look at it.",
		"another customer": "CONFIRM\n\njohn.doe@customer.example",
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			for n := 1; n <= 3; n++ {
				rec := s.take(s.answer(s.confirmation, anna, text))
				s.work()
				want := workflow.MailAskedBack
				if n == 3 {
					want = workflow.MailHeld
				}
				r := s.load(s.id)
				if rec.Outcome != want || rec.Rule != "ack/decision" || r.State != workflow.AwaitingConfirmation {
					t.Errorf("answer %d came to %s by %q, state %s", n, rec.Outcome, rec.Rule, r.State)
				}
			}
			if got := s.post.count(anna); got != 3 {
				t.Errorf("anna has %d mails, want a confirmation and two questions", got)
			}
			rec := s.take(s.answer(s.confirmation, anna, "CONFIRM"))
			if rec.Outcome != workflow.MailAnswered {
				t.Errorf("the clear answer came to %s by %q", rec.Outcome, rec.Rule)
			}
		})
	}
}

func TestAnAnswerWithoutTheCodeIsAskedBackOnce(t *testing.T) {
	s := newScene(t)
	bare := func() []byte {
		return s.as(func(l *letter, _ *signature) { l.body = "CONFIRM\n" })
	}
	if rec := s.take(bare()); rec.Outcome != workflow.MailAskedBack {
		t.Errorf("the first came to %s by %q", rec.Outcome, rec.Rule)
	}
	if rec := s.take(bare()); rec.Outcome != workflow.MailHeld || rec.Rule != "ack/token" {
		t.Errorf("the second came to %s by %q", rec.Outcome, rec.Rule)
	}
	if rec := s.take(s.write(letter{from: anna, to: s.yes().to, body: "CONFIRM\n"})); rec.Rule != "ack/authentic" {
		t.Errorf("an unproven one came to %s by %q", rec.Outcome, rec.Rule)
	}
}
