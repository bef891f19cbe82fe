package mailer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// told is a scene whose postman carries words about held answers too.
func told(t testing.TB) *scene {
	s := newScene(t)
	s.worker.Carriers[workflow.SendHeld] = s.postman
	s.postman.Contact = "help@provider.example"
	return s
}

// heard takes a mail, lets the post go out, and gives what anna newly has: the reason of
// the letter, "" if none came. Nobody else may get anything.
func (s *scene) heard(raw []byte, adapt ...func(*inbox.Mail)) (why workflow.Reason, letter string) {
	s.t.Helper()
	before := len(s.post.sent)
	s.take(raw, adapt...)
	s.work()
	for _, m := range s.post.sent[before:] {
		h, text := readMail(s.t, m.raw)
		if m.to != anna {
			s.t.Errorf("somebody else got %q", subjectOf(s.t, h))
		}
		if codeLine.MatchString(text) {
			s.t.Errorf("it brings a code:\n%s", text)
		}
		letter = subjectOf(s.t, h) + " " + strings.Join(strings.Fields(text), " ")
	}
	entries, err := s.store.History(s.ctx(), s.id)
	s.must(err)
	for _, e := range entries {
		if len(e.Effects) == 1 && e.Effects[0] == workflow.SendHeld {
			why = e.Event.Tell
		}
	}
	if (letter == "") != (len(s.post.sent) == before) || len(s.post.sent) > before+1 {
		s.t.Errorf("%d mails", len(s.post.sent)-before)
	}
	return why, letter
}

func (s *scene) unproven() []byte { return s.write(s.yes()) }

func TestTheAdminHearsWhyAnAnswerWasHeld(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		write func(*scene) []byte
		adapt func(*inbox.Mail)
		want  workflow.Reason
		says  string
	}{
		"nothing proves it": {write: (*scene).unproven, want: workflow.NotProven, says: "could not verify"},
		"nothing proves it, and there is no code": {write: func(s *scene) []byte {
			return s.write(letter{from: anna, to: s.yes().to, body: "CONFIRM\n"})
		}, want: workflow.NotProven, says: "could not verify"},
		"a colleague has the code": {write: func(s *scene) []byte {
			return s.answer(s.confirmation, berta, "CONFIRM")
		}, want: workflow.OtherSender, says: "another address than yours"},
		"a stranger has the code, and proves nothing": {write: func(s *scene) []byte {
			return s.write(s.reply(s.confirmation, "eve@evil.example", "CONFIRM"))
		}, want: workflow.OtherSender, says: "who else can read your mail"},
		"the code of the mail before": {write: func(s *scene) []byte {
			s.pass(25 * time.Hour)
			s.work()
			return s.answer(s.confirmation, anna, "CONFIRM")
		}, want: workflow.OldCode, says: "newest mail"},
		"it came when nobody waited any more": {write: func(s *scene) []byte {
			for s.load(s.id).State == workflow.AwaitingConfirmation {
				s.pass(day)
				s.work()
			}
			return s.answer(s.confirmation, anna, "CONFIRM")
		}, want: workflow.CodeEnded, says: "our operators"},

		"a stranger without the code": {write: func(s *scene) []byte {
			return s.write(letter{from: "eve@evil.example", to: s.yes().to, body: "CONFIRM\n"})
		}},
		"a stranger who has an invented code": {write: func(s *scene) []byte {
			return s.write(letter{from: "eve@evil.example", to: s.yes().to,
				body: "CONFIRM\n\nabcde-fghij-klmno-pqrst-uvwxyz\n"})
		}},
		"a program answered": {write: func(s *scene) []byte {
			l := s.yes()
			l.more += "Auto-Submitted: auto-replied\r\n"
			return s.write(l)
		}},
		"a list": {write: func(s *scene) []byte {
			l := s.yes()
			l.more += "List-Id: <x.acme.example>\r\n"
			return s.write(l)
		}},
		"it lies in junk": {write: (*scene).unproven, adapt: inJunk},
		"a colleague's lies in junk": {write: func(s *scene) []byte {
			return s.answer(s.confirmation, berta, "CONFIRM")
		}, adapt: inJunk},
		"the request is confirmed": {write: func(s *scene) []byte {
			raw := s.unproven()
			s.take(s.answer(s.confirmation, anna, "CONFIRM"))
			return raw
		}},
		"the request is over": {write: func(s *scene) []byte {
			raw := s.unproven()
			s.step(s.id, workflow.Event{Type: workflow.OperatorCancelled})
			return raw
		}},
		"the registry no longer names the admin": {write: func(s *scene) []byte {
			s.people.change("acme", func(t *workflow.Tenant) { t.Admins[0].Address = berta })
			return s.unproven()
		}},
		"a stranger wrote when nobody waited any more": {write: func(s *scene) []byte {
			for s.load(s.id).State == workflow.AwaitingConfirmation {
				s.pass(day)
				s.work()
			}
			return s.unproven()
		}},
		"it cannot be read": {write: func(s *scene) []byte {
			l := s.yes()
			l.more += "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
			l.body = "MIAGCSqGSIb3\n"
			return s.write(l)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := told(t)
			raw := c.write(s)
			var adapt []func(*inbox.Mail)
			if c.adapt != nil {
				adapt = append(adapt, c.adapt)
			}
			why, letter := s.heard(raw, adapt...)
			if why != c.want || !strings.Contains(letter, c.says) || (c.says == "") != (letter == "") {
				t.Fatalf("told %q, want %q:\n%s", why, c.want, letter)
			}
			for _, private := range []string{"eve@", "evil.example", "berta"} {
				if strings.Contains(letter, private) {
					t.Errorf("the letter tells of %s", private)
				}
			}
			if letter != "" && !strings.Contains(letter, "help@provider.example") {
				t.Error("the letter does not say whom to ask")
			}
		})
	}
}

