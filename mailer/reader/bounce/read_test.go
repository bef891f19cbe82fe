package bounce_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader/bounce"
	"github.com/dsrd/dsrd/mailer/reader/parts"
)

func read(lines ...string) (bounce.Notice, []string) {
	m := parts.Parse([]byte(strings.Join(lines, "\n")), parts.DefaultLimits(), nil)
	h := m.Root.Header
	in := bounce.Mail{Root: m.Root, SubjectLine: h.Get("Subject"), Limits: parts.DefaultLimits()}
	if from := parts.Addresses(h.Get("From")); from != nil {
		in.From = from[0]
	}
	m.Root.Each(func(p *parts.Part) bool {
		if p.Type == "text/plain" && in.Text == "" {
			in.Text, _ = p.Text(64 << 10)
		}
		return true
	})
	return bounce.Read(in)
}

// told writes recipients as "address action status hard|soft reason code".
func told(n bounce.Notice) (out []string) {
	for _, r := range n.Recipients {
		how := "soft"
		if r.Hard {
			how = "hard"
		}
		out = append(out, strings.Join([]string{r.Address, r.Action, r.Status, how,
			string(r.Reason), r.Code}, " "))
	}
	return out
}

func report(fields ...string) []string {
	lines := []string{"From: MAILER-DAEMON@mx.example",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "",
		"--b", "", "Your mail was not delivered.", "--b", "Content-Type: message/delivery-status",
		"", "Reporting-MTA: dns; mx.example", ""}
	return append(append(lines, fields...), "", "--b--")
}

func TestReadStatusParts(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []string
		want   []string
	}{
		{"a plain failure", []string{"Final-Recipient: rfc822; a@b.example", "Action: failed",
			"Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 User unknown"},
			[]string{"a@b.example failed 5.1.1 hard user_unknown 550"}},
		{"fields in another order, in other case, folded", []string{"STATUS: 5.2.2 (full)",
			"action: Failed", "diagnostic-code: smtp; 552 5.2.2", "  mailbox full",
			"final-recipient: RFC822;a@b.example"},
			[]string{"a@b.example failed 5.2.2 soft mailbox_full 552"}},
		{"two recipients", []string{"Final-Recipient: rfc822; a@b.example", "Action: failed",
			"Status: 5.1.1", "", "Final-Recipient: rfc822; c@d.example", "Action: delayed",
			"Status: 4.4.1"},
			[]string{"a@b.example failed 5.1.1 hard user_unknown ",
				"c@d.example delayed 4.4.1 soft expired "}},
		{"two recipients without an empty line", []string{"Final-Recipient: rfc822; a@b.example",
			"Action: failed", "Status: 5.1.1", "Final-Recipient: rfc822; c@d.example",
			"Action: failed", "Status: 5.2.2"},
			[]string{"a@b.example failed 5.1.1 hard user_unknown ",
				"c@d.example failed 5.2.2 soft mailbox_full "}},
		{"the same recipient twice", []string{"Final-Recipient: rfc822; a@b.example",
			"Action: failed", "Status: 5.1.1", "", "Final-Recipient: rfc822; A@b.example",
			"Action: failed", "Status: 5.1.1"},
			[]string{"a@b.example failed 5.1.1 hard user_unknown "}},
		{"only the original recipient", []string{"Original-Recipient: rfc822; a@b.example",
			"Action: failed", "Status: 5.1.2"},
			[]string{"a@b.example failed 5.1.2 hard host_unknown "}},
		{"no Action", []string{"Final-Recipient: rfc822; a@b.example", "Status: 4.7.1"},
			[]string{"a@b.example delayed 4.7.1 soft policy "}},
		{"the server's own code weighs more than Status",
			[]string{"Final-Recipient: rfc822; a@b.example", "Action: failed", "Status: 5.1.1",
				"Diagnostic-Code: smtp; 550 5.7.1 IP address blacklisted"},
			[]string{"a@b.example failed 5.7.1 soft sender_blocked 550"}},
		{"the innermost of quoted codes counts",
			[]string{"Final-Recipient: rfc822; a@b.example", "Action: failed", "Status: 5.0.0",
				"Diagnostic-Code: smtp; 554 4.4.7 Message expired <421 4.4.2 Connection timed out>"},
			[]string{"a@b.example failed 4.4.2 soft expired 554"}},
		{"an IP address is no status", []string{"Final-Recipient: rfc822; a@b.example",
			"Action: failed", "Diagnostic-Code: smtp; 550 5.2.3.4 said no"},
			[]string{"a@b.example failed  soft unknown 550"}},
		{"unknown user after the content may be a pretext",
			[]string{"Final-Recipient: rfc822; a@b.example", "Action: failed", "Status: 5.0.0",
				"Diagnostic-Code: smtp; 550 User unknown (in reply to end of DATA command)"},
			[]string{"a@b.example failed 5.0.0 soft filtered 550"}},
		{"unknown user at RCPT is one",
			[]string{"Final-Recipient: rfc822; a@b.example", "Action: failed", "Status: 5.0.0",
				"Diagnostic-Code: smtp; 550 User unknown (in reply to RCPT TO command)"},
			[]string{"a@b.example failed 5.0.0 hard user_unknown 550"}},
		{"5.1.1 with a full mailbox", []string{"Final-Recipient: rfc822; a@b.example",
			"Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 552 over quota"},
			[]string{"a@b.example failed 5.1.1 soft mailbox_full 552"}},
		{"5.1.8 is about the sender", []string{"Final-Recipient: rfc822; a@b.example",
			"Action: failed", "Status: 5.1.8", "Diagnostic-Code: smtp; 553 domain does not exist"},
			[]string{"a@b.example failed 5.1.8 soft sender_rejected 553"}},
		{"a local program that failed", []string{"Final-Recipient: rfc822; a@b.example",
			"Action: failed", "Status: 5.1.1", "Diagnostic-Code: x-unix; procmail: no such user"},
			[]string{"a@b.example failed 5.1.1 soft system "}},
		{"a null MX", []string{"Final-Recipient: rfc822; a@b.example", "Action: failed",
			"Status: 5.1.10"}, []string{"a@b.example failed 5.1.10 hard takes_no_mail "}},
		{"delayed is never hard", []string{"Final-Recipient: rfc822; a@b.example",
			"Action: delayed", "Status: 4.1.1", "Diagnostic-Code: smtp; 450 4.1.1 user unknown"},
			[]string{"a@b.example delayed 4.1.1 soft user_unknown 450"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, why := read(report(c.fields...)...)
			if diff := cmp.Diff(c.want, told(n)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if why == nil {
				t.Error("no reasons")
			}
		})
	}
}

