package mailer_test

import (
	"strings"
	"testing"
	"time"
)

// Programs that answer every mail, and hide that they are programs: what they get in return
// is counted, and it ends.

// answering lets a program answer each new mail for somebody, with none of the marks that
// programs should set (RFC 3834 2), and gives how many mails it got in those days.
func (w *world) answering(who, text string, days int) int {
	answered := 0
	for range days * 24 {
		w.pass(time.Hour)
		for _, m := range w.post.sent[answered:] {
			answered++
			if m.to == who {
				w.take(w.answer(m.raw, who, text))
			}
		}
		w.work()
	}
	return w.post.count(who)
}

// away is what vacation programs say.
const away = "I am on vacation until the end of the month. Please ask my colleagues."

func TestAVacationProgramOfTheAdmin(t *testing.T) {
	for name, text := range map[string]string{
		"says that it is away": away,
		"says nothing":         "",
		"thanks":               "Thank you for your mail. We will answer within 48 hours.",
	} {
		w := newWorld(t)
		w.asked()
		// The confirmation, two questions, three reminders, and nothing for it else.
		if got := w.answering(anna, text, 6); got > 6 || got < 4 {
			t.Errorf("%s: %d mails for it in 6 days", name, got)
		}
		for _, r := range w.requests() {
			if r.Ack != nil {
				t.Errorf("%s: it acknowledged", name)
			}
		}
	}
}

func TestAVacationProgramOfTheRequester(t *testing.T) {
	for name, text := range map[string]string{
		"says that it is away": away,
		"asks the same again":  "Please export the data of " + jane + ".",
	} {
		w := newWorld(t)
		w.take(w.please(mark, jane))
		const days = 5
		got := w.answering(mark, text, days)
		if got < 1 || got > days+1 {
			t.Errorf("%s: %d answers for it in %d days, want one a day at most", name, got, days)
		}
		if text == away && got != 1 {
			t.Errorf("%s: %d answers for it, want the receipt alone", name, got)
		}
	}
}

// Mail that machines made, however its marks look, and mail that went in circles starts
// nothing and is never answered.
func TestMailOfMachinesIsNotAnswered(t *testing.T) {
	for name, head := range map[string]string{
		"from nobody":             "Return-Path: <>\r\n",
		"an automatic answer":     "Auto-Submitted: auto-replied\r\n",
		"a machine's own mail":    "Auto-Submitted: auto-generated\r\n",
		"our own, passed on":      "X-Dsrd-Loop: LOOP\r\n",
		"past 51 servers":         strings.Repeat("Received: from a by b; Mon, 2 Nov 2026 09:00:00 +0000\r\n", 51),
		"from a list":             "List-Id: <users.lists.example>\r\n",
		"in bulk":                 "Precedence: bulk\r\n",
		"with our own Message-ID": "ID",
	} {
		w := newWorld(t)
		_, confirmation := w.asked()
		before := len(w.post.sent)
		h, _ := readMail(t, confirmation)
		l := letter{from: mark, to: desk, subject: "Fwd: something else", body: "Please export the data of joe@buyer.example.\n",
			more: strings.ReplaceAll(head, "LOOP", h.Get("X-Dsrd-Loop"))}
		if head == "ID" {
			l.more, l.id = "", strings.Trim(h.Get("Message-Id"), "<>")
		}
		raw := w.write(l)
		if received, ok := strings.CutPrefix(l.more, "Return-Path"); ok {
			l.more = ""
			raw = append([]byte("Return-Path"+received), w.write(l)...)
		}
		w.take(seal(raw, signature{domain: "elsewhere.example"}))
		w.work()
		if len(w.requests()) != 1 || len(w.post.sent) != before {
			t.Errorf("%s: %d requests and %d mails more", name, len(w.requests())-1, len(w.post.sent)-before)
		}
	}
}
