package main

import (
	"fmt"
	"os"
	"strings"
)

// The head and the text of mails that nobody would write by hand.
const (
	forgedHead = "From: stranger@elsewhere.example\nTo: dsr-requests@provider.example\n" +
		"Date: Mon, 02 Nov 2026 08:59:00 +0000\nMessage-ID: <%s@elsewhere.example>\nSubject: %[1]s\n"
	forgedText = "Please export the data of jane.roe@customer.example.\n"
)

// forgeries are mails of sizes and bytes that do not go into a script. Headers that
// cannot be parsed are missing: go-imap's memory server gives no such mail out.
var forgeries = map[string]func() string{
	"oversize": func() string { // more than 10 MiB
		return "\n" + forgedText + strings.Repeat(strings.Repeat("x", 76)+"\n", 11<<20/77)
	},
	"parts": func() string {
		part := "--b\nContent-Type: text/plain\n\nx\n"
		return "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" +
			"--b\nContent-Type: text/plain\n\n" + forgedText + strings.Repeat(part, 4000) + "--b--\n"
	},
	"nested": func() string {
		var b strings.Builder
		for i := range 4000 {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%[1]d\n", i)
		}
		return b.String() + "\n" + forgedText
	},
	"fields":  func() string { return strings.Repeat("X-Padding: x\n", 30000) + "\n" + forgedText },
	"line":    func() string { return "X-Line: " + strings.Repeat("x", 300<<10) + "\n\n" + forgedText },
	"latin-1": func() string { return "Content-Type: text/plain\n\nGr\xfc\xdfe\n" + forgedText },
	"nul":     func() string { return "\nPlease export\x00 the data of jane.roe@customer.example.\n" },
	"bidi": func() string {
		return "Content-Type: text/plain; charset=utf-8\n\nPlease export \u202ethe data of jane.roe@customer.example.\n"
	},
	"charset": func() string {
		return "Content-Type: text/plain; charset=klingon\n\n" + forgedText
	},
	"base64": func() string {
		return "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nUGxl*YXNl%%%!\n"
	},
	"encoding": func() string {
		return "Content-Type: text/plain\nContent-Transfer-Encoding: 8-bit\n\n" + forgedText
	},
	"boundary": func() string { return "Content-Type: multipart/mixed\n\n" + forgedText },
	"open": func() string {
		return "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + forgedText
	},
	"encrypted": func() string { return "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB\n" },
}

// forge KIND FILE writes such a mail into a file.
func (p *play) forge(_ bool, args []string) error {
	if err := arity(args, 2, 2); err != nil {
		return err
	}
	make, ok := forgeries[args[0]]
	if !ok {
		return fmt.Errorf("no forgery is called %q", args[0])
	}
	text := fmt.Sprintf(forgedHead, args[0]) + make()
	return os.WriteFile(p.script.MkAbs(args[1]), []byte(text), 0o600)
}