func TestReadNotices(t *testing.T) {
	for _, c := range []struct {
		name string
		mail []string
		want []string
		id   string
	}{
		{"qmail", []string{"From: MAILER-DAEMON@mx.example", "To: us@dsrd.example",
			"Subject: failure notice", "", "Hi. This is the qmail-send program at mx.example.",
			"I'm afraid I wasn't able to deliver your message to the following addresses.",
			"This is a permanent error; I've given up.", "", "<a@b.example>:",
			"192.0.2.1 does not like recipient.", "Remote host said: 550 5.1.1 no such user",
			"", "--- Below this line is a copy of the message.", "",
			"Message-ID: <1@dsrd.example>", "To: a@b.example"},
			[]string{"a@b.example failed 5.1.1 hard user_unknown 550"}, "1@dsrd.example"},
		{"exim", []string{"X-Failed-Recipients: a@b.example", "From: Mailer-Daemon@mx.example",
			"Auto-Submitted: auto-replied", "Subject: Mail delivery failed: returning message to sender",
			"", "A message that you sent could not be delivered.", "", "  a@b.example",
			"    SMTP error from remote mail server after RCPT TO:<a@b.example>:",
			"    host mx.b.example [192.0.2.1]: 550 unknown user", "",
			"------ This is a copy of the message, including all the headers. ------", "",
			"Message-Id: <2@dsrd.example>"},
			[]string{"a@b.example failed  hard user_unknown 550"}, "2@dsrd.example"},
		{"sendmail of old", []string{"From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
			"Subject: Returned mail: User unknown", "",
			"   ----- Transcript of session follows -----", ">>> RCPT To:<a@b.example>",
			"<<< 550 5.1.1 a@b.example unknown user", "550 a@b.example... User unknown", "",
			"   ----- Unsent message follows -----", "Message-Id: <3@dsrd.example>"},
			[]string{"a@b.example failed 5.1.1 hard user_unknown 550"}, "3@dsrd.example"},
		{"exchange", []string{"From: System Administrator <postmaster@mx.example>",
			"To: us@dsrd.example", "Subject: Undeliverable: hello", "",
			"Your message did not reach some or all of the intended recipients.", "",
			"      To:      us@dsrd.example", "", "The following recipient(s) could not be reached:", "",
			"      a@b.example on 1/1/2026", "            The recipient name is not recognized"},
			[]string{"a@b.example failed  hard user_unknown "}, ""},
		{"status fields in the text", []string{"From: MAILER-DAEMON@mx.example",
			"Subject: Delayed Mail", "", "This is the mail system at host mx.example.", "",
			"Reporting-MTA: dns; mx.example", "", "Final-Recipient: rfc822; a@b.example",
			"Action: delayed", "Status: 4.4.1"},
			[]string{"a@b.example delayed 4.4.1 soft expired "}, ""},
		{"amazon", []string{"From: no-reply@sns.amazonaws.com", "Subject: AWS Notification Message",
			"", `{ "Type" : "Notification", "Message" : "{\"notificationType\":\"Bounce\",\"bounce\":`,
			`{\"bouncedRecipients\":[{\"emailAddress\":\"a@b.example\",\"action\":\"failed\",\"status\":\"5.1.1\"}]}}" }`},
			[]string{"a@b.example failed 5.1.1 hard user_unknown "}, ""},
		{"nothing but a subject line and a daemon", []string{"From: MAILER-DAEMON@mx.example",
			"Subject: Undeliverable mail", "", "Sorry."}, []string{" failed  soft unknown "}, ""},
		{"german", []string{"From: postmaster@mx.example", "Subject: Unzustellbar: Anfrage", "",
			"Ihre Nachricht konnte nicht zugestellt werden:", "", "a@b.example",
			"Der Benutzer ist unbekannt."}, []string{"a@b.example failed  hard user_unknown "}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, why := read(c.mail...)
			if diff := cmp.Diff(c.want, told(n)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if why == nil || n.OriginalMessageID != c.id {
				t.Errorf("reasons %v, original id %q, want %q", why, n.OriginalMessageID, c.id)
			}
		})
	}
}

