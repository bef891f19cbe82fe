package bounce

import (
	"cmp"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

const (
	maxRecipients = 100
	maxStatusPart = 256 << 10 // bytes of one message/delivery-status
)

// fromStatusParts reads every message/delivery-status (RFC 3464) and its international kin
// (RFC 6533), wherever in the tree: some systems forget the multipart/report around it.
func fromStatusParts(root *parts.Part) (out []Recipient) {
	root.Each(func(p *parts.Part) bool {
		if isStatusPart(p) {
			text, _ := p.Text(maxStatusPart)
			out = append(out, statusFields(text)...)
		}
		return len(out) < maxRecipients
	})
	return merged(out)
}

func isStatusPart(p *parts.Part) bool {
	return p.Type == "message/delivery-status" || p.Type == "message/global-delivery-status"
}

// maxTexts bounds the text parts that are searched for the fields of a report.
const maxTexts = 4

// fromStatusText reads the same fields where a system put them into the text, or into another
// text part.
func fromStatusText(m Mail) []Recipient {
	if out := fieldsInText(m.Text); out != nil {
		return out
	}
	var out []Recipient
	left := maxTexts
	m.Root.Each(func(p *parts.Part) bool {
		if p.IsText() && p.Type != "text/rfc822-headers" {
			text, _ := p.Text(maxNotice)
			out = fieldsInText("\n" + text)
			left--
		}
		return out == nil && left > 0
	})
	return out
}

func fieldsInText(text string) []Recipient {
	text = head(text, maxStatusPart)
	lower := lowerASCII(text)
	at := strings.Index(lower, "\nfinal-recipient:")
	if at < 0 {
		return nil
	}
	// The fields of the recipient may come in any order around it.
	if start := strings.LastIndex(text[:at], "\n\n"); start >= 0 {
		at = start
	}
	rest := text[at:]
	if end := strings.Index(lower[at:], "\nreceived:"); end >= 0 {
		rest = rest[:end]
	}
	var out []Recipient
	for _, r := range statusFields(rest) {
		if strings.Contains(r.Address, "@") {
			out = append(out, r)
		}
	}
	return merged(out)
}

// lowerASCII keeps every byte in its place, which strings.ToLower does not.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// A group is the fields of one recipient, as they come.
type group struct {
	final, original, action, status, diagnostic, reply string
}

func (g group) isEmpty() bool {
	return g.final == "" && g.original == "" && g.action == "" && g.status == ""
}

// statusFields reads the groups of fields leniently: a group ends at an empty line, and where
// a field that names the recipient comes again. Unknown fields are skipped.
func statusFields(text string) (out []Recipient) {
	var g group
	var last *string
	done := func() {
		if !g.isEmpty() && len(out) < maxRecipients {
			out = append(out, g.recipient())
		}
		g, last = group{}, nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" {
			done()
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last != nil && len(*last) < maxDiagnosis {
				*last += " " + head(strings.TrimSpace(line), maxDiagnosis)
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			last = nil
			continue
		}
		field := g.field(strings.ToLower(strings.TrimSpace(name)))
		if field != nil && field == &g.final && g.final != "" {
			done()
			field = &g.final
		}
		if last = field; field != nil {
			*field = head(strings.TrimSpace(value), maxDiagnosis)
		}
	}
	done()
	return out
}

func (g *group) field(name string) *string {
	switch name {
	case "final-recipient":
		return &g.final
	case "original-recipient", "x-actual-recipient":
		return &g.original
	case "action":
		return &g.action
	case "status":
		return &g.status
	case "diagnostic-code", "x-supplementary-info":
		if name[0] == 'x' && g.diagnostic != "" {
			return nil
		}
		return &g.diagnostic
	case "x-smtp-reply", "smtp-diagnostic":
		return &g.reply
	}
	return nil
}

func (g group) recipient() Recipient {
	r := recipient(cmp.Or(typed(g.final), typed(g.original)))
	r.Action, r.Status = firstWord(g.action), statusIn(g.status)
	r.diagnosis = g.diagnostic + " " + g.reply
	return r
}

// typed takes the address out of "rfc822;address" (RFC 3464 2.3.1).
func typed(value string) string {
	if _, address, ok := strings.Cut(value, ";"); ok {
		value = strings.TrimSpace(address)
	}
	if colon := strings.IndexByte(value, ':'); colon > 0 && value[0] == '@' {
		value = value[colon+1:] // a source route
	}
	if found := parts.Addresses(value); len(found) > 0 {
		return found[0]
	}
	return strings.Trim(value, " <>")
}

func firstWord(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.IndexAny(s, " \t;("); i >= 0 {
		s = s[:i]
	}
	return s
}

// merged joins groups that speak of the same address and action, and of those that remain drops
// what is beyond maxRecipients.
func merged(in []Recipient) (out []Recipient) {
	for _, r := range in {
		i := indexOf(out, r.Address)
		if i < 0 || out[i].Action != r.Action {
			out = append(out, r)
			continue
		}
		out[i].Status = cmp.Or(out[i].Status, r.Status)
		if len(out[i].diagnosis) < maxDiagnosis { // more of it is never read
			out[i].diagnosis += " " + r.diagnosis
		}
	}
	return out[:min(len(out), maxRecipients)]
}

func indexOf(rs []Recipient, address string) int {
	for i := range rs {
		if strings.EqualFold(rs[i].Address, address) {
			return i
		}
	}
	return -1
}
