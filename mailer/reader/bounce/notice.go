package bounce

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

const (
	maxNotice = 32 << 10 // bytes of a notice's text that are searched
	maxLines  = 400
	maxSaid   = 14 // lines after an address that may speak of it
)

// fromText reads the recipients of a notice that is written for people: each address that a
// line begins with, or that the notice names at all, with the lines about it.
func fromText(m Mail) []Recipient {
	lines := noticeLines(m)
	failed := m.Root.Header.All("X-Failed-Recipients")
	var listed []Recipient
	for _, value := range failed {
		for _, a := range parts.Addresses(value) {
			listed = append(listed, Recipient{Address: a})
		}
	}
	skip := notRecipients(m)
	for _, find := range []func([]string, func(string) bool) []Recipient{addressLines, anyAddress} {
		if listed == nil {
			listed = find(lines, func(a string) bool { return skip[strings.ToLower(a)] || isDaemon(a) })
		}
	}
	if listed == nil {
		listed = anyAddress(lines, func(a string) bool { return skip[strings.ToLower(a)] })
	}
	if listed == nil {
		listed = originalRecipients(m)
	}
	if listed == nil {
		listed = []Recipient{{}}
	}
	listed = listed[:min(len(listed), maxRecipients)]
	explain(listed, lines)
	return listed
}

// noticeLines are the lines of the notice up to the copy of the mail that bounced.
func noticeLines(m Mail) []string {
	text := m.Text
	if strings.TrimSpace(text) == "" {
		text = firstText(m.Root)
	}
	var out []string
	headerLines := 0
	for line := range strings.SplitSeq(head(text, maxNotice), "\n") {
		trimmed := strings.TrimSpace(line)
		if startsCopy(trimmed, &headerLines) && len(out) > 2 {
			return out[:max(len(out)-headerLines+1, 0)]
		}
		if out = append(out, line); len(out) >= maxLines {
			break
		}
	}
	return out
}

// startsCopy knows the lines above a copied mail, and a copied header without such a line.
func startsCopy(line string, headerLines *int) bool {
	lower := strings.ToLower(line)
	if len(line) < 120 && isRule(lower) && containsAny(lower, copyMarks) {
		*headerLines = 1
		return true
	}
	if containsAny(lower, []string{"received: from", "received: by", "return-path:", "received: (",
		"message-id:", "mime-version:", "x-mailer:"}) && strings.IndexByte(line, ':') < 14 {
		if *headerLines++; *headerLines >= 2 {
			return true
		}
		return strings.HasPrefix(lower, "received: ") || strings.HasPrefix(lower, "return-path: <")
	}
	*headerLines = 0
	return false
}

// isRule tells a line that separates from a sentence that only mentions the copy.
func isRule(line string) bool {
	return line != "" && (strings.ContainsRune("-=*#_", rune(line[0])) ||
		strings.HasSuffix(line, ":") || strings.HasSuffix(line, "follow.") ||
		strings.HasSuffix(line, "follows.") || strings.HasSuffix(line, "follows") ||
		strings.HasPrefix(line, "below"))
}

// copyMarks stand above the copy of the mail that bounced, in lower case.
var copyMarks = []string{"copy of the message", "copy of your message", "original message follows",
	"original message is", "unsent message", "returned message", "message headers follow",
	"message header follow", "original message header", "message text follows",
	"the header of the original", "original message attached", "headers of the original",
	"----- original message", "-----original message", "undelivered message follows",
	"included below", "below this line", "message follows", "original message -----",
	"the first 1", "begin returned", "start of message", "the headers and", "message contents:",
	"failed message follows", "original-message", "content of your message", "message header:",
	"your original message", "returned mail:", "text of your message"}

// notRecipients are addresses that a notice names for other reasons.
func notRecipients(m Mail) map[string]bool {
	skip := map[string]bool{strings.ToLower(m.From): true}
	for _, name := range []string{"To", "Cc", "Reply-To", "Delivered-To", "Envelope-To"} {
		for _, a := range parts.Addresses(m.Root.Header.Get(name)) {
			skip[strings.ToLower(a)] = true
		}
	}
	return skip
}