// However many mails come in the admin's name, and whoever writes them, one word follows.
func TestNobodyCanFloodTheAdminWithWords(t *testing.T) {
	s := told(t)
	words := 0
	for n := range 40 {
		l := s.yes()
		if n%2 == 1 {
			l = s.reply(s.confirmation, "eve@evil.example", "CONFIRM")
		}
		if _, letter := s.heard(s.write(l)); letter != "" {
			words++
		}
		s.pass(time.Minute)
	}
	if words != 1 {
		t.Errorf("%d words, want 1", words)
	}
}

// A word must not be lost because strangers filled the day's room in the history.
func TestAWordComesAfterManyNotes(t *testing.T) {
	s := told(t)
	for range 30 {
		s.take(s.write(letter{from: "eve@evil.example", to: s.yes().to, body: "hello\n"}))
	}
	if why, letter := s.heard(s.unproven()); why != workflow.NotProven || letter == "" {
		t.Errorf("told %q", why)
	}
}

func TestTheSameHeldMailTellsOnce(t *testing.T) {
	s := told(t)
	raw := s.answer(s.confirmation, berta, "CONFIRM")
	s.heard(raw)
	s.must(s.store.ReplayMailBy(s.ctx(), s.record(raw).Digest, "jo"))
	if _, letter := s.heard(raw); letter != "" {
		t.Errorf("told again:\n%s", letter)
	}
}

// The admin's own language, and the words that a German reads.
func TestAWordComesInTheAdminsLanguage(t *testing.T) {
	s := told(t)
	s.people.change("acme", func(t *workflow.Tenant) { t.Admins[0].Language = "de" })
	if _, letter := s.heard(s.unproven()); !strings.Contains(letter, "Eine Antwort zählt nicht") {
		t.Errorf("the letter:\n%s", letter)
	}
}

func TestAWordThatWaitedTooLongIsDropped(t *testing.T) {
	s := told(t)
	s.take(s.unproven())
	s.take(s.answer(s.confirmation, anna, "CONFIRM"))
	before := s.post.count(anna)
	s.work()
	if got := s.post.count(anna); got != before {
		t.Errorf("anna has %d mails more after she decided", got-before)
	}
}

// The customer's own mail ends the code of a letter that spoke of somebody else. An answer
// to that letter counts no more, and until the next one leaves the admin must not believe
// that it did.
func TestTheAdminHearsThatSheIsAskedAnew(t *testing.T) {
	s := &scene{world: newWorld(t)}
	s.worker.Carriers[workflow.SendHeld] = s.postman
	s.id = s.take(s.write(letter{from: "eve@evil.example", to: desk,
		body: "Please export the data of " + jane + ".\n"})).Requests[0]
	s.work()
	s.confirmation = s.post.to(t, anna)
	s.pass(time.Hour)
	raw := s.answer(s.confirmation, anna, "CONFIRM")
	s.take(s.please(jane, jane))
	if r := s.load(s.id); r.Challenge != nil || r.State != workflow.AwaitingConfirmation {
		t.Fatalf("%s with %+v", r.State, r.Challenge)
	}
	before := len(s.post.sent)
	if rec := s.take(raw); rec.Outcome != workflow.MailHeld || rec.Rule != "ack/state" {
		t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
	}
	s.take(s.answer(s.confirmation, berta, "CONFIRM")) // nobody hears of a colleague now
	s.work()
	var asked, told int
	for _, m := range s.post.sent[before:] {
		_, text := readMail(t, m.raw)
		switch words := strings.Join(strings.Fields(text), " "); {
		case m.to != anna:
		case codeLine.MatchString(text):
			asked++
		case strings.Contains(words, "If you find none, it is on its way to you."):
			told++
		}
	}
	if asked != 1 || told != 1 {
		t.Errorf("anna was asked %d times anew and told %d times", asked, told)
	}
}

