package reader_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"github.com/dsrd/dsrd/mailer/reader"
)

const received = "Received: from mx.acme.example (mx.acme.example [192.0.2.1])\r\n" +
	"\tby mx.dsrd.example (Postfix) with ESMTPS id 4F3A1\r\n" +
	"\tfor <desk@dsrd.example>; Mon, 5 Jan 2026 10:00:00 +0100 (CET)\r\n"

func sample(contentType, body string) string {
	return "Return-Path: <ann@acme.example>\r\n" + strings.Repeat(received, 4) +
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=s1;\r\n" +
		"\th=from:to:subject:date:message-id; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n" +
		"\tb=" + strings.Repeat("QUJD", 60) + "\r\n" +
		"From: =?utf-8?Q?Ann_M=C3=BCller?= <ann@acme.example>\r\nTo: desk@dsrd.example\r\n" +
		"Subject: Request for a copy of my personal data\r\nMessage-ID: <1@acme.example>\r\n" +
		"Date: Mon, 5 Jan 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: " + contentType + "\r\n\r\n" + body
}

const letter = "Dear Sir or Madam,\r\n\r\nI hereby request access to my personal data under" +
	" Art. 15 GDPR, for the\r\naccount customer@acme.example. Please send me a copy of all data" +
	" that you\r\nhold, and tell me where you got it from.\r\n\r\nKind regards\r\nAnn\r\n\r\n"

// samples are mails of the sizes that the desk receives.
var samples = map[string]string{
	"plain": sample("text/plain; charset=utf-8", strings.Repeat(letter, 8)),
	"alternative": sample("multipart/alternative; boundary=b", "--b\r\nContent-Type: text/plain;"+
		" charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+
		strings.Repeat(letter, 4)+"\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n"+
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n"+
		strings.Repeat("<p>"+letter+"</p>", 4)+"\r\n--b--\r\n"),
	"reply": sample("text/plain; charset=utf-8", "CONFIRM\r\n\r\nOn Mon, 5 Jan 2026 Desk wrote:\r\n> "+
		strings.ReplaceAll(strings.Repeat(letter, 6), "\r\n", "\r\n> ")),
	"attachment": sample("multipart/mixed; boundary=b", "--b\r\n\r\n"+letter+
		"\r\n--b\r\nContent-Type: application/pdf; name=id.pdf\r\n"+
		"Content-Transfer-Encoding: base64\r\n\r\n"+lined(200<<10)+"\r\n--b--\r\n"),
	"bounce": strings.ReplaceAll("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject:"+
		" Undelivered Mail Returned to Sender\nContent-Type: multipart/report;"+
		" report-type=delivery-status; boundary=b\n\n--b\n\nThis is the mail system at host"+
		" mx.example.\n\n<ann@acme.example>: host mx.acme.example said: 550 5.1.1 no such user"+
		" (in reply to RCPT TO command)\n\n--b\nContent-Type: message/delivery-status\n\n"+
		"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ann@acme.example\n"+
		"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b\n"+
		"Content-Type: message/rfc822\n\nMessage-ID: <1@dsrd.example>\n\nhello\n--b--\n", "\n", "\r\n"),
}

func lined(size int) string {
	encoded := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("pdf"), size/3))
	var b strings.Builder
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	b.WriteString(encoded)
	return b.String()
}

func BenchmarkRead(b *testing.B) {
	for name, raw := range samples {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				reader.Read([]byte(raw), reader.Options{})
			}
		})
	}
}

// BenchmarkBareParse is what reading is measured against: go-message alone, every part decoded
// and thrown away.
func BenchmarkBareParse(b *testing.B) {
	for name, raw := range samples {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				bareParse(b, raw)
			}
		})
	}
}

func bareParse(b *testing.B, raw string) {
	b.Helper()
	if err := parseBare(raw); err != nil {
		b.Fatal(err)
	}
}

func parseBare(raw string) error {
	e, err := message.Read(strings.NewReader(raw))
	if err != nil {
		return err
	}
	return e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil || part.MultipartReader() != nil {
			return err
		}
		_, err = io.Copy(io.Discard, part.Body)
		return err
	})
}
