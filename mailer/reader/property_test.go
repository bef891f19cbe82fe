package reader_test

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/mailer/reader"
)

// strings of a mail, for checks that hold for each of them.
func eachText(m *reader.Mail, visit func(field, text string)) {
	for field, texts := range map[string][]string{
		"from": {m.From}, "to": m.To, "recipients": m.Recipients, "subject line": {m.SubjectLine},
		"message id": {m.MessageID, m.MicrosoftOriginalID}, "in reply to": m.InReplyTo,
		"references": m.References, "text": {m.Text}, "reply": {m.Reply}, "reasons": m.Reasons,
		"defects": m.Defects, "duplicates": m.DuplicateHeaders, "error": {m.Err},
		"original id": {m.Bounce.OriginalMessageID},
	} {
		for _, text := range texts {
			visit(field, text)
		}
	}
	for _, a := range m.Attachments {
		visit("attachment", a.Name)
		visit("attachment", a.Type)
	}
	for _, r := range m.Bounce.Recipients {
		visit("bounce", r.Address+r.Action+r.Status+string(r.Reason)+r.Code)
	}
}

type failer interface {
	Errorf(format string, args ...any)
}

// holds checks what must be true of any mail at all.
func holds(t failer, m *reader.Mail) {
	eachText(m, func(field, text string) {
		if !utf8.ValidString(text) || !norm.NFC.IsNormalString(text) {
			t.Errorf("%s is not UTF-8 in NFC: %q", field, text)
		}
		for _, r := range text {
			if r == 0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("%s holds %U: %q", field, r, text)
			}
			if field != "text" && field != "reply" && (r == '\n' || r == '\r') {
				t.Errorf("%s holds a line break: %q", field, text)
			}
		}
	})
	if strings.Contains(m.Err, "failed") {
		t.Errorf("the reader panicked: %s", m.Err)
	}
	if m.Class == "" || m.Decision == "" {
		t.Errorf("class %q, decision %q", m.Class, m.Decision)
	}
	if m.Class != reader.Human && (m.Decision != reader.None || m.Request.Kinds != nil) {
		t.Errorf("class %s decides %s, asks for %v", m.Class, m.Decision, m.Request.Kinds)
	}
	if len(m.Text) > 300<<10 {
		t.Errorf("%d bytes of text", len(m.Text))
	}
}

var lines = []string{"From: a@b.example", "From : x", "To: \"a, b <c@d>", "Subject: =?utf-8?Q?=C3?=",
	"Subject: =?iso-2022-jp?B?GyRC?=", "Content-Type: multipart/mixed; boundary=b",
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
	"Content-Type: multipart/alternative; boundary=\"b", "Content-Type: text/html; charset=utf-7",
	"Content-Type: text/plain; charset=utf-16", "Content-Type: message/delivery-status",
	"Content-Type: message/rfc822", "Content-Transfer-Encoding: base64",
	"Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: x-uuencode",
	"Content-Disposition: attachment; filename*0*=x'%zz; filename*1=\xff", "--b", "--b--", "--b ",
	"", "", "", " folded", "no colon", "From MAILER-DAEMON", "From: MAILER-DAEMON@x.example",
	"Subject: Undelivered Mail Returned to Sender", "Return-Path: <>", "Message-ID: <\x00a@b>",
	"Final-Recipient: rfc822; a@b.example", "Action: failed", "Status: 5.1.1",
	"Diagnostic-Code: smtp; 550 no such user", "<p style=\"display:none\">x", "<b>y</b>&#0;&#x202e;",
	"Q09ORklSTQ==", "=C3=A9=", "CONFIRM", "> quoted", "On Monday Ann wrote:", "\xff\xfe", "e\u0301",
	"begin 644 a", "#:&D*", "+Jjo-", "\x1b$B", "end", "Content-Type: text/enriched",
	"Content-Type: text/richtext", "<bold><param>x</param><<y<nl>",
	"Content-Type: text/plain; format=flowed; delsp=yes", "joined ", "> joined ", "-- ",
	"Content-Type: multipart/related; start=\"<r>\"; boundary='b'", "Content-ID: <r>",
	"name=\"a.txt\"", "Content-Type: text/plain;", "Content-Disposition: inline; filename=a.txt",
	"Date: Mo, 5 Jan 26 10.00 GMT+1", "\xef\xee\xe4\xf2\xe2\xe5\xf0\xe6", "\x82\xb1\x82\xf1\x82\xc9",
	"\x1b$)C\x0e0!3*\x0f", "Content-Type: text/plain; charset=viscii"}

func TestReadHoldsForAnyMail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(lines), rapid.StringN(0, 20, 40),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 30), func(b []byte) string { return string(b) })),
			0, 40).Draw(t, "lines")
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "line end")
		raw := strings.Join(parts, end)
		holds(t, reader.Read([]byte(raw), reader.Options{}))
		holds(t, reader.ReadText(raw, reader.Options{}))
		holds(t, reader.ReadHTML(raw, reader.Options{}))
	})
}

