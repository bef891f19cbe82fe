package parts

import "strings"

// A Part is one node of the tree: a leaf with bytes, or a multipart with children.
type Part struct {
	Header      Header
	Type        string // "text/plain", lower case; what RFC 2045 5.2 assumes when absent or broken
	Charset     string // as declared, "" when not
	Disposition string // "attachment", "inline" or ""
	Name        string // file name, decoded; "" when none
	Body        []byte // of a leaf, still in its transfer encoding
	Children    []*Part
	ReportType  string // of multipart/report (RFC 6522)

	encoding string
}

// IsMultipart says whether the part was opened into children.
func (p *Part) IsMultipart() bool { return p.Children != nil }

// IsText says whether the part is text that can be shown.
func (p *Part) IsText() bool { return strings.HasPrefix(p.Type, "text/") }

// Decoded is the body without its transfer encoding, appended to dst; whole says that all of
// it could be decoded.
func (p *Part) Decoded(dst []byte) (body []byte, whole bool) {
	return decodeTransfer(dst, p.Body, p.encoding)
}

// Bytes is like Decoded, without a copy where the body is not encoded: do not change it.
func (p *Part) Bytes() (body []byte, whole bool) {
	if p.encoding == "" {
		return p.Body, true
	}
	return decodeTransfer(make([]byte, 0, len(p.Body)), p.Body, p.encoding)
}

// Text is the decoded body as UTF-8, of at most max bytes; whole says that nothing was lost.
func (p *Part) Text(max int) (text string, whole bool) {
	raw, encoding := p.Body, p.encoding
	cut := false
	// No transfer encoding shrinks text to less than a third, so 4 x max always suffices.
	if len(raw) > 4*max {
		raw, cut = raw[:4*max], true
	}
	if encoding != "" {
		raw, whole = decodeTransfer(make([]byte, 0, len(raw)), raw, encoding)
	} else {
		whole = true
	}
	if len(raw) > max {
		raw, cut = raw[:max], true
	}
	return ToUTF8(raw, p.Charset), whole && !cut
}

// Start is the decoded beginning of the body: at least max bytes, if it has as many.
func (p *Part) Start(max int) []byte {
	if p.encoding == "" {
		return p.Body
	}
	raw := p.Body[:min(len(p.Body), 4*max)]
	raw, _ = decodeTransfer(make([]byte, 0, len(raw)), raw, p.encoding)
	return raw
}

// Each visits the part and all below it, in the order of the mail, until visit says false.
func (p *Part) Each(visit func(*Part) bool) bool {
	if !visit(p) {
		return false
	}
	for _, c := range p.Children {
		if !c.Each(visit) {
			return false
		}
	}
	return true
}