// Guessing the code is hopeless; whoever tries it as the admin is stopped all the same.
func TestTooManyWrongCodesHoldEveryAnswer(t *testing.T) {
	s := told(t)
	guess := func() workflow.MailRecord {
		return s.take(s.as(func(l *letter, _ *signature) { l.body = "CONFIRM\n\nabcde-fghij-klmno-pqrst-uvwxyz\n" }))
	}
	for n := range 10 {
		if rec := guess(); rec.Rule != "ack/token" {
			t.Fatalf("guess %d was held by %q", n+1, rec.Rule)
		}
	}
	first := s.now
	for name, raw := range map[string][]byte{
		"another guess": s.as(func(l *letter, _ *signature) { l.body = "CONFIRM\n\nbbbbb-fghij-klmno-pqrst-uvwxyz\n" }),
		"the live code": s.answer(s.confirmation, anna, "CONFIRM"),
	} {
		if rec := s.take(raw); rec.Outcome != workflow.MailHeld || rec.Rule != "ack/state" {
			t.Errorf("%s came to %s by %q", name, rec.Outcome, rec.Rule)
		}
	}
	s.pass(first.Add(24 * time.Hour).Sub(s.now))
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("a day later the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

func TestStrangersCannotLockTheAdminOut(t *testing.T) {
	s := told(t)
	for range 30 {
		l := s.yes()
		l.body = "CONFIRM\n\nabcde-fghij-klmno-pqrst-uvwxyz\n"
		s.take(s.write(l))
		l.from = "eve@evil.example"
		s.take(seal(s.write(l), signature{domain: "evil.example"}))
	}
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// Wrong codes count even when other notes filled the day's room in the history.
func TestWrongCodesCountAfterManyNotes(t *testing.T) {
	s := told(t)
	for range 25 { // asked back twice, then held with a proof
		s.take(s.answer(s.confirmation, anna, "Thank you."))
	}
	for range 10 {
		s.take(s.as(func(l *letter, _ *signature) { l.body = "CONFIRM\n\nabcde-fghij-klmno-pqrst-uvwxyz\n" }))
	}
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Rule != "ack/state" {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// Whoever gets ten mails of the admin's with numbers in them hands them on to us: they were
// written to somebody else, so they are no guesses.
func TestMailOfTheAdminsToSomebodyElseLocksNobodyOut(t *testing.T) {
	s := told(t)
	for n := range 12 {
		s.take(s.as(func(l *letter, _ *signature) {
			l.to = "eve@evil.example"
			l.body = fmt.Sprintf("Your number %d is abcde-fghij-klmno-pqrst-uvwxyz.\n", n)
			l.more = "X-Forwarded-To: " + s.yes().to + "\r\n" + l.more
		}))
	}
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

// Somebody else may have a mail that the admin signed: played again and again, or older
// than the question, it is no guess.
func TestMailOfTheAdminsPlayedAgainLocksNobodyOut(t *testing.T) {
	for name, date := range map[string]time.Duration{"of today": 0, "of last month": -30 * 24 * time.Hour} {
		s := told(t)
		l := s.yes()
		l.body = "Your number is abcde-fghij-klmno-pqrst-uvwxyz.\n"
		l.date = s.now.Add(date).Format(time.RFC1123Z)
		raw := seal(s.write(l), signature{domain: "acme.example", at: s.now.Add(date)})
		for n := range 12 {
			s.take(append(fmt.Appendf(nil, "Received: by mx%d.example; Mon, 2 Nov 2026 09:00:00 +0000\r\n", n), raw...))
		}
		if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
			t.Errorf("%s: the answer came to %s by %q", name, rec.Outcome, rec.Rule)
		}
	}
}
