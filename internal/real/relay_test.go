package real_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/real"
)

func TestAMailboxThatDoesNotExistEndsInFrontOfAPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "bounce", func(s *settings) { s.anna = "gone-bounce@acme.example" })
	o.serve()
	o.ask(jane)
	r := o.awaitState("stuck") // by Postfix's own report to our envelope sender
	if r.Reason != "undeliverable" || count(r.events(), "bounced") != 1 {
		t.Errorf("it is for %q: %v", r.Reason, r.events())
	}
	queue, err := o.site.postfix.Queue()
	noError(t, err)
	for _, q := range queue {
		if strings.Contains(q.Sender, "bounce-"+o.name) {
			t.Errorf("a mail still waits in the queue: %+v", q)
		}
	}
}

// TestAGreylistGetsTheSameBytesAgain is refused at RCPT, then after the dot, then taken.
func TestAGreylistGetsTheSameBytesAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "grey", func(s *settings) { s.submit = s.ports.Grey })
	d := o.serve()
	o.ask(jane)
	mail := o.awaitMail(o.anna(), 1)[0]
	log, err := os.ReadFile(o.site.postfix.Log())
	noError(t, err)
	id, date := header(mail).Get("Message-Id"), header(mail).Get("Date")
	attempts := 0
	for _, m := range regexp.MustCompile(`(?m) ([0-9A-F]+): info: header Message-ID:\??\s*(\S+) from`).FindAllStringSubmatch(string(log), -1) {
		if m[2] != id {
			continue
		}
		attempts++
		if !strings.Contains(string(log), m[1]+": info: header Date: "+date+" from") {
			t.Errorf("attempt %s has another date than %s", m[1], date)
		}
	}
	if attempts < 2 {
		t.Errorf("postfix has seen the bytes %d times, not once refused and once taken (and logs: %s)", attempts, lines(log, id))
	}
	o.awaitEvents("letter_sent", 1)
	o.answer("CONFIRM")
	o.awaitState("completed")
	if n := len(o.inbox(o.anna())); n != 2 {
		t.Errorf("anna has %d mails", n)
	}
	for pair, n := range o.site.postfix.Greylist.Attempts() {
		if n > 3 && strings.Contains(pair, o.anna()) {
			t.Errorf("%d attempts, and the third one was taken", n)
		}
	}
	if strings.Contains(d.Said(), "level=ERROR") {
		t.Error("a greylist is no error")
	}
}

func lines(log []byte, with string) (all []string) {
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, with) {
			all = append(all, line)
		}
	}
	return all
}

// TestAPackageTooLargeForTheRelayIsNotCut waits for a person, who finds a larger relay.
func TestAPackageTooLargeForTheRelayIsNotCut(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "small", func(s *settings) { s.submit = s.ports.Small })
	d := o.serve()
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	o.answer("CONFIRM")
	r := o.awaitState("stuck")
	if r.Reason != "too_large" || r.Package == nil || r.Package.Size == 0 {
		t.Errorf("it is for %q, the package: %+v", r.Reason, r.Package)
	}
	if n := len(o.inbox(o.anna())); n != 1 {
		t.Errorf("anna has %d mails", n)
	}
	d.end()
	o.replace("dsrd.yaml", port(o.settings.ports.Small), port(o.settings.ports.Submit))
	o.serve()
	if got := dsrd(t, nil, "retry", r.ID, "--socket", o.path("dsrd.sock")); got.code != 0 {
		t.Fatalf("retry: %+v", got)
	}
	o.awaitState("completed")
	o.opens(o.awaitMail(o.anna(), 2)[1])
}

var _ = real.Limit // the relay's, which the package must exceed
