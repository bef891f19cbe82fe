package mailer_test

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"
)

// reply is an answer to one of our mails as a mail program makes it: the writer's
// text, and below it the mail, quoted.
func (w *world) reply(to []byte, from, text string) letter {
	w.t.Helper()
	h, plain := readMail(w.t, to)
	id := h.Get("Message-Id")
	return letter{
		from: from, to: strings.Trim(h.Get("Reply-To"), "<>"), subject: "Re: " + subjectOf(w.t, h),
		more: "In-Reply-To: " + id + "\r\nReferences: " + id + "\r\n",
		body: text + "\n\nOn " + h.Get("Date") + ", " + desk + " wrote:\n" + quoted(plain),
	}
}

func quoted(text string) string {
	return "> " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n> ") + "\n"
}

// answer is a reply that the writer's domain signed.
func (w *world) answer(to []byte, from, text string) []byte {
	w.t.Helper()
	return seal(w.write(w.reply(to, from, text)), signature{domain: domainOf(from), at: w.now})
}

// readMail gives the header and the plain text of one of our mails.
func readMail(t testing.TB, raw []byte) (mail.Header, string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header, plainOf(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
}

func plainOf(t testing.TB, kind, encoding string, body io.Reader) string {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(media, "multipart/") {
		first, err := multipart.NewReader(body, params["boundary"]).NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		return plainOf(t, first.Header.Get("Content-Type"), first.Header.Get("Content-Transfer-Encoding"), first)
	}
	if encoding == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

func subjectOf(t testing.TB, h mail.Header) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var codeLine = regexp.MustCompile(`(?m)^Code: (\S+)$`)

// codeIn is the code that a confirmation brings.
func codeIn(t testing.TB, raw []byte) string {
	t.Helper()
	_, text := readMail(t, raw)
	m := codeLine.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no code in:\n%s", text)
	}
	return m[1]
}
