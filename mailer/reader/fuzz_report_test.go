package reader_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

var statusShape = regexp.MustCompile(`^(?:[245]\.\d{1,3}\.\d{1,3})?$`)

// FuzzBounce: a delivery report is never taken for a person's mail, whatever stands in
// its parts, and what is read from it has bounds.
func FuzzBounce(f *testing.F) {
	status := "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; anna@acme.example\n" +
		"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n"
	original := "Message-ID: <dsr.x.1.2@provider.example>\nSubject: y\n\nCONFIRM\n"
	f.Add("The mail could not be delivered.\n", status, original)
	f.Add("CONFIRM\n", strings.ReplaceAll(status, "failed", "delayed"), "")
	f.Add("", "Action: relayed\n\n\n\nStatus: 2.0.0", original+original)
	f.Add("<anna@acme.example>: host said: 552 5.2.2 mailbox full", "Status:5.x\nAction", "\x00")
	f.Add("", "Final-Recipient: rfc822;anna"+strings.Repeat("Ö", 1500)+"\nStatus: 5.0.0", "")
	f.Add("--b--\n", "Final-Recipient: rfc822;"+strings.Repeat("a", 300)+"@b.example\nStatus: 5.0.0", "--b\n")
	f.Fuzz(func(t *testing.T, text, status, original string) {
		raw := "From: MAILER-DAEMON@mx.example\nTo: bounce@provider.example\nSubject: Undelivered\n" +
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n" + text +
			"\n--b\nContent-Type: message/delivery-status\n\n" + status +
			"\n--b\nContent-Type: message/rfc822\n\n" + original + "\n--b--\n"
		m := reader.Read([]byte(raw), reader.Options{})
		holds(t, m)
		if m.Class == reader.Human {
			t.Errorf("a report is of class %s", m.Class)
		}
		if n := len(m.Bounce.Recipients); n > 100 {
			t.Errorf("%d recipients", n)
		}
		for _, r := range m.Bounce.Recipients {
			if !statusShape.MatchString(r.Status) || len(r.Address) > 1000 || strings.ContainsAny(r.Address, "\r\n") {
				t.Errorf("recipient %q with status %q", r.Address, r.Status)
			}
		}
	})
}

// FuzzSecond: the second reading never fails otherwise than by an error, and never finds
// more than the bytes can hold.
func FuzzSecond(f *testing.F) {
	for name, m := range samples {
		if name != large {
			f.Add(m)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := reader.SecondText(raw)
		if err != nil && text != "" {
			t.Errorf("an error, and %d bytes of text", len(text))
		}
		if len(text) > 16*len(raw)+1024 {
			t.Errorf("%d bytes of text out of %d", len(text), len(raw))
		}
	})
}