// addressLines takes the addresses that lines begin with, as nearly every system lists them:
// "<a@b>:", "  a@b", "a@b [User unknown]", "Recipient: <a@b>".
func addressLines(lines []string, skip func(string) bool) (out []Recipient) {
	for _, line := range lines {
		a := leadingAddress(line)
		if a != "" && !skip(a) && indexOf(out, a) < 0 {
			out = append(out, Recipient{Address: a})
		}
	}
	return out
}

func leadingAddress(line string) string {
	line = strings.TrimSpace(line)
	lower := strings.ToLower(line)
	for _, label := range recipientLabels {
		if rest, ok := strings.CutPrefix(lower, label); ok {
			line = strings.TrimLeft(line[len(line)-len(rest):], " :\t=")
			break
		}
	}
	line = strings.TrimLeft(line, "<\"'([*- \t")
	if rest, ok := strings.CutPrefix(strings.ToLower(line), "mailto:"); ok {
		line = line[len(line)-len(rest):]
	}
	end := strings.IndexAny(line, " \t<>\"'()[],;:")
	if end < 0 {
		end = len(line)
	}
	return asAddress(line[:end])
}

// recipientLabels stand before the address on its line, in lower case.
var recipientLabels = []string{"final-recipient: rfc822;", "original-recipient: rfc822;",
	"final recipient:", "recipient address:", "recipient:", "recipients:", "failed recipient:",
	"rcpt to:", "rcpt to", ">>> rcpt to:", "address:", "email:", "e-mail:", "user:",
	"smtp:", "envelope-to:", "failed address:", "invalid address:", "unknown user:",
	"user unknown:", "the user", "no such user", "mail to", "message to", "sent to",
	"for <", "could not be delivered to"}

// asAddress accepts what looks like an address with a domain, without closing punctuation.
func asAddress(s string) string {
	s = strings.TrimRight(s, ".:,;!?")
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at > 128 || len(s)-at < 4 || strings.Count(s, "@") > 1 ||
		!strings.Contains(s[at:], ".") && !strings.Contains(s[at:], "[") {
		return ""
	}
	return s
}

// anyAddress takes the first address that the notice names anywhere.
func anyAddress(lines []string, skip func(string) bool) []Recipient {
	for _, line := range lines {
		for word := range strings.FieldsFuncSeq(line, isSeparator) {
			a := asAddress(word)
			if a != "" && !skip(a) {
				return []Recipient{{Address: a}}
			}
		}
	}
	return nil
}

func isSeparator(r rune) bool { return r <= ' ' || strings.ContainsRune("<>()[]\"',;:", r) }

// explain gives each recipient the lines about it: those that name it, and those after them
// up to the next one. One recipient alone gets the whole notice.
func explain(rs []Recipient, lines []string) {
	if len(rs) == 1 {
		rs[0].context = told(lines)
		return
	}
	current, left := -1, 0
	for _, line := range lines {
		for i := range rs {
			if rs[i].Address != "" && containsFold(line, rs[i].Address) {
				current, left = i, maxSaid
			}
		}
		if current >= 0 && left > 0 && len(rs[current].context) < maxDiagnosis {
			rs[current].context += " " + strings.TrimSpace(line)
			left--
		}
	}
}

// told joins the lines that look like a server's words first, so that they are read before
// the courtesies around them.
func told(lines []string) string {
	var first, rest strings.Builder
	for i, line := range lines {
		to := &rest
		if replyCodeIn(line) != "" || statusIn(line) != "" ||
			i > 0 && replyCodeIn(lines[i-1]) != "" {
			to = &first
		}
		if to.Len() < maxDiagnosis/2 {
			to.WriteString(strings.TrimSpace(line))
			to.WriteByte(' ')
		}
	}
	return first.String() + rest.String()
}

func containsFold(s, sub string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(sub))
}
