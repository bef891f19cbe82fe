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
	data           bool   // it carries a file
	code           bool   // it carries a code
}

var (
	tagged = regexp.MustCompile(`\[[A-Z]+(-[A-Z0-9]+)+\]`)
	// stamped is what Postfix writes on top of a mail that was handed over with a login: whoever
	// counts these does not take a mail that Postfix or Dovecot doubled for one that left twice.
	stamped = regexp.MustCompile(`(?s)with ESMTPS?A id ([0-9A-Za-z]+)\s[^;]*;\s*([^\r(]*)`)
	code    = regexp.MustCompile(`(?m)^Code: \S`)
)

// readLetter reads a mail; false for one that is none of ours: it names no request, or is not
// from the desk.
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
	if found == "" || automatic == "" || automatic == "no" {
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
	l.data = bytes.Contains(bytes.ToLower(text), []byte("content-disposition: attachment"))
	l.code = code.Match(text)
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
