package real_test

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

// A letter is what a person writes.
type letter struct {
	from, to, subjectLine, body string
	headers                     []string
	date                        time.Time
	signAs                      string // "" is the writer's own domain, "-" nobody
}

var letters atomic.Int64

func (l letter) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.%d@%s>\r\n",
		l.from, l.to, mime.QEncoding.Encode("utf-8", l.subjectLine), l.date.Format(time.RFC1123Z),
		time.Now().UnixNano(), letters.Add(1), domainOf(l.from))
	for _, h := range l.headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	q := quotedprintable.NewWriter(&b)
	io.WriteString(q, strings.ReplaceAll(l.body, "\n", "\r\n"))
	q.Close()
	b.WriteString("\r\n")
	return b.String()
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// reply answers a mail as mail programs do: the text, and below it the mail, quoted.
func reply(to, from, text string) letter {
	h := header(to)
	plain := body(to)
	id := h.Get("Message-Id")
	return letter{
		from: from, to: bare(h.Get("Reply-To")), subjectLine: "Re: " + h.Get("Subject"),
		headers: []string{"In-Reply-To: " + id, "References: " + id},
		body: fmt.Sprintf("%s\n\nOn %s, %s wrote:\n> %s\n", text, h.Get("Date"), bare(h.Get("From")),
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

func header(raw string) mail.Header {
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

// A part is a leaf of a mail, decoded.
type part struct {
	kind, file string
	data       []byte
}

func parts(raw string) []part {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return nil
	}
	return below(map[string][]string(m.Header), m.Body)
}

func below(h map[string][]string, r io.Reader) (all []part) {
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
	return []part{{kind, disposition["filename"], data}}
}

// body is what a person reads in a mail.
func body(raw string) string {
	for _, p := range parts(raw) {
		if p.kind == "text/plain" || p.kind == "" {
			return strings.ReplaceAll(string(p.data), "\r\n", "\n")
		}
	}
	return ""
}

// attachment is the first file in a mail.
func attachment(raw string) (part, bool) {
	for _, p := range parts(raw) {
		if p.file != "" {
			return p, true
		}
	}
	return part{}, false
}
