package real_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/office"

	"github.com/dsrd/dsrd/internal/real"
)

func TestAMailboxThatDoesNotExistEndsInFrontOfAPerson(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "bounce", func(s *office.Settings) { s.Anna = "gone-bounce@acme.example" })
	o.Serve()
	o.Ask(office.Jane)
	r := o.AwaitState("stuck") // by Postfix's own report to our envelope sender
	if r.Reason != "undeliverable" || office.Count(r.Events(), "bounced") != 1 {
		t.Errorf("it is for %q: %v", r.Reason, r.Events())
	}
	queue, err := o.Site.Postfix.Queue()
	office.NoError(t, err)
	for _, q := range queue {
		if strings.Contains(q.Sender, "b-"+o.Name) {
			t.Errorf("a mail still waits in the queue: %+v", q)
		}
	}
}

// TestAGreylistGetsTheSameBytesAgain is refused at RCPT, then after the dot, then taken.
func TestAGreylistGetsTheSameBytesAgain(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "grey", func(s *office.Settings) { s.Submit = s.Ports.Grey })
	d := o.Serve()
	o.Ask(office.Jane)
	mail := o.AwaitMail(o.Anna(), 1)[0]
	log, err := os.ReadFile(o.Site.Postfix.Log())
	office.NoError(t, err)
	id, date := office.Header(mail).Get("Message-Id"), office.Header(mail).Get("Date")
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
		t.Errorf("postfix has seen the bytes %d times, not once refused and once taken (and logs: %s)", attempts, office.Lines(log, id))
	}
	o.AwaitEvents("letter_sent", 1)
	o.Answer("CONFIRM")
	o.AwaitState("completed")
	if n := len(o.Inbox(o.Anna())); n != 2 {
		t.Errorf("anna has %d mails", n)
	}
	for pair, n := range o.Site.Postfix.Greylist.Attempts() {
		if n > 3 && strings.Contains(pair, o.Anna()) {
			t.Errorf("%d attempts, and the third one was taken", n)
		}
	}
	if strings.Contains(d.Said(), "level=ERROR") {
		t.Error("a greylist is no error")
	}
}

// TestAPackageTooLargeForTheRelayIsNotCut waits for a person, who finds a larger relay.
func TestAPackageTooLargeForTheRelayIsNotCut(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "small", func(s *office.Settings) { s.Submit = s.Ports.Small })
	d := o.Serve()
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.Answer("CONFIRM")
	r := o.AwaitState("stuck")
	if r.Reason != "too_large" || r.Package == nil || r.Package.Size == 0 {
		t.Errorf("it is for %q, the package: %+v", r.Reason, r.Package)
	}
	if n := len(o.Inbox(o.Anna())); n != 1 {
		t.Errorf("anna has %d mails", n)
	}
	d.End()
	o.Replace("dsrd.yaml", office.Port(o.Settings.Ports.Small), office.Port(o.Settings.Ports.Submit))
	o.Serve()
	if got := office.Dsrd(t, nil, "retry", r.ID, "--socket", o.Path("dsrd.sock")); got.Code != 0 {
		t.Fatalf("retry: %+v", got)
	}
	o.AwaitState("completed")
	o.Opens(o.AwaitMail(o.Anna(), 2)[1])
}

var _ = real.Limit // the relay's, which the package must exceed
