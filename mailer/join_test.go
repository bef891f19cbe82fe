package mailer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

// please is what somebody writes who wants a customer's data.
func (w *world) please(from, customer string) []byte {
	return w.signed(from, "Data", "Please export the data of "+customer+".\n")
}

func TestAMailThatAsksForTheSameJoins(t *testing.T) {
	s := newScene(t)
	before := s.load(s.id)
	rec := s.take(s.please(mark, jane))
	if rec.Outcome != workflow.MailRepeated || rec.Rule != "intake/joined" || !slices.Equal(rec.Requests, []workflow.ID{s.id}) {
		t.Fatalf("it came to %s by %q with %v", rec.Outcome, rec.Rule, rec.Requests)
	}
	s.work()
	r := s.load(s.id)
	if len(s.requests()) != 1 || s.post.count(anna) != 1 {
		t.Errorf("%d requests, %d mails for anna", len(s.requests()), s.post.count(anna))
	}
	if len(r.Joined) != 1 || r.Joined[0].Mail.Digest != rec.Digest ||
		r.Joined[0].Requester != (workflow.Requester{Address: mark, Verified: true}) {
		t.Errorf("joined by %+v", r.Joined)
	}
	// What was asked, of whom, since when and by whom stays as it was.
	r.Joined, r.JoinedCount = nil, 0
	r.Version, r.HistoryHead, r.Ordered, r.WakeAt = before.Version, before.HistoryHead, before.Ordered, before.WakeAt
	if diff := cmp.Diff(before, r); diff != "" {
		t.Errorf("the request changed (-before +after):\n%s", diff)
	}
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("anna's answer came to %s by %q", rec.Outcome, rec.Rule)
	}
}

func TestWhatJoinsAndWhatDoesNot(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		join bool
	}{
		"the same":               {"Please export the data of " + jane + ".", true},
		"in other words":         {"I want access to the data you hold about " + jane + ".", true},
		"in another case":        {"Please export the data of Jane.Roe@CUSTOMER.example.", true},
		"another customer":       {"Please export the data of john.doe@customer.example.", false},
		"another tenant's":       {"Please export the data of " + joe + ".", false},
		"another right":          {"Please erase the data of " + jane + ".", false},
		"nobody":                 {"Please export my data.", false},
		"nobody's customer":      {"Please export the data of jane.roe@nowhere.example.", false},
		"the address and a dot":  {"Please export the data of j.ane.roe@customer.example.", false},
		"the address and a plus": {"Please export the data of jane.roe+x@customer.example.", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			rec := s.take(s.signed(mark, "x", c.text+"\n"))
			if joined := rec.Rule == "intake/joined"; joined != c.join || joined != (rec.Outcome == workflow.MailRepeated) {
				t.Errorf("it came to %s by %q", rec.Outcome, rec.Rule)
			}
			if n := s.load(s.id).JoinedCount; n != 0 != c.join {
				t.Errorf("%d joined", n)
			}
		})
	}
}

// One mail may be a request of its own and join another: it started something.
func TestAMailMayJoinAndStart(t *testing.T) {
	s := newScene(t)
	rec := s.take(s.signed(mark, "x", "Please export and erase the data of "+jane+" and "+joe+".\n"))
	if rec.Outcome != workflow.MailStarted || len(rec.Requests) != 4 || rec.Requests[0] != s.id {
		t.Fatalf("it came to %s by %q with %v", rec.Outcome, rec.Rule, rec.Requests)
	}
	if n := len(s.requests()); n != 4 || s.load(s.id).JoinedCount != 1 {
		t.Errorf("%d requests, %d joined", n, s.load(s.id).JoinedCount)
	}
}

// Delivered again, a mail joins nothing twice, and no request joins itself.
func TestTheSameMailJoinsOnce(t *testing.T) {
	w := newWorld(t)
	first, second := w.please(jane, jane), w.please(mark, jane)
	id := w.take(first).Requests[0]
	w.take(second)
	for n, raw := range [][]byte{first, second, second, first} {
		rec := w.take(append(fmt.Appendf(nil, "Received: by n%d\r\n", n), raw...))
		if rec.Outcome != workflow.MailRepeated || rec.Requests[0] != id {
			t.Errorf("copy %d came to %s by %q", n, rec.Outcome, rec.Rule)
		}
	}
	if r := w.load(id); r.JoinedCount != 1 || len(w.requests()) != 1 {
		t.Errorf("%d joined, %d requests", r.JoinedCount, len(w.requests()))
	}
	w.work()
	if w.post.count(mark) != 1 || w.post.count(jane) != 1 {
		t.Errorf("mark has %d mails, jane %d", w.post.count(mark), w.post.count(jane))
	}
}

