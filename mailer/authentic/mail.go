package authentic

import (
	"bytes"
	"fmt"
	"strings"
)

// Limits of a header block; more is a sender who wants something else than to
// be read. Both are far above what mailing lists and forwarders pile up.
const (
	maxHeaderBytes  = 256 << 10
	maxHeaderFields = 1000
)

// onceOnly are the fields that decide how a mail is read; each may occur once.
var onceOnly = []string{
	"from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id",
	"in-reply-to", "references", "content-type", "content-transfer-encoding",
	"mime-version",
}

// A field is one header field as it stands in the mail.
type field struct {
	raw   []byte // name, colon, value with its folds, and the last CRLF
	start int    // where raw begins in the mail
	name  string // lower case, white space before the colon removed
	colon int    // index of the colon in raw, -1 if there is none
}

// value is what follows the colon, folds and all.
func (f field) value() []byte { return f.raw[f.colon+1:] }

// spaced reports white space before the colon (RFC 5322 4.5, obsolete), where
// parsers disagree on whether this is the field it looks like.
func (f field) spaced() bool {
	return f.colon > 0 && (f.raw[f.colon-1] == ' ' || f.raw[f.colon-1] == '\t')
}

// blankLine reports a continuation of white space alone, where some parsers
// see the end of the header.
func (f field) blankLine() bool {
	lines := bytes.Split(bytes.TrimSuffix(f.raw, crlf), crlf)
	for _, l := range lines[1:] {
		if len(bytes.Trim(l, " \t")) == 0 {
			return true
		}
	}
	return false
}

var crlf = []byte("\r\n")

// A message is a mail cut into fields and body, with everything that makes the
// cut doubtful.
type message struct {
	head    []byte // header block without the empty line
	fields  []field
	body    []byte
	defects []string
	tooBig  bool
}

// withCRLF gives a mail that was stored with bare LF line ends its CRLF back.
// A mail with both keeps both: there the bare ones are somebody's trick or
// some relay's fault, and split says so.
func withCRLF(raw []byte) []byte {
	if bytes.Contains(raw, crlf) {
		return raw
	}
	return bytes.ReplaceAll(raw, []byte("\n"), crlf)
}

// split cuts raw at the first empty line. Lines end where the laxest reader
// would end them, at LF; a header in which that is not CRLF is a defect.
func split(raw []byte) *message {
	m := &message{}
	pos := 0
	for pos < len(raw) {
		end := lineEnd(raw, pos)
		line := bytes.TrimRight(raw[pos:end], "\r\n")
		if len(line) == 0 {
			m.checkLine(raw[pos:end], 0)
			m.head, m.body = raw[:pos], raw[end:]
			return m
		}
		if end > maxHeaderBytes || len(m.fields) >= maxHeaderFields {
			m.tooBig = true
			m.head = raw[:pos]
			return m
		}
		m.addLine(raw, pos, end)
		pos = end
	}
	m.head = raw
	return m
}

func (m *message) oversized() bool { return m.tooBig }

func lineEnd(raw []byte, pos int) int {
	if i := bytes.IndexByte(raw[pos:], '\n'); i >= 0 {
		return pos + i + 1
	}
	return len(raw)
}

func (m *message) addLine(raw []byte, pos, end int) {
	line := raw[pos:end]
	m.checkLine(line, len(m.fields)+1)
	if n := len(m.fields); line[0] == ' ' || line[0] == '\t' {
		if n == 0 {
			m.defect("the header begins with a folded line")
			return
		}
		f := &m.fields[n-1]
		f.raw = raw[f.start:end]
		return
	}
	f := m.newField(line)
	f.start = pos
	m.fields = append(m.fields, f)
}

func (m *message) newField(line []byte) field {
	f := field{raw: line, colon: bytes.IndexByte(line, ':')}
	if f.colon < 0 {
		m.defect(fmt.Sprintf("header field %d has no colon", len(m.fields)+1))
		return f
	}
	name := bytes.TrimRight(line[:f.colon], " \t")
	if !isFieldName(name) {
		m.defect(fmt.Sprintf("header field %d has no proper name", len(m.fields)+1))
	}
	f.name = lower(string(name))
	return f
}

// isFieldName: RFC 5322 3.6.8, printable ASCII without the colon.
func isFieldName(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return len(name) > 0
}

// checkLine notes bytes that let two parsers cut the header in two ways.
func (m *message) checkLine(line []byte, n int) {
	body, ok := bytes.CutSuffix(line, crlf)
	switch {
	case !ok && bytes.HasSuffix(line, crlf[1:]):
		m.defect("a header line ends in a bare LF")
	case bytes.IndexByte(body, '\r') >= 0:
		m.defect(fmt.Sprintf("header field %d has a bare CR", n))
	case bytes.IndexByte(body, 0) >= 0:
		m.defect(fmt.Sprintf("header field %d has a NUL", n))
	}
}

// defect keeps the first few: one is enough to refuse, ten thousand to fill a
// log.
func (m *message) defect(why string) {
	if len(m.defects) < 3 {
		m.defects = append(m.defects, why)
	}
}

// named returns the fields of a lower-case name, first to last.
func (m *message) named(name string) []field {
	var found []field
	for _, f := range m.fields {
		if f.name == name {
			found = append(found, f)
		}
	}
	return found
}

// count says how often each name occurs.
func (m *message) count() map[string]int {
	n := make(map[string]int, len(m.fields))
	for _, f := range m.fields {
		n[f.name]++
	}
	return n
}

// unfold removes the line ends of a folded value (RFC 5322 2.2.3) and the
// white space around it.
func unfold(v []byte) string {
	s := strings.ReplaceAll(string(v), "\r\n", "")
	return strings.Trim(s, " \t\r\n")
}

// lower folds ASCII alone: Unicode's folding turns foreign letters into ours
// (U+212A, the Kelvin sign, into k).
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
