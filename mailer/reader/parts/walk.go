package parts

import (
	"bytes"
	"strings"
)

// Parse takes raw apart. It never fails; what was odd is in the message's defects. When
// expired answers true it stops where it is, with the defect "parse-timeout"; nil never does.
func Parse(raw []byte, l Limits, expired func() bool) *Message {
	m := &Message{}
	raw = lineEnds(raw, m)
	w := walker{message: m, limits: l, expired: expired}
	b, body := readBlock(raw, l)
	m.Repaired = b.repair
	w.report(b)
	if len(b.fields) == 0 {
		m.Note("no-header")
	}
	m.Root = w.part(b, body, "text/plain", 0)
	return m
}

// ParseHeader reads only the header block of raw, as of a message inside a message.
func ParseHeader(raw []byte, l Limits) (Header, []byte) {
	b, body := readBlock(raw, l)
	return Header{b.fields}, body
}

// lineEnds turns the line ends of a mail that knows only CR into LF.
func lineEnds(raw []byte, m *Message) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(raw, '\n') >= 0 || bytes.IndexByte(raw, '\r') < 0 {
		return raw
	}
	m.Note("bare-cr-line-ends")
	m.Repaired = true
	return bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
}

type walker struct {
	message *Message
	limits  Limits
	expired func() bool
	count   int
	stopped bool
}

func (w *walker) report(b block) {
	for _, d := range b.odd {
		w.message.Note(d)
	}
	if b.over != "" {
		w.message.exceed(b.over)
	}
}

// part reads one part; assumed is its type when it does not say (RFC 2045 5.2, RFC 2046 5.1.5).
func (w *walker) part(b block, body []byte, assumed string, depth int) *Part {
	w.count++
	p := &Part{Header: Header{b.fields}, Type: assumed, Body: body}
	boundary := w.contentType(p, assumed)
	w.disposition(p)
	encoding, odd := encodingOf(p.Header.Get("Content-Transfer-Encoding"))
	if odd {
		w.message.Note("unknown-transfer-encoding")
	}
	p.encoding = encoding
	if strings.HasPrefix(p.Type, "multipart/") {
		w.multipart(p, boundary, depth)
	}
	return p
}

func (w *walker) contentType(p *Part, assumed string) (boundary string) {
	field := p.Header.Get("Content-Type")
	if field == "" {
		return ""
	}
	value, params := splitParams(field)
	major, minor, ok := strings.Cut(value, "/")
	major, minor = strings.TrimSpace(major), strings.TrimSpace(minor)
	switch {
	case ok && major != "" && minor != "" && !strings.ContainsAny(value, "\"=<>@,:"):
		p.Type = major + "/" + minor
	case !ok && major == "text":
		p.Type = "text/plain"
		w.message.Note("broken-content-type")
	default:
		p.Type = assumed
		w.message.Note("broken-content-type")
	}
	p.Charset = param(params, "charset")
	p.Name = DecodeWords(param(params, "name"))
	p.ReportType = strings.ToLower(param(params, "report-type"))
	if p.Charset != "" && strings.HasPrefix(p.Type, "text/") && !KnownCharset(p.Charset) {
		w.message.Note("unknown-charset")
	}
	return param(params, "boundary")
}

func (w *walker) disposition(p *Part) {
	field := p.Header.Get("Content-Disposition")
	if field == "" {
		return
	}
	value, params := splitParams(field)
	switch value {
	case "inline", "attachment":
		p.Disposition = value
	case "":
	default:
		p.Disposition = "attachment" // RFC 2183 2.8
	}
	if name := param(params, "filename"); name != "" {
		p.Name = DecodeWords(name)
	}
}

// multipart opens p. Without a usable boundary, or past the limits, it becomes text that can
// still be read.
func (w *walker) multipart(p *Part, boundary string, depth int) {
	if p.encoding != "" {
		// RFC 2045 6.4 forbids it; some do it all the same.
		w.message.Note("encoded-multipart")
		p.Body, _ = decodeTransfer(nil, p.Body, p.encoding)
		p.encoding = ""
	}
	if depth >= w.limits.Depth {
		w.message.exceed(TooDeep)
		p.Type = "application/octet-stream"
		return
	}
	pieces := split{body: p.Body, delimiter: delimiterOf(boundary)}
	if boundary == "" || !pieces.begin() {
		w.message.Note(MissingBoundary)
		w.asText(p)
		return
	}
	assumed := "text/plain"
	if p.Type == "multipart/digest" {
		assumed = "message/rfc822"
	}
	for !w.stopped && !pieces.done {
		if w.over() {
			break
		}
		piece := pieces.next()
		if len(piece) == 0 && pieces.done {
			break
		}
		b, body := readBlock(piece, w.limits)
		w.report(b)
		p.Children = append(p.Children, w.part(b, body, assumed, depth+1))
	}
	if !pieces.closed && !w.stopped {
		w.message.Note(MissingClosing)
	}
	if p.Children == nil {
		w.asText(p)
	}
}

// asText makes a multipart without parts readable: what it holds may be a plain text, and
// may be a part that lost its wrapping.
func (w *walker) asText(p *Part) {
	p.Type = "text/plain"
}

func (w *walker) over() bool {
	switch {
	case w.count >= w.limits.Parts:
		w.message.exceed(TooManyParts)
	case w.expired != nil && w.expired():
		w.message.exceed("parse-timeout")
	default:
		return false
	}
	w.stopped = true
	return true
}
