package parts

import (
	"bytes"
	"strings"
)

// Parse takes raw apart. It never fails; what was odd is in the message's defects. When
// expired answers true it stops where it is, with the defect "parse-timeout"; nil never does.
func Parse(raw []byte, l Limits, expired func() bool) *Message {
	m := &Message{}
	w := walker{message: m, limits: l, expired: expired}
	w.data = lineEnds(raw, m)
	b := w.header()
	m.Repaired = m.Repaired || b.repair
	if len(b.fields) == 0 {
		m.Note("no-header")
	}
	m.Root = w.part(b, "text/plain")
	return m
}

// ParseHeader reads only the header block of raw, as of a message inside a message.
func ParseHeader(raw []byte, l Limits) (h Header, body []byte) {
	b, at := readBlock(raw, l, nil)
	return Header{b.fields}, raw[at:]
}

// lineEnds turns the line ends of a mail that knows only CR into LF.
func lineEnds(raw []byte, m *Message) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if rest := bytes.TrimLeft(raw, " \t\r\n"); len(rest) < len(raw) && startsWithField(rest) {
		m.Note("blank-lines-before-header")
		m.Repaired = true
		raw = rest
	}
	if bytes.IndexByte(raw, '\n') >= 0 || bytes.IndexByte(raw, '\r') < 0 {
		return raw
	}
	m.Note("bare-cr-line-ends")
	m.Repaired = true
	return bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
}

// startsWithField says whether a header begins here: a mail that was stored with blank lines
// above it is one all the same.
func startsWithField(raw []byte) bool {
	line, _, _ := bytes.Cut(raw[:min(len(raw), 300)], []byte("\n"))
	name, value, ok := bytes.Cut(line, []byte(":"))
	return ok && len(value) > 0 && value[0] == ' ' && looksLikeName(string(name))
}

// A walker builds the tree in one pass: its cursor only moves forward.
type walker struct {
	cursor
	message *Message
	limits  Limits
	expired func() bool
	count   int
	headers int // bytes of the header blocks read so far
	stopped bool
}

// headerBlocks is how many header blocks of the largest size all parts of a mail may have
// together: hundreds of large ones would cost tens of megabytes of copies.
const headerBlocks = 4

// header reads the block at the cursor and reports what was odd about it.
func (w *walker) header() block {
	limits := w.limits
	limits.HeaderBytes = min(limits.HeaderBytes, headerBlocks*limits.HeaderBytes-w.headers)
	b, at := readBlock(w.data[w.pos:], limits, w.isDelimiter)
	w.pos += at
	w.headers += len(b.text)
	for _, d := range b.odd {
		w.message.Note(d)
		w.message.Guessed = w.message.Guessed || d == WrongFold
	}
	if b.over != "" {
		w.message.exceed(b.over)
	}
	return b
}

// part reads the body that follows a header; assumed is its type when it does not say
// (RFC 2045 5.2, RFC 2046 5.1.5). The cursor is left on the delimiter that ended it.
func (w *walker) part(b block, assumed string) *Part {
	w.count++
	p := &Part{Header: Header{b.fields}, Type: assumed}
	boundary := p.describe(assumed, w.message)
	if isMultipart := len(p.Type) > 10 && p.Type[:10] == "multipart/"; !isMultipart {
		w.leaf(p)
		return p
	}
	switch {
	case p.encoding == "base64" && len(w.stack) < w.limits.Depth && w.bare(boundary):
		w.message.guess("unencoded-multipart")
		p.encoding = ""
		w.multipart(p, boundary)
	case p.encoding != "":
		w.encoded(p, boundary)
	case len(w.stack) >= w.limits.Depth:
		w.message.exceed(TooDeep)
		p.Type = "application/octet-stream"
		w.leaf(p)
	default:
		w.multipart(p, boundary)
	}
	return p
}

func (w *walker) leaf(p *Part) {
	d := w.next()
	p.Body = w.data[w.pos:d.at]
	w.pos = d.at
}

// bare says whether the boundary stands here without any transfer encoding: then the multipart
// only claims to have one. No line of base64 begins with two dashes.
func (w *walker) bare(boundary string) bool {
	start, level := w.pos, len(w.stack)
	if boundary == "" {
		return false
	}
	d := w.enter(boundary)
	w.stack, w.pos = w.stack[:level], start
	return d.level == level
}

