package parts

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

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
	Flowed      bool   // lines that end in a blank go on in the next (RFC 3676 4)
	DelSp       bool   // and that blank is no part of the text

	encoding string
	start    string // of multipart/related (RFC 2387 3.2)
}

// IsMultipart says whether the part was opened into children.
func (p *Part) IsMultipart() bool { return p.Children != nil }

// RootOfRelated is the child that a multipart/related is about: the one that its start
// parameter names, else the first (RFC 2387 3.2).
func (p *Part) RootOfRelated() *Part {
	if id := strings.Trim(p.start, "<> "); id != "" {
		for _, c := range p.Children {
			if strings.Trim(c.Header.Get("Content-ID"), "<> ") == id {
				return c
			}
		}
	}
	return p.Children[0]
}

// FileIn is a file that stands in the text of a part in the form of uuencode.
func FileIn(name string, lines []byte) *Part {
	return &Part{Type: "application/octet-stream", Name: fileName(name), Body: lines,
		encoding: "x-uuencode"}
}

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

// Text is the decoded body as UTF-8, of at most max bytes, mended where what is declared does
// not fit (see Mend); whole says that nothing was lost.
func (p *Part) Text(max int) (text string, whole bool) {
	raw, whole := p.upTo(max)
	if !whole && p.IsBare() {
		raw = p.Body[:min(len(p.Body), max)]
	}
	return cutText(Mend(raw, p.textCharset(raw)), max, whole)
}

// TextAsDeclared is like Text, but takes the mail at its word and mends nothing: what decides
// must be read that way too.
func (p *Part) TextAsDeclared(max int) (text string, whole bool) {
	raw, whole := p.upTo(max)
	return cutText(ToUTF8(raw, p.Charset), max, whole)
}

// cutText keeps to max bytes what has become longer by decoding, and cuts between letters.
func cutText(text string, max int, whole bool) (string, bool) {
	if len(text) <= max {
		return text, whole
	}
	for max > 0 && !utf8.RuneStart(text[max]) {
		max--
	}
	return text[:max], false
}

// upTo decodes at most max bytes.
func (p *Part) upTo(max int) (raw []byte, whole bool) {
	raw, whole = p.Body, true
	// No transfer encoding shrinks text to less than a third, so 4 x max always suffices.
	cut := len(raw) > 4*max
	if cut {
		raw = raw[:4*max]
	}
	if p.encoding != "" {
		raw, whole = decodeTransfer(make([]byte, 0, len(raw)), raw, p.encoding)
	}
	if len(raw) > max {
		raw, cut = raw[:max], true
	}
	return raw, whole && !cut
}

// IsBare says whether the body only claims to be base64, and is text as it stands: it holds
// words, and what base64 would make of it is no text.
func (p *Part) IsBare() bool {
	const enough = 4 << 10
	body := bytes.TrimSpace(p.Body[:min(len(p.Body), enough)])
	if p.encoding != "base64" || len(body) == 0 || !isWords(body) {
		return false
	}
	decoded, whole := decodeBase64(make([]byte, 0, len(body)), body)
	return !whole && !isWords(decoded)
}

// isWords holds for UTF-8 without control characters; a letter cut at the end is let pass.
func isWords(text []byte) bool {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 && utf8.FullRune(text) ||
			r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		text = text[n:]
	}
	return true
}

// textCharset is the charset declared, in the header or else in the HTML itself.
func (p *Part) textCharset(raw []byte) string {
	if p.Charset != "" || p.Type == "text/plain" {
		return p.Charset
	}
	return metaCharset(raw)
}

// metaCharset finds the charset in a meta element at the beginning of HTML.
func metaCharset(source []byte) string {
	source = bytes.ToLower(source[:min(len(source), 2<<10)])
	for {
		i := bytes.Index(source, []byte("<meta"))
		if i < 0 {
			return ""
		}
		source = source[i+5:]
		tag, _, _ := bytes.Cut(source, []byte(">"))
		if _, name, ok := bytes.Cut(tag, []byte("charset=")); ok {
			name = bytes.TrimLeft(name, "\"' ")
			if end := bytes.IndexAny(name, "\"' ;/"); end >= 0 {
				name = name[:end]
			}
			return string(name)
		}
	}
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
