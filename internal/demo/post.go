package demo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/mailtest"
)

// Letter is a mail that a person in this world writes.
type Letter struct {
	From        string
	To          string
	SubjectLine string
	Body        string
	Headers     []string // further fields, as they stand
	SignAs      string   // domain that signs; "" for the sender's own, "-" for nobody
}

// Write sends a letter as the writer's mail server would.
func (w *World) Write(l Letter) error {
	raw := w.compose(l)
	return w.Send(raw, l.From, l.To, l.SignAs)
}

// Send signs a finished mail and delivers it from outside.
func (w *World) Send(raw []byte, from, to, signAs string) error {
	if signAs == "" {
		signAs = domainOf(from)
	}
	if signAs != "-" {
		field, err := w.signers.sign(raw, signAs, w.Clock.Now())
		if err != nil {
			return err
		}
		raw = append([]byte(field), raw...)
	}
	w.record("mail", from, to, raw)
	return w.Post.Deliver(mailtest.Envelope{From: from, To: []string{to}}, raw)
}

func (w *World) compose(l Letter) []byte {
	w.mails++
	var b bytes.Buffer
	field := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	field("From", l.From)
	field("To", l.To)
	field("Subject", mime.QEncoding.Encode("utf-8", l.SubjectLine))
	field("Date", w.Clock.Now().Format(time.RFC1123Z))
	field("Message-ID", fmt.Sprintf("<%d.%d@%s>", w.Clock.Now().UnixNano(), w.mails, domainOf(l.From)))
	for _, h := range l.Headers {
		b.WriteString(h + "\r\n")
	}
	field("MIME-Version", "1.0")
	field("Content-Type", "text/plain; charset=utf-8")
	field("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = io.WriteString(q, strings.ReplaceAll(l.Body, "\n", "\r\n")) // a buffer takes everything
	_ = q.Close()
	b.WriteString("\r\n")
	return b.Bytes()
}

// Reply is an answer as a mail program makes it: below the writer's text the mail
// that is answered, quoted.
func Reply(to []byte, from, text string, quote bool) (Letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(to))
	if err != nil {
		return Letter{}, fmt.Errorf("answer a mail: %v", err)
	}
	l := Letter{From: from, To: bare(m.Header.Get("Reply-To")), Body: text}
	if l.To == "" {
		l.To = bare(m.Header.Get("From"))
	}
	words := new(mime.WordDecoder)
	subjectLine, err := words.DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return l, fmt.Errorf("answer a mail: %v", err)
	}
	l.SubjectLine = "Re: " + subjectLine
	id := m.Header.Get("Message-Id")
	l.Headers = []string{"In-Reply-To: " + id, "References: " + id}
	if !quote {
		return l, nil
	}
	plain, err := PlainText(to)
	if err != nil {
		return l, err
	}
	l.Body += fmt.Sprintf("\n\nOn %s, %s wrote:\n> %s\n", m.Header.Get("Date"),
		bare(m.Header.Get("From")), strings.ReplaceAll(strings.TrimSpace(plain), "\n", "\n> "))
	return l, nil
}

func bare(address string) string {
	a, err := mail.ParseAddress(address)
	if err != nil {
		return ""
	}
	return a.Address
}

// Part is a leaf of a mail, decoded.
type Part struct {
	Type, Name string
	Data       []byte
}

// Parts takes a mail apart as a mail program would.
func Parts(raw []byte) ([]Part, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("open a mail: %v", err)
	}
	h := m.Header
	return parts(h.Get("Content-Type"), h.Get("Content-Transfer-Encoding"), h.Get("Content-Disposition"), m.Body)
}

func parts(kind, encoding, disposition string, body io.Reader) ([]Part, error) {
	t, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t = "text/plain"
	}
	if !strings.HasPrefix(t, "multipart/") {
		return leaf(t, encoding, disposition, body)
	}
	var all []Part
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("open a mail: %v", err)
		}
		below, err := parts(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"),
			p.Header.Get("Content-Disposition"), p)
		if err != nil {
			return all, err
		}
		all = append(all, below...)
	}
}

func leaf(t, encoding, disposition string, body io.Reader) ([]Part, error) {
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("open a mail: %v", err)
	}
	_, params, _ := mime.ParseMediaType(disposition)
	return []Part{{Type: t, Name: params["filename"], Data: data}}, nil
}

// PlainText is what a person reads in a mail.
func PlainText(raw []byte) (string, error) {
	all, err := Parts(raw)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if p.Type == "text/plain" {
			return strings.ReplaceAll(string(p.Data), "\r\n", "\n"), nil
		}
	}
	return "", fmt.Errorf("read a mail: it has no plain text")
}
