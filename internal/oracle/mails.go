package oracle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// letter is what a mail of ours says from outside.
type letter struct {
	owner, id, tag string
	copy           string // names the handing over, "" when nobody stamped it
	at             time.Time
	sum            string // of the bytes as they were handed over
	text           content
	data           bool // it carries a file
	code           bool // it carries a code
}

var (
	tagged = regexp.MustCompile(`\[[A-Z]+(-[A-Z0-9]+)+\]`)
	// stamped is what Postfix writes on top of a mail that was handed over with a login: whoever
	// counts these does not take a mail that Postfix or Dovecot doubled for one that left twice.
	stamped = regexp.MustCompile(`(?s)with ESMTPS?A id ([0-9A-Za-z]+)\s[^;]*;\s*([^\r(]*)`)
)

// readLetter reads a mail; false for one that is none of ours: a person wrote it, or a server a
// report. Its tag is "" when it names no request.
func readLetter(m Mail) (letter, bool) {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return letter{}, false
	}
	subjectLine, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil {
		subjectLine = parsed.Header.Get("Subject")
	}
	found := tagged.FindString(subjectLine)
	automatic := parsed.Header.Get("Auto-Submitted")
	kind, _, _ := strings.Cut(parsed.Header.Get("Content-Type"), ";")
	if automatic == "" || automatic == "no" || strings.EqualFold(strings.TrimSpace(kind), "multipart/report") {
		return letter{}, false
	}
	l := letter{owner: m.Owner, id: parsed.Header.Get("Message-Id"), tag: found}
	head, _, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	for _, s := range stamped.FindAllStringSubmatch(head, -1) {
		l.copy = s[1]
		l.at, _ = mail.ParseDate(strings.TrimSpace(s[2])) // zero: who cannot read it does not say when
	}
	text := handed(m.Raw)
	l.sum = digest(text)
	l.text = contentOf(m.Raw)
	l.data = len(l.text.files) > 0 || bytes.Contains(bytes.ToLower(text), []byte("content-disposition: attachment"))
	l.code = len(l.text.codes) > 0 || code.Match(text)
	return l, true
}

// handed is a mail without the lines that servers put on top of it: ours begin with the date.
func handed(raw []byte) []byte {
	if bytes.HasPrefix(raw, []byte("Date: ")) {
		return raw
	}
	if _, rest, ok := bytes.Cut(raw, []byte("\r\nDate: ")); ok {
		return append([]byte("Date: "), rest...)
	}
	return raw
}

func digest(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
