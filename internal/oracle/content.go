package oracle

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
)

// content is what a mail carries, however it is wrapped.
type content struct {
	all   []byte // every part, as it is read
	files []file
	codes []string
}

// file is a part that is not to be read by people.
type file struct{ kind, sum string }

var code = regexp.MustCompile(`(?m)^Code: (\S+)`)

// contentOf unwraps a mail.
func contentOf(raw []byte) (c content) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return c
	}
	c.add(textproto.MIMEHeader(m.Header), m.Body)
	for _, found := range code.FindAllSubmatch(c.all, -1) {
		c.codes = append(c.codes, string(found[1]))
	}
	return c
}

// add takes a part in, and those in it.
func (c *content) add(h textproto.MIMEHeader, body io.Reader) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain" // RFC 2045 5.2
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return // its end, or where nobody could read on
			}
			c.add(p.Header, p)
		}
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, _ := io.ReadAll(body) // what can be read of it
	c.all = append(append(c.all, text...), '\n')
	disposition, _, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	if disposition == "attachment" || !strings.HasPrefix(kind, "text/") {
		c.files = append(c.files, file{kind, digest(text)})
	}
}
