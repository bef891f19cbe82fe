package office

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"sync/atomic"
	"time"
)

// A Letter is what a person writes.
type Letter struct {
	From, To, SubjectLine, Body string
	Headers                     []string
	Date                        time.Time
	SignAs                      string // "" is the writer's own domain, "-" nobody
}

var letters atomic.Int64

// String is the letter as a mail, which nobody has signed.
func (l Letter) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.%d@%s>\r\n",
		l.From, l.To, mime.QEncoding.Encode("utf-8", l.SubjectLine), l.Date.Format(time.RFC1123Z),
		time.Now().UnixNano(), letters.Add(1), domainOf(l.From))
	for _, h := range l.Headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	q := quotedprintable.NewWriter(&b)
	io.WriteString(q, strings.ReplaceAll(l.Body, "\n", "\r\n"))
	q.Close()
	b.WriteString("\r\n")
	return b.String()
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// Reply answers a mail as mail programs do: the text, and below it the mail, quoted.
func Reply(to, from, text string) Letter {
	h := Header(to)
	plain := Body(to)
	id := h.Get("Message-Id")
	return Letter{
		From: from, To: bare(h.Get("Reply-To")), SubjectLine: "Re: " + h.Get("Subject"),
		Headers: []string{"In-Reply-To: " + id, "References: " + id},
		Body: fmt.Sprintf("%s\n\nOn %s, %s wrote:\n> %s\n", text, h.Get("Date"), bare(h.Get("From")),
			strings.ReplaceAll(strings.TrimSpace(plain), "\n", "\n> ")),
	}
}

func bare(address string) string {
	a, err := mail.ParseAddress(address)
	if err != nil {
		return ""
	}
	return a.Address
}

// Header are the fields of a mail, the subject line decoded.
func Header(raw string) mail.Header {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return mail.Header{}
	}
	words := new(mime.WordDecoder)
	if s, err := words.DecodeHeader(m.Header.Get("Subject")); err == nil {
		m.Header["Subject"] = []string{s}
	}
	return m.Header
}

// A Part is a leaf of a mail, decoded.
type Part struct {
	Kind, File string
	Data       []byte
}

func parts(raw string) []Part {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return nil
	}
	return below(map[string][]string(m.Header), m.Body)
}

func below(h map[string][]string, r io.Reader) (all []Part) {
	get := func(name string) string { return strings.Join(h[name], "") }
	kind, params, _ := mime.ParseMediaType(get("Content-Type"))
	if strings.HasPrefix(kind, "multipart/") {
		for m := multipart.NewReader(r, params["boundary"]); ; {
			p, err := m.NextRawPart()
			if err != nil {
				return all
			}
			all = append(all, below(p.Header, p)...)
		}
	}
	switch strings.ToLower(get("Content-Transfer-Encoding")) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	data, _ := io.ReadAll(r)
	_, disposition, _ := mime.ParseMediaType(get("Content-Disposition"))
	return []Part{{kind, disposition["filename"], data}}
}

// Body is what a person reads in a mail.
func Body(raw string) string {
	for _, p := range parts(raw) {
		if p.Kind == "text/plain" || p.Kind == "" {
			return strings.ReplaceAll(string(p.Data), "\r\n", "\n")
		}
	}
	return ""
}

// Attachment is the first file in a mail.
func Attachment(raw string) (Part, bool) {
	for _, p := range parts(raw) {
		if p.File != "" {
			return p, true
		}
	}
	return Part{}, false
}

// CodeIn is the code in a letter, "" where there is none.
func CodeIn(mail string) string {
	_, rest, _ := strings.Cut(Body(mail), "\nCode: ")
	code, _, _ := strings.Cut(rest, "\n")
	return code
}