// bombs are mails that cost much to others.
var bombs = map[string]string{
	"nesting": strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 4000),
	"parts":   "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 200_000),
	"fields":  strings.Repeat("Received: x\n", 20_000) + "\nx",
	"charset": "Content-Type: text/plain; charset=utf-16\n\n" + strings.Repeat("\xd8\x00", 1<<20),
	"kana":    "Content-Type: text/plain; charset=iso-2022-jp\n\n" + strings.Repeat("\x1b$B\x1b(B", 300_000),
	"html":    "Content-Type: text/html\n\n" + strings.Repeat("<div>", 400_000),
	"style":   "Content-Type: text/html\n\n" + strings.Repeat("<p style='display:none'>", 100_000),
	"quotes":  "From: " + strings.Repeat(`"`, 60_000) + "\n\n" + strings.Repeat(">", 1<<20),
	"comment": "From: " + strings.Repeat("(", 60_000) + "\nContent-Type: " +
		strings.Repeat("(", 60_000) + "\n\nx",
	"words":   "Subject: " + strings.Repeat("=?utf-8?Q?", 6000) + "\n\nx",
	"accents": "\n" + strings.Repeat("e\u0301\u0302\u0303\u0304\u0305", 100_000),
	"marks":   "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b-\n", 300_000),
	"notice": "From: MAILER-DAEMON@x.example\nSubject: Undelivered\n\nnot delivered\n" +
		strings.Repeat("<a@b.example>: 550 5.1.1 x\n", 40_000),
	"letters": "\n" + strings.Repeat("\xef\xf0\xee\xf8\xf3 \xf3\xe4\xe0\xeb\xe8\xf2\xfc\n", 100_000),
	"many undeclared texts": "Content-Type: multipart/mixed; boundary=b\n\n" +
		strings.Repeat("--b\n\n"+strings.Repeat("\xef\xf0\xee ", 2000)+"\n", 190),
	"undeclared subject": "Subject: " + strings.Repeat("\xef\xf0 =?x?Q?=ef?= ", 3000) + "\n\nx",
	"undeclared names": "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat(
		"--b\nContent-Disposition: attachment; filename=\""+strings.Repeat("\xef\xf0", 2000)+"\"\n\nx\n", 190),
	"flowed":   "Content-Type: text/plain; format=flowed\n\n" + strings.Repeat(">>>>>>>> x \n", 100_000),
	"enriched": "Content-Type: text/enriched\n\n" + strings.Repeat("<\n", 500_000),
	"files":    "\n" + strings.Repeat("begin 644 a\n#:&D*\n", 50_000) + "end\n",
	"one file": "\nbegin 644 a\n" + strings.Repeat("#:&D*\n", 100_000),
	"boundaries": "Content-Type: multipart/mixed; boundary=x\n\n" +
		strings.Repeat("--b\nContent-Type: multipart/mixed; boundary=x\n\n", 20_000),
	"false base64": "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat(
		"--b\nContent-Type: multipart/mixed; boundary=c\nContent-Transfer-Encoding: base64\n\n--c\n\n", 20_000),
	"texts of an alternative": "Content-Type: multipart/alternative; boundary=b\n\n" +
		strings.Repeat("--b\n\n"+strings.Repeat("x ", 600)+"\n", 190),
	"padding": "Content-Transfer-Encoding: base64\n\n" + strings.Repeat("aGk=", 200_000) + "!",
	"folds":   "Content-Type: a;\n" + strings.Repeat("a=b;\n", 40_000) + "\nx",
	"confirmed twice": "Content-Type: text/plain; format=flowed\n\nCONFIRM\n\nOn Monday, Desk wrote:\n" +
		strings.Repeat("> \xef\xf0\xee \n", 30_000),
	"status": "Content-Type: message/delivery-status\n\n" +
		strings.Repeat("Final-Recipient: rfc822; a@b.example\n\n", 40_000),
}

// bombTime bounds the processor time that a bomb may cost: far below what going through it again
// for each of its lines would take.
const bombTime = time.Second

func TestBombsAreCheap(t *testing.T) {
	for name, raw := range bombs {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			var m *reader.Mail
			runtime.ReadMemStats(&before)
			took, err := forge.Cost(func() { m = reader.Read([]byte(raw), reader.Options{}) })
			runtime.ReadMemStats(&after)
			if err != nil || took > forge.AtMost(bombTime) || m.Err != "" {
				t.Errorf("took %v: %v %s", took, err, m.Err)
			}
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<20 {
				t.Errorf("allocated %d bytes", spent)
			}
			holds(t, m)
		})
	}
}
