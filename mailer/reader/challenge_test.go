package reader_test

import (
	"slices"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

// A filter's question looks like a bounce: it comes from the null sender. It lost nothing.
func TestAFilterThatWantsAProofIsAutomatic(t *testing.T) {
	const question = "Your message is being held until you do.\r\nPlease confirm your message.\r\n"
	for _, c := range []struct {
		name, raw string
		want      reader.Class
	}{
		{"with the null sender", "Return-Path: <>\r\nFrom: ann@acme.example\r\n" +
			"Subject: Please confirm your message\r\n\r\n" + question, reader.Auto},
		{"of a person's address", "From: ann@acme.example\r\nTo: desk@dsrd.example\r\n" +
			"Subject: Please confirm your message\r\nAuto-Submitted: auto-replied\r\n\r\n" + question, reader.Auto},
		{"a person who asks", "From: ann@acme.example\r\nSubject: My data\r\n\r\n" +
			"Please confirm that you hold my data, and send me a copy.\r\n", reader.Human},
		{"a person who quotes one without marks", "From: ann@acme.example\r\nSubject: My data\r\n\r\n" +
			"Please send me a copy of my data.\r\n\r\n-----Original Message-----\r\nFrom: Desk <desk@dsrd.example>\r\n" +
			"Sent: Monday, 2 March 2026 10:00\r\nTo: Ann\r\nSubject: x\r\n\r\n" + question +
			"Prove that you are human.\r\n", reader.Human},
		{"a filter that quotes what it holds", "From: ann@acme.example\r\nSubject: Please confirm your message\r\n\r\n" +
			question + "Prove that you are human.\r\n\r\n-----Original Message-----\r\nFrom: Desk <desk@dsrd.example>\r\n" +
			"Sent: Monday, 2 March 2026 10:00\r\nTo: Ann\r\nSubject: x\r\n\r\nHello\r\n", reader.Auto},
		{"an administrator who quotes one", "From: ann@acme.example\r\nSubject: Re: Please confirm\r\n\r\n" +
			"CONFIRM\r\n\r\n> Your message is being held until you\r\n> verify that you are a human\r\n", reader.Human},
		{"a report", "Return-Path: <>\r\nFrom: MAILER-DAEMON@b.example\r\nSubject: Please confirm your message\r\n" +
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n" + question +
			"\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; b.example\r\n\r\n" +
			"Final-Recipient: rfc822; x@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n", reader.Bounce},
	} {
		m := reader.Read([]byte(c.raw), ours)
		if m.Class != c.want {
			t.Errorf("%s: %s %v, want %s", c.name, m.Class, m.Reasons, c.want)
		}
		if told := slices.Contains(m.Reasons, "challenge: words"); told != (c.want == reader.Auto) {
			t.Errorf("%s: reasons %v", c.name, m.Reasons)
		}
	}
}
