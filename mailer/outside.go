package mailer

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
)

// textOutside reports whether text stands in front of a mail's first part or behind its
// last, where no mail program shows it (RFC 2046 5.1.1). Where the Content-Type is not
// signed, somebody may have put there what was the whole mail, and have its parts begin
// at a boundary that the writer only quoted. What cannot be told counts as such text.
func textOutside(raw []byte) bool {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return true
	}
	value := m.Header.Get("Content-Type")
	if value == "" {
		return false // text/plain (RFC 2045 5.2)
	}
	kind, params, err := mime.ParseMediaType(value)
	if err != nil {
		return true
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return false
	}
	before, after, cut := cutParts(bodyOf(raw), params["boundary"])
	return !cut || !isPreamble(before) || strings.TrimSpace(after) != ""
}

func bodyOf(raw []byte) string {
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	_, body, _ := strings.Cut(text, "\n\n")
	return body
}

// cutParts takes off the parts between the first boundary and the one that ends them; false
// if there is none.
func cutParts(body, boundary string) (before, after string, ok bool) {
	if boundary == "" {
		return "", "", false
	}
	first, last := -1, -1
	pos := 0
	for line := range strings.Lines(body) {
		switch strings.TrimRight(line, " \t\n") {
		case "--" + boundary:
			if first < 0 {
				first = pos
			}
		case "--" + boundary + "--":
			if first >= 0 && last < 0 {
				last = pos + len(line)
			}
		}
		pos += len(line)
	}
	switch {
	case first < 0:
		return "", "", false
	case last < 0:
		return body[:first], "", true
	}
	return body[:first], body[last:], true
}

// preambles are what mail programs tell a reader that knows no parts.
var preambles = []string{
	"this is a multi-part message in mime format", "this is a multipart message in mime format",
	"this is a cryptographically signed message in mime format", "this is an openpgp/mime signed message",
	"this message is in mime format",
}

// maxPreamble bytes hold the longest of them, which tells of mail readers at length.
const maxPreamble = 300

func isPreamble(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return true
	}
	for _, p := range preambles {
		if strings.HasPrefix(text, p) {
			return len(text) <= maxPreamble
		}
	}
	return false
}