// enter opens a boundary and goes past the preamble.
func (w *walker) enter(boundary string) delimiter {
	w.stack = append(w.stack, bytes.TrimRight([]byte(boundary), " \t"))
	return w.next()
}

// encoded opens a multipart that is in a transfer encoding, which RFC 2045 6.4 forbids and
// some write all the same.
func (w *walker) encoded(p *Part, boundary string) {
	w.message.Note("encoded-multipart")
	w.leaf(p)
	inner := *w
	inner.cursor = cursor{}
	inner.limits.Depth -= len(w.stack) + 1
	switch {
	case inner.limits.Depth <= 0:
		w.message.exceed(TooDeep)
		p.Type = "application/octet-stream"
		return
	case len(p.Body) > w.limits.Unpacked: // no decoding makes more of it than it is
		w.message.exceed(TooMuchUnpacked)
		p.Type = "application/octet-stream"
		return
	}
	inner.data, _ = decodeTransfer(make([]byte, 0, len(p.Body)), p.Body, p.encoding)
	inner.limits.Unpacked -= len(p.Body)
	p.Body, p.encoding = nil, ""
	inner.multipart(p, boundary)
	w.count, w.headers, w.stopped = inner.count, inner.headers, inner.stopped
	w.limits.Unpacked = inner.limits.Unpacked
}

// multipart opens p. Without a delimiter that fits it becomes a text that can still be read.
func (w *walker) multipart(p *Part, boundary string) {
	start, level := w.pos, len(w.stack)
	if boundary == "" {
		boundary = w.guessBoundary("")
		w.message.Note(MissingBoundary)
	}
	if boundary == "" {
		w.plain(p, start)
		return
	}
	d := w.enter(boundary)
	if d.level != level {
		w.stack, w.pos = w.stack[:level], start
		if right := w.guessBoundary(boundary); right != "" {
			w.message.guess(WrongBoundary)
			boundary = right
		}
		d = w.enter(boundary)
	}
	found := d.level == level
	for d.level == level && !d.closing && !w.over() {
		w.pos = d.after
		p.Children = append(p.Children, w.part(w.header(), assumedIn(p.Type)))
		d = w.next()
	}
	w.stack = w.stack[:level]
	w.pos = d.at
	if d.level == level {
		w.pos = d.after // the epilogue is skipped by whoever looks for the next delimiter
	} else if found && !w.stopped {
		w.message.Note(MissingClosing)
	}
	if w.stopped {
		w.pos = len(w.data)
	}
	switch {
	case !found:
		w.message.Note(MissingBoundary)
		w.plain(p, start)
	case p.Children == nil:
		p.Type = "text/plain"
	default:
		w.pos = w.next().at
	}
}

// assumedIn is the type of a part that does not say (RFC 2046 5.1.5).
func assumedIn(multipart string) string {
	if multipart == "multipart/digest" {
		return "message/rfc822"
	}
	return "text/plain"
}

// plain makes text of a multipart that could not be opened.
func (w *walker) plain(p *Part, start int) {
	p.Type = "text/plain"
	w.pos = start
	w.leaf(p)
}

// over says whether a limit ends the walk here.
func (w *walker) over() bool {
	switch {
	case w.stopped:
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

// guessBoundary finds the boundary of a multipart that does not name it, or names another: the
// first line that begins with "--", when a header field follows it, or when it is the declared
// boundary but for quotes around it. It does not look past the end of the part.
func (w *walker) guessBoundary(declared string) string {
	declared = strings.Trim(declared, "'\"<> ")
	body := w.data[w.pos:]
	at := 0 // where the next line begins
	for line := range bytes.Lines(body[:min(len(body), 4<<10)]) {
		at += len(line)
		rest, ok := bytes.CutPrefix(line, []byte("--"))
		rest = bytes.TrimRight(rest, " \t\r\n")
		if !ok || len(rest) == 0 || len(rest) > 70 {
			continue
		}
		if w.isDelimiter(bytes.TrimRight(line, "\r\n")) {
			w.message.Guessed = true // of what stands behind it, another reader makes children
			return ""
		}
		if string(rest) == declared ||
			len(body) >= at+8 && bytes.EqualFold(body[at:at+8], []byte("content-")) {
			return string(rest)
		}
	}
	return ""
}