func TestPeopleWriteNoNotices(t *testing.T) {
	for _, c := range []struct {
		name string
		mail []string
	}{
		{"a question about one", []string{"From: ann@acme.example",
			"Subject: Re: Undelivered Mail Returned to Sender", "",
			"I got this, what does it mean?", "> Your message could not be delivered.",
			"> <a@b.example>: 550 5.1.1 user unknown"}},
		{"a request that speaks of delivery", []string{"From: ann@acme.example",
			"Subject: data of my order that was not delivered", "",
			"My parcel was not delivered. Send me my data."}},
		{"a vacation notice of a daemon", []string{"From: MAILER-DAEMON@mx.example",
			"Auto-Submitted: auto-replied (vacation)", "Subject: Ann is away", "", "Back on Monday."}},
		{"an administrator with a daemon's surname", []string{"From: info@acme.example",
			"Subject: our quota", "", "Please send the data."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n, why := read(c.mail...); why != nil || n.Recipients != nil {
				t.Errorf("got %v %v", why, told(n))
			}
		})
	}
}

func TestOnlySuccessIsNoFailure(t *testing.T) {
	n, why := read(report("Final-Recipient: rfc822; a@b.example", "Action: relayed", "Status: 2.0.0")...)
	if why == nil || n.Failed() {
		t.Errorf("got reasons %v, failed %v", why, n.Failed())
	}
	if !(bounce.Notice{}).Failed() {
		t.Error("a notice without recipients counts as success")
	}
}

func TestRecipientsAreBounded(t *testing.T) {
	var fields []string
	for range 5000 {
		fields = append(fields, "Final-Recipient: rfc822; a@b.example", "Action: failed", "")
	}
	if n, _ := read(report(fields...)...); len(n.Recipients) > 100 {
		t.Errorf("got %d recipients", len(n.Recipients))
	}
}

func TestRecipientsOfManyPartsAreBounded(t *testing.T) {
	fields := []string{"Final-Recipient: rfc822; a@b.example", "Action: failed", ""}
	for i := range 190 {
		if i%95 == 0 {
			fields = append(fields, "--b", "Content-Type: message/delivery-status", "")
		}
		fields = append(fields, fmt.Sprintf("Final-Recipient: rfc822; a%d@b.example", i), "")
	}
	if n, _ := read(report(fields...)...); len(n.Recipients) != 100 {
		t.Errorf("got %d recipients", len(n.Recipients))
	}
}

func TestAddressesAreBounded(t *testing.T) {
	long := strings.Repeat("ä", 3000) + "@b.example"
	for name, mail := range map[string][]string{
		"of a report":  report("Final-Recipient: rfc822; "+long, "Action: failed"),
		"of a field":   {"From: MAILER-DAEMON@mx.example", "X-Failed-Recipients: " + long, "", "Sorry."},
		"of a service": {"From: no-reply@sns.amazonaws.com", "", amazonBounce(long)},
		"of a line":    {"From: MAILER-DAEMON@mx.example", "", "<a@" + long[:6000] + ".example>: unknown"},
		"of the mail that came back": {"From: MAILER-DAEMON@mx.example",
			"Content-Type: multipart/mixed; boundary=b", "", "--b", "", "Sorry.", "--b",
			"Content-Type: message/rfc822", "", "To: " + long, "", "--b--"},
	} {
		t.Run(name, func(t *testing.T) {
			n, _ := read(mail...)
			if len(n.Recipients) != 1 {
				t.Fatalf("got %d recipients", len(n.Recipients))
			}
			a := n.Recipients[0].Address
			if len(a) > bounce.MaxAddress || len(a) < bounce.MaxAddress-4 || !utf8.ValidString(a) {
				t.Errorf("an address of %d bytes, valid: %v", len(a), utf8.ValidString(a))
			}
		})
	}
}

func amazonBounce(address string) string {
	return `{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"` + address + `"}]}}`
}

func TestOriginalIDComesFromTheCopy(t *testing.T) {
	n, _ := read("From: MAILER-DAEMON@mx.example", "In-Reply-To: <wrong@dsrd.example>",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "",
		"--b", "Content-Type: message/delivery-status", "", "Final-Recipient: rfc822; a@b.example",
		"Action: failed", "", "--b", "Content-Type: message/rfc822",
		"Content-Transfer-Encoding: base64", "", "TWVzc2FnZS1JRDogPHJpZ2h0QGRzcmQuZXhhbXBsZT4KCng=",
		"--b--")
	if n.OriginalMessageID != "right@dsrd.example" {
		t.Errorf("got %q", n.OriginalMessageID)
	}
}
