package bounce

import "github.com/dsrd/dsrd/mailer/reader/parts"

// maxWrapped bounds the bytes of a message inside a notice that are taken apart.
const maxWrapped = 256 << 10

// fromWrapped reads the report inside a notice: gateways that pass a notice on wrap it into
// one of their own that says nothing. Only a report that is made for machines counts, one
// level deep.
func fromWrapped(m Mail) (out []Recipient) {
	m.Root.Each(func(p *parts.Part) bool {
		if p.Type != "message/rfc822" {
			return true
		}
		raw := p.Start(maxWrapped)
		out = fromStatusParts(parts.Parse(raw[:min(len(raw), maxWrapped)], m.Limits, nil).Root)
		return false // the first is the mail that came back; more are a stranger's doing
	})
	return out
}
