package parts_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

func BenchmarkParse(b *testing.B) {
	raw := []byte(strings.Repeat("Received: from mx.acme.example by mx.dsrd.example (Postfix);\r\n"+
		"\tMon, 5 Jan 2026 10:00:00 +0100 (CET)\r\n", 8) +
		"From: Ann <ann@acme.example>\r\nTo: desk@dsrd.example\r\nSubject: my data\r\n" +
		"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\n\r\n" + strings.Repeat("a line of text\r\n", 60) +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
		strings.Repeat("<p>a line of text</p>\r\n", 60) + "--b--\r\n")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		parts.Parse(raw, parts.DefaultLimits(), nil)
	}
}

// A stranger may send letters of which nothing is known, as many as the limits let him.
func BenchmarkMendUndeclared(b *testing.B) {
	text := []byte(strings.Repeat("\xcf\xf0\xee\xf8\xf3 \xf3\xe4\xe0\xeb\xe8\xf2\xfc ", 20_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		parts.Mend(text, "")
	}
}
