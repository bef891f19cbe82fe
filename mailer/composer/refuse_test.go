package composer_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/mail"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/mailer/composer"
)

func base64Reader(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) }

func TestABadLetterIsRefused(t *testing.T) {
	one := func(a composer.Attachment) []composer.Attachment { return []composer.Attachment{a} }
	good := attachment("a.zip", []byte("content"))
	with := func(change func(*composer.Attachment)) func(*composer.Letter) {
		return func(l *composer.Letter) {
			a := good
			change(&a)
			l.Attachments = one(a)
		}
	}
	for name, change := range map[string]func(*composer.Letter){
		"no sender":                   func(l *composer.Letter) { l.From = "" },
		"two recipients":              func(l *composer.Letter) { l.To = "a@x.example, b@x.example" },
		"a recipient with a name":     func(l *composer.Letter) { l.To = "Admin <a@x.example>" },
		"a second recipient by CRLF":  func(l *composer.Letter) { l.To = "a@x.example\r\nBcc: b@x.example" },
		"a quoted local part":         func(l *composer.Letter) { l.To = `"a b"@x.example` },
		"a route":                     func(l *composer.Letter) { l.To = "@relay.example:a@x.example" },
		"an address literal":          func(l *composer.Letter) { l.To = "a@[127.0.0.1]" },
		"a local part beyond ASCII":   func(l *composer.Letter) { l.To = "grün@x.example" },
		"a domain beyond ASCII":       func(l *composer.Letter) { l.To = "a@grün.example" },
		"two dots":                    func(l *composer.Letter) { l.To = "a..b@x.example" },
		"a local part of 65":          func(l *composer.Letter) { l.To = strings.Repeat("a", 65) + "@x.example" },
		"an address without domain":   func(l *composer.Letter) { l.To = "postmaster" },
		"a bad reply address":         func(l *composer.Letter) { l.ReplyTo = "a@b@c d" },
		"a line break in the name":    func(l *composer.Letter) { l.FromName = "DSR\r\nX-Evil: 1" },
		"a line break in the subject": func(l *composer.Letter) { l.SubjectLine = "a\nBcc: b@x.example" },
		"a NUL in the subject":        func(l *composer.Letter) { l.SubjectLine = "a\x00" },
		"a right-to-left override":    func(l *composer.Letter) { l.SubjectLine = "a\u202eb" },
		"a subject of 201":            func(l *composer.Letter) { l.SubjectLine = strings.Repeat("ü", 201) },
		"no subject":                  func(l *composer.Letter) { l.SubjectLine = "" },
		"no text":                     func(l *composer.Letter) { l.Text = "" },
		"text that is not UTF-8":      func(l *composer.Letter) { l.Text = "\xff" },
		"a language with a break":     func(l *composer.Letter) { l.Language = "de\r\nX: 1" },
		"no date":                     func(l *composer.Letter) { l.Date = time.Time{} },
		"no message id":               func(l *composer.Letter) { l.MessageID = "" },
		"a message id in brackets":    func(l *composer.Letter) { l.MessageID = "<a@b>" },
		"a message id with a break":   func(l *composer.Letter) { l.MessageID = "a@b\r\nX: 1" },
		"no word on its origin":       func(l *composer.Letter) { l.AutoSubmitted = "" },
		"a false word on its origin":  func(l *composer.Letter) { l.AutoSubmitted = "no" },
		"a loop mark of two words":    func(l *composer.Letter) { l.LoopMark = "a b" },
		"a file name beyond ASCII":    with(func(a *composer.Attachment) { a.Name = "übersicht.zip" }),
		"a file name with a path":     with(func(a *composer.Attachment) { a.Name = "../a.zip" }),
		"a file name with a quote":    with(func(a *composer.Attachment) { a.Name = `a".zip` }),
		"a hidden file name":          with(func(a *composer.Attachment) { a.Name = ".zip" }),
		"a type with a parameter":     with(func(a *composer.Attachment) { a.Type = "text/plain; x=1" }),
		"a mail as attachment":        with(func(a *composer.Attachment) { a.Type = "message/rfc822" }),
		"an attachment cut short":     with(func(a *composer.Attachment) { a.Size++ }),
		"an attachment that grew":     with(func(a *composer.Attachment) { a.Size-- }),
		"an attachment not there":     with(func(a *composer.Attachment) { a.Open = nil }),
		"an attachment that does not open": with(func(a *composer.Attachment) {
			a.Open = func() (io.ReadSeekCloser, error) { return nil, errors.New("gone") }
		}),
	} {
		t.Run(name, func(t *testing.T) {
			l := sample()
			change(&l)
			if r, err := composer.Compose(io.Discard, l); err == nil {
				t.Errorf("composed %+v", r)
			}
		})
	}
}

func TestAnErrorNamesNobody(t *testing.T) {
	l := sample()
	l.To, l.SubjectLine, l.FromName = "jane doe@secret.example", "secret\n", "secret\r"
	_, err := composer.Compose(io.Discard, l)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestAFullDiskIsAnError(t *testing.T) {
	l := sample()
	l.Attachments = []composer.Attachment{attachment("a.zip", make([]byte, 1000))}
	whole := len(compose(t, l))
	for after := 0; after < whole; after += 97 {
		if _, err := composer.Compose(&failing{after}, l); err == nil {
			t.Fatalf("no error with %d of %d bytes written", after, whole)
		}
	}
}

// Whatever text a letter holds, the mail has the fields that it should have and no other.
func TestNoValueBecomesAHeader(t *testing.T) {
	want := len(headerOf(t, compose(t, sample())))
	rapid.Check(t, func(r *rapid.T) {
		l := sample()
		l.SubjectLine = rapid.String().Draw(r, "subject")
		l.FromName = rapid.String().Draw(r, "name")
		l.Text = rapid.StringN(1, -1, -1).Draw(r, "text")
		l.HTML = rapid.StringN(1, -1, -1).Draw(r, "html")
		var out bytes.Buffer
		if _, err := composer.Compose(&out, l); err != nil {
			return
		}
		if got := len(headerOf(t, out.Bytes())); got != want {
			r.Fatalf("%d fields, want %d:\n%s", got, want, out.Bytes())
		}
		if n := len(parts(t, out.Bytes())); n != 2 {
			r.Fatalf("%d parts, want 2", n)
		}
	})
}

func headerOf(t *testing.T, raw []byte) mail.Header {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header
}

func BenchmarkCompose(b *testing.B) {
	for name, size := range map[string]int{"letter": 0, "with 20 MB": 20 << 20} {
		b.Run(name, func(b *testing.B) {
			l := sample()
			l.Text, l.HTML = strings.Repeat(l.Text, 20), strings.Repeat(l.HTML, 40)
			if size > 0 {
				l.Attachments = []composer.Attachment{attachment("a.zip", make([]byte, size))}
			}
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := composer.Compose(io.Discard, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