// What is over is over: who asks later asks anew.
func TestNobodyJoinsWhatIsOver(t *testing.T) {
	for _, word := range []string{"CONFIRM", "REJECT"} {
		s := newScene(t)
		s.take(s.answer(s.confirmation, anna, word))
		if word == "CONFIRM" {
			if rec := s.take(s.please(mark, jane)); rec.Rule != "intake/joined" {
				t.Errorf("before the export it came to %s by %q", rec.Outcome, rec.Rule)
			}
			s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
			s.work()
			s.work()
		}
		if r := s.load(s.id); !r.Closed() {
			t.Fatalf("state %s", r.State)
		}
		if rec := s.take(s.please("p@elsewhere.example", jane)); rec.Outcome != workflow.MailStarted || len(s.requests()) != 2 {
			t.Errorf("after %s it came to %s by %q", word, rec.Outcome, rec.Rule)
		}
	}
}

// A mail that joins while the package is on its way holds nothing up, gets nothing of
// it and does not send it twice.
func TestJoiningWhileThePackageIsOnItsWay(t *testing.T) {
	s := newScene(t)
	s.take(s.answer(s.confirmation, anna, "CONFIRM"))
	s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
	s.post.before = func() { s.take(s.please(mark, jane)) }
	for range 4 {
		s.work()
	}
	if r := s.load(s.id); r.State != workflow.Completed || r.JoinedCount != 1 || r.Package.Removed {
		t.Errorf("state %s, %d joined", r.State, r.JoinedCount)
	}
	for _, m := range s.post.sent {
		if strings.Contains(string(m.raw), "filename") && m.to != anna {
			t.Errorf("a package went to %s", m.to)
		}
	}
	if got := s.post.count(anna); got != 2 {
		t.Errorf("anna has %d mails, want the confirmation and the package", got)
	}
}

// answersTo lets somebody ask about one customer, and gives the answers.
func answersTo(t *testing.T, customer string, ask func(*world)) []string {
	t.Helper()
	w := newWorld(t)
	ask(w)
	w.work()
	var texts []string
	for _, m := range w.post.sent {
		if m.to == mark {
			texts = append(texts, string(m.raw))
		}
	}
	return texts
}

// veiled is a receipt without what names the mail itself: locator and what is made of it.
func veiled(t *testing.T, text string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "<dsr.")
	locator, _, _ := strings.Cut(rest, ".")
	if !ok || len(locator) < 8 {
		t.Fatalf("no locator in:\n%s", text)
	}
	return blind(strings.ReplaceAll(text, locator, "LOCATOR"))
}

// Nobody learns from an answer whether somebody asked before, or whether we know the
// customer at all: the same mails get the same answers, to the byte but for the name
// of the request, and that name tells nothing either.
func TestJoinedOrNewLooksTheSame(t *testing.T) {
	const english = "Please export the data of %s.\n"
	body := func(format, customer string) letter {
		return letter{from: mark, to: desk, subject: "x", body: fmt.Sprintf(format, customer)}
	}
	for name, mails := range map[string][]letter{
		"once":            {body(english, "%s")},
		"twice, a day on": {body(english, "%s"), body(english, "%s")},
	} {
		t.Run(name, func(t *testing.T) {
			see := func(customer string, earlier bool) (texts []string, same bool) {
				raw := answersTo(t, customer, func(w *world) {
					if earlier { // somebody else asked before
						w.take(w.signed("p@buyer.example", "x", "Please give me access to the data of "+customer+".\n"))
						w.work()
					}
					for n, l := range mails {
						l.body, l.id = strings.ReplaceAll(l.body, "%s", customer), fmt.Sprintf("n%d@elsewhere.example", n)
						w.take(seal(w.write(l), signature{domain: "elsewhere.example"}))
						w.work()
						w.pass(25 * time.Hour)
					}
				})
				locators := map[string]bool{}
				for _, text := range raw {
					texts = append(texts, veiled(t, text))
					_, rest, _ := strings.Cut(text, "<dsr.")
					locator, _, _ := strings.Cut(rest, ".")
					locators[locator] = true
				}
				return texts, len(locators) < len(raw)
			}
			want, sameName := see("jane.roe@nowhere.example", false)
			if len(want) != len(mails) {
				t.Fatalf("%d answers to %d mails", len(want), len(mails))
			}
			for _, c := range []struct {
				customer string
				earlier  bool
			}{{jane, false}, {jane, true}, {"jane.roe@nowhere.example", true}} {
				got, same := see(c.customer, c.earlier)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%+v: answers differ:\n%s", c, diff)
				}
				if same != sameName {
					t.Errorf("%+v: two answers name one request: %v, want %v", c, same, sameName)
				}
			}
		})
	}
}

