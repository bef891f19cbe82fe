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
			if len(listed) < maxRecipients {
				listed = append(listed, recipient(a))
			}
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
	if len(line) < 120 && isRule(lower) && tells(line).has(aboveCopy) {
		*headerLines = 1
		return true
	}
	if isCopiedField(lower) {
		if *headerLines++; *headerLines >= 2 {
			return true
		}
		return strings.HasPrefix(lower, "received: ") || strings.HasPrefix(lower, "return-path: <")
	}
	*headerLines = 0
	return false
}

// isCopiedField knows the fields that copied headers begin with.
func isCopiedField(line string) bool {
	if at := strings.IndexByte(line, ':'); at < 0 || at >= 14 {
		return false
	}
	for _, field := range []string{"received: from", "received: by", "return-path:", "received: (",
		"message-id:", "mime-version:", "x-mailer:"} {
		if strings.Contains(line, field) {
			return true
		}
	}
	return false
}

// isRule tells a line that separates from a sentence that only mentions the copy.
func isRule(line string) bool {
	return line != "" && (strings.ContainsRune("-=*#_", rune(line[0])) ||
		strings.HasSuffix(line, ":") || strings.HasSuffix(line, "follow.") ||
		strings.HasSuffix(line, "follows.") || strings.HasSuffix(line, "follows") ||
		strings.HasPrefix(line, "below"))
}

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
			out = append(out, recipient(a))
		}
	}
	return out
}

func leadingAddress(line string) string {
	line = strings.TrimSpace(line)
	lower := strings.ToLower(line)
	for _, label := range lists().starts[isLabel] {
		if rest, ok := strings.CutPrefix(lower, label); ok {
			line = strings.TrimLeft(line[max(len(line)-len(rest), 0):], " :\t=：")
			break
		}
	}
	line = strings.TrimLeft(line, "<\"'([（【*- \t>")
	if len(line) > 7 && strings.EqualFold(line[:7], "mailto:") {
		line = line[7:]
	}
	if end := strings.IndexFunc(line, isSeparator); end >= 0 {
		line = line[:end]
	}
	return asAddress(line)
}

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
				return []Recipient{recipient(a)}
			}
		}
	}
	return nil
}

func isSeparator(r rune) bool {
	return r <= ' ' || r == 0xA0 || strings.ContainsRune("<>()[]\"',;:（）：，、。；「」【】《》", r)
}
