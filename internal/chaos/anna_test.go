package chaos_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// anna reads her mail and answers each that asks, as she has decided about the customer.
func (w *world) anna() {
	defer w.people.Done()
	next := 1
	for w.sleeps(200 * time.Millisecond) {
		r, err := office.DialIMAP(w.office.Site.Dovecot, w.office.Site.CA, w.office.Anna(), office.Password(w.office.Anna()))
		if err != nil {
			continue
		}
		next = w.reads(r, next)
		r.Conn.Close()
	}
}

// reads answers what is new until the connection breaks, and gives the UID of the next mail.
func (w *world) reads(r *office.Reader, next int) int {
	if _, err := r.Do("EXAMINE INBOX"); err != nil {
		return next
	}
	for w.sleeps(200 * time.Millisecond) {
		if r.Conn.SetDeadline(time.Now().Add(10*time.Second)) != nil {
			return next
		}
		answers, err := r.Do("UID FETCH %d:* (UID BODY.PEEK[])", next)
		if err != nil {
			return next
		}
		for uid, mail := range fetched(answers) {
			if uid < next { // "n:*" always names the last one
				continue
			}
			if !w.answers(mail) {
				return next
			}
			next = uid + 1
		}
	}
	return next
}

var uidIn = regexp.MustCompile(`^\* \d+ FETCH .*UID (\d+)`)

// fetched yields mails by UID, oldest first.
func fetched(answers []string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for i, a := range answers {
			m := uidIn.FindStringSubmatch(a)
			if m == nil || i+1 >= len(answers) {
				continue
			}
			uid, err := strconv.Atoi(m[1])
			if err != nil || !yield(uid, answers[i+1]) {
				return
			}
		}
	}
}

// answers replies to a mail that asks something.
func (w *world) answers(mail string) bool {
	if office.CodeIn(mail) == "" {
		return true
	}
	_, rest, _ := strings.Cut(office.Body(mail), "Customer: ")
	customer, _, _ := strings.Cut(rest, "\n")
	w.mu.Lock()
	a := w.by[strings.TrimSpace(customer)]
	if a != nil && a.Answered.IsZero() {
		a.Answered = time.Now()
	}
	w.mu.Unlock()
	if a == nil {
		w.t.Error(fmt.Errorf("anna is asked for %q, who has asked for nothing", customer))
		return true
	}
	word := "CONFIRM"
	if a.Answer == oracle.Rejected {
		word = "REJECT"
	}
	return w.posts(office.Reply(mail, w.office.Anna(), word))
}