// A stranger who joins, or is joined, comes by nothing: not by answering the receipt,
// not by answering for the admin, not with the admin's mail.
func TestJoiningReleasesNothing(t *testing.T) {
	for name, first := range map[string]string{"a stranger joins": jane, "a stranger is joined": mark} {
		t.Run(name, func(t *testing.T) {
			second := map[string]string{jane: mark, mark: jane}[first]
			w := newWorld(t)
			s := &scene{world: w, id: w.take(w.please(first, jane)).Requests[0]}
			w.work()
			s.confirmation = w.post.to(t, anna)
			w.pass(time.Hour)
			w.take(w.please(second, jane))
			w.work()
			for _, who := range []string{mark, jane} {
				receipt := w.post.to(t, who)
				for _, text := range []string{"CONFIRM", "CONFIRM\n\nCode: abcde-fghij-klmno-pqrst-uvwxyz"} {
					w.take(w.answer(s.confirmation, who, text))
					h, _ := readMail(t, receipt)
					w.take(seal(w.write(letter{from: who, to: desk, subject: "Re: " + subjectOf(t, h), body: text + "\n",
						more: "In-Reply-To: " + h.Get("Message-Id") + "\r\n"}), signature{domain: domainOf(who)}))
				}
			}
			w.work()
			if r := w.load(s.id); r.State != workflow.AwaitingConfirmation || r.Ack != nil {
				t.Errorf("state %s, acknowledged by %+v", r.State, r.Ack)
			}
			for _, m := range w.post.sent {
				if codeLine.Match(m.raw) && m.to != anna {
					t.Errorf("a code went to %s", m.to)
				}
			}
			if first == mark { // jane's own mail was asked about anew
				w.take(w.answer(s.confirmation, anna, "REJECT"))
				if r := w.load(s.id); r.State != workflow.AwaitingConfirmation {
					t.Fatalf("what was said of the stranger's mail ended jane's: %s", r.State)
				}
			}
			w.take(w.answer(w.post.to(t, anna), anna, "CONFIRM"))
			w.step(s.id, workflow.Event{Type: workflow.SlotOpened})
			for range 3 {
				w.work()
			}
			for _, m := range w.post.sent {
				if strings.Contains(string(m.raw), "filename") && m.to != anna {
					t.Errorf("a package went to %s", m.to)
				}
			}
			if r := w.load(s.id); r.State != workflow.Completed {
				t.Errorf("state %s", r.State)
			}
		})
	}
}

// Mails that raise nothing are written into a request's history as often as a day
// allows; above it the mail's own record tells. Who is better proven is always heard.
func TestJoiningsOfADayAreBounded(t *testing.T) {
	w := newWorld(t)
	unproven := func(n int) workflow.MailRecord {
		return w.take(w.write(letter{from: mark, to: desk, subject: fmt.Sprint(n), body: "Please export the data of " + jane + ".\n"}))
	}
	id := unproven(0).Requests[0]
	for n := range 40 {
		rec := unproven(n)
		if rec.Outcome != workflow.MailRepeated || rec.Rule != "intake/joined" || !slices.Equal(rec.Requests, []workflow.ID{id}) {
			t.Fatalf("mail %d came to %s by %q with %v", n, rec.Outcome, rec.Rule, rec.Requests)
		}
	}
	if r := w.load(id); r.JoinedCount != 20 || len(w.requests()) != 1 {
		t.Errorf("%d joined, want 20; %d requests", r.JoinedCount, len(w.requests()))
	}
	w.take(w.please("agent@elsewhere.example", jane))
	if got := w.load(id).Asker().Address; got != "agent@elsewhere.example" {
		t.Errorf("the letters speak of %s", got)
	}
	w.take(w.please(jane, jane))
	if r := w.load(id); r.Asker().Address != jane || r.JoinedCount != 22 {
		t.Errorf("the letters speak of %s, %d joined", r.Asker().Address, r.JoinedCount)
	}
	w.pass(25 * time.Hour)
	unproven(99)
	if n := w.load(id).JoinedCount; n != 23 {
		t.Errorf("a day later %d joined, want 23", n)
	}
}

// The bound tells nobody who is a customer: as many get an answer about one whom we know
// as about one whom we do not.
func TestTheBoundOfJoiningsTellsNothing(t *testing.T) {
	answers := map[string]int{}
	for _, customer := range []string{jane, "jane.roe@nowhere.example"} {
		w := newWorld(t)
		for n := range 60 {
			w.take(w.please(fmt.Sprintf("p%d@elsewhere.example", n), customer))
		}
		for range 5 {
			w.work()
		}
		for n := range 60 {
			answers[customer] += w.post.count(fmt.Sprintf("p%d@elsewhere.example", n))
		}
	}
	if a, b := answers[jane], answers["jane.roe@nowhere.example"]; a != b || a == 0 {
		t.Errorf("%d answers about a customer, %d about nobody", a, b)
	}
}

// A mail that joined, and comes once more with other bytes when all is over, asks for
// nothing new; another mail of the same person does.
func TestAJoinedMailDeliveredAgainAfterTheEndStartsNothing(t *testing.T) {
	s := newScene(t)
	second := s.please(mark, jane)
	s.take(second)
	s.take(s.answer(s.confirmation, anna, "REJECT"))
	s.work()
	rec := s.take(append([]byte("Received: by n1\r\n"), second...))
	if rec.Outcome != workflow.MailRepeated || rec.Rule != "intake/joined" ||
		!slices.Equal(rec.Requests, []workflow.ID{s.id}) || len(s.requests()) != 1 {
		t.Errorf("it came to %s by %q with %v, %d requests", rec.Outcome, rec.Rule, rec.Requests, len(s.requests()))
	}
	if rec := s.take(s.please(mark, jane)); rec.Outcome != workflow.MailStarted {
		t.Errorf("a new mail came to %s by %q", rec.Outcome, rec.Rule)
	}
}
