package forge

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// Desk are mails of the mix that a desk receives in a day, one of each kind: honest ones,
// of a person at the key's domain, signed by it, where programs sign. The first is the
// commonest.
func Desk(key Key) []Mail {
	var mails []Mail
	add := func(name, head, contentType, body string) {
		mails = append(mails, Mail{Name: name, Class: "desk", Raw: deskMail(key, head, contentType, body)})
	}
	const asks, answers = "Subject: Request for a copy of my personal data\r\n",
		"Subject: Re: Please confirm a request [DSR-2026-0001]\r\n"
	const plain, html = "text/plain; charset=utf-8", "text/html; charset=utf-8"
	quoted := strings.Repeat(deskLetter, 4)
	history := "On Mon, 5 Jan 2026 at 10:00, Desk <desk@dsrd.example> wrote:\r\n> " +
		strings.ReplaceAll(quoted, "\r\n", "\r\n> ") + "\r\n"
	add("short request", asks, plain, deskLetter)
	add("long letter", asks, plain, "Dear Sir or Madam,\r\n\r\n"+strings.Repeat(deskStory, 8)+
		"Therefore I want to know what you hold about me: please send me a copy.\r\n\r\nKind regards\r\nAnn Example\r\n")
	add("answer", answers, plain, "Confirm\r\n\r\nBest regards\r\nAnn\r\n\r\n"+history)
	add("HTML answer", answers, html, `<div dir="ltr">Confirm<br><br>Best regards<br>Ann</div>`+
		`<div class="gmail_quote"><div class="gmail_attr">On Mon, 5 Jan 2026 at 10:00, Desk wrote:<br></div>`+
		`<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc"><p>`+
		strings.ReplaceAll(quoted, "\r\n\r\n", "</p>\r\n<p>")+"</p></blockquote></div>\r\n")
	add("text and HTML", asks, "multipart/alternative; boundary=b", "--b\r\nContent-Type: "+plain+
		"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+quoted+"\r\n--b\r\nContent-Type: "+html+
		"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+
		strings.Repeat("<p>"+deskLetter+"</p>", 4)+"\r\n--b--\r\n")
	mails = append(mails, Mail{Name: "bounce", Class: "desk", Raw: deskBounce()})
	add("vacation notice", "Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n", plain,
		"Hello,\r\n\r\nI am out of the office until"+
			" 19 January. In urgent cases please write to\r\noffice@acme.example.\r\n\r\nKind regards\r\nAnn\r\n")
	add("list mail", "Subject: News of May\r\nList-Id: <news.acme.example>\r\n"+
		"List-Unsubscribe: <https://acme.example/u>\r\n"+
		"Precedence: list\r\n", plain, strings.Repeat(deskStory, 4))
	add("attachment of 200 KB", asks, "multipart/mixed; boundary=b", "--b\r\n\r\n"+deskLetter+
		"\r\n--b\r\nContent-Type: application/pdf; name=id.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
		deskFile(200<<10)+"\r\n--b--\r\n")
	return mails
}

const (
	deskLetter = "Dear Sir or Madam,\r\n\r\nI hereby request access to my personal data under Art. 15 GDPR, for" +
		" the\r\naccount customer@acme.example. Please send me a copy of all data that you\r\nhold, and tell me" +
		" where you got it from.\r\n\r\nKind regards\r\nAnn\r\n\r\n"
	deskStory = "I have been a customer of yours since 2019 and was always content with the service, until in May" +
		" a\r\nletter of another company reached me, which knew my address and what I had ordered. I called" +
		" your\r\nhotline twice; nobody could tell me who had passed my data on, and why.\r\n\r\n"
	deskReceived = "Received: from mx.acme.example (mx.acme.example [192.0.2.1])\r\n" +
		"\tby mx.dsrd.example (Postfix) with ESMTPS id 4F3A1\r\n" +
		"\tfor <desk@dsrd.example>; Mon, 5 Jan 2026 10:00:00 +0100 (CET)\r\n"
)

func deskMail(key Key, head, contentType, body string) []byte {
	from := "ann@" + key.Domain
	raw := fmt.Sprintf("%sFrom: =?utf-8?Q?Ann_M=C3=BCller?= <%s>\r\nTo: desk@dsrd.example\r\n"+
		"Message-ID: <1@%s>\r\n"+
		"Date: Mon, 5 Jan 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n%s",
		head, from, key.Domain, contentType, body)
	top := "Return-Path: <" + from + ">\r\n" + strings.Repeat(deskReceived, 4)
	return append([]byte(top), Sign([]byte(raw), Signing{Key: key})...)
}

func deskBounce() []byte {
	return []byte(strings.ReplaceAll("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject:"+
		" Undelivered Mail Returned to Sender\nContent-Type: multipart/report;"+
		" report-type=delivery-status; boundary=b\n\n--b\n\nThis is the mail system at host"+
		" mx.example.\n\n<ann@acme.example>: host mx.acme.example said: 550 5.1.1 no such user"+
		" (in reply to RCPT TO command)\n\n--b\nContent-Type: message/delivery-status\n\n"+
		"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ann@acme.example\n"+
		"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b\n"+
		"Content-Type: message/rfc822\n\nMessage-ID: <1@dsrd.example>\n\nhello\n--b--\n", "\n", "\r\n"))
}

// deskFile is so many bytes in base64, in lines as RFC 2045 6.8 wants them.
func deskFile(size int) string {
	encoded := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("pdf"), size/3))
	var b strings.Builder
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	b.WriteString(encoded)
	return b.String()
}
