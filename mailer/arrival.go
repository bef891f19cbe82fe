package mailer

import (
	"bytes"
	"net/mail"
	"strings"
	"time"
)

// Arrival is when a mail reached the mailbox: the server's INTERNALDATE, else
// what its topmost Received field says, else the moment of fetching.
func Arrival(internal time.Time, raw []byte, now time.Time) time.Time {
	if !internal.IsZero() {
		return internal.UTC()
	}
	if at, ok := topReceived(raw); ok && !at.After(now) {
		return at.UTC()
	}
	return now.UTC()
}

// topReceived reads the date of the first Received field, behind its last
// semicolon (RFC 5321 4.4).
func topReceived(raw []byte) (time.Time, bool) {
	field, ok := firstField(raw, "received")
	if !ok {
		return time.Time{}, false
	}
	at, err := mail.ParseDate(strings.TrimSpace(field[strings.LastIndexByte(field, ';')+1:]))
	return at, err == nil
}

// firstField unfolds the first header field of that name.
func firstField(raw []byte, name string) (string, bool) {
	var value strings.Builder
	inside := false
	for line := range bytes.Lines(raw[:min(len(raw), 256<<10)]) {
		line = bytes.TrimRight(line, "\r\n")
		folded := len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
		switch {
		case len(line) == 0 || inside && !folded:
			return value.String(), inside
		case folded && inside:
			value.Write(line)
		case !folded:
			key, rest, ok := bytes.Cut(line, []byte(":"))
			if ok && strings.EqualFold(strings.TrimSpace(string(key)), name) {
				inside = true
				value.Write(rest)
			}
		}
	}
	return value.String(), inside
}
