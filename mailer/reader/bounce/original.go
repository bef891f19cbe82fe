package bounce

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// returnedID finds the Message-ID of the mail that bounced in the copy of it or of its
// header.
func returnedID(m Mail) string {
	id := ""
	eachOriginal(m, func(h parts.Header) bool {
		id = firstID(h.Get("Message-ID"))
		return id == ""
	})
	return id
}

// toldID finds that id where servers that return no copy put it.
func toldID(m Mail) string {
	id := idInText(m.Text)
	m.Root.Each(func(p *parts.Part) bool {
		if id == "" && isStatusPart(p) {
			text, _ := p.Text(maxNotice)
			id = idInText(text)
		}
		return id == ""
	})
	for _, name := range []string{"X-Original-Message-ID", "In-Reply-To", "References", "Reference"} {
		if id != "" {
			break
		}
		id = firstID(m.Root.Header.Get(name))
	}
	return id
}

// eachOriginal visits the header of every message inside the mail.
func eachOriginal(m Mail, visit func(parts.Header) bool) {
	m.Root.Each(func(p *parts.Part) bool {
		switch p.Type {
		case "message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822",
			"message/rfc822-headers", "message/global-headers", "message/partial":
			h, _ := parts.ParseHeader(p.Start(2*m.Limits.HeaderBytes), m.Limits)
			return visit(h)
		}
		return true
	})
}

// originalRecipients are those whom the mail that bounced was for, when the notice names
// nobody and there is but one.
func originalRecipients(m Mail) (out []Recipient) {
	eachOriginal(m, func(h parts.Header) bool {
		if to := parts.Addresses(h.Get("To")); len(to) == 1 {
			out = []Recipient{recipient(to[0])}
		}
		return out == nil
	})
	return out
}

func firstID(value string) string {
	if ids := parts.IDs(value, 1); ids != nil {
		return ids[0]
	}
	return ""
}

// idInText finds the Message-ID line of a copy that is part of the text, or of a report that
// has a field for it.
func idInText(text string) string {
	for line := range strings.SplitSeq(head(text, 2*maxNotice), "\n") {
		line = strings.TrimLeft(line, " \t>|")
		name, value, ok := strings.Cut(line, ":")
		if !ok || len(name) > len("X-Original-Message-ID ") {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "message-id", "message id", "original-message-id", "x-original-message-id":
			if id := firstID(value); id != "" {
				return id
			}
		}
	}
	return ""
}

// firstText is the text of the first part that has any, for notices whose text is not shown.
func firstText(root *parts.Part) (text string) {
	root.Each(func(p *parts.Part) bool {
		if p.IsText() && p.Type != "text/rfc822-headers" {
			text, _ = p.Text(maxNotice)
		}
		return strings.TrimSpace(text) == ""
	})
	return text
}
