package courier

import (
	"regexp"
	"strings"
	"unicode"
)

const maxReplyRunes = 200

var (
	enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)
	addressLike  = regexp.MustCompile(`[^\s<>()\[\]"',:;]*(?:@|%40|=40|\+40)[^\s<>()"',;]*`)
	// How Postfix, Exim, Exchange, Gmail, sendmail with OpenSMTPD, and Amazon SES name a mail.
	queueIDs = []*regexp.Regexp{
		regexp.MustCompile(`(?i)\bqueued as <?([A-Za-z0-9_.-]+)`),
		regexp.MustCompile(`(?i)\bid=([A-Za-z0-9_.-]+)`),
		regexp.MustCompile(`\bInternalId=([0-9]+)`),
		regexp.MustCompile(`\b([A-Za-z0-9.-]+) - gsmtp\b`),
		regexp.MustCompile(`(?i)\b([A-Za-z0-9]+) message accepted for delivery`),
		regexp.MustCompile(`(?i)^ok ([0-9a-f-]{20,})$`),
	}
)

// read takes over a reply of the server.
func (r *Result) read(code int, text string, e Envelope) {
	text = strings.TrimSpace(text)
	r.Code = code
	r.Enhanced = enhancedCode.FindString(text)
	r.Reply = mask(text, e)
}

// queueID finds the name that the server gave to the mail, or "".
func queueID(text string) string {
	for _, form := range queueIDs {
		if found := form.FindStringSubmatch(text); found != nil && len(found[1]) <= 100 {
			return strings.TrimRight(found[1], ".-")
		}
	}
	return ""
}

// mask leaves what a person may read in a log: one short line without anybody's address. Servers
// also repeat the local part alone ("user jane unknown").
func mask(text string, e Envelope) string {
	line := strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	line = addressLike.ReplaceAllString(line, "[address]")
	for _, address := range []string{e.To, e.From} {
		local, _, _ := strings.Cut(address, "@")
		if len(local) > 1 && strings.Contains(strings.ToLower(line), strings.ToLower(local)) {
			alone := regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(local) + `\b`)
			line = alone.ReplaceAllString(line, "[address]")
		}
	}
	if runes := []rune(line); len(runes) > maxReplyRunes {
		line = string(runes[:maxReplyRunes])
	}
	return line
}
