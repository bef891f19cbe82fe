package parts

import (
	"bytes"
	"strings"
)

// A block is one header block being read: its fields so far, and what was odd about it.
type block struct {
	limits Limits
	text   string
	fields []Field
	start  int // where the value of the open field begins in text; -1: no field is open
	odd    []string
	repair bool   // a line was dropped or a name changed
	over   string // the limit that was met
}

// readBlock reads the header block at the beginning of raw and says where the body begins.
// stop, unless nil, knows lines that end the block like an empty line would.
func readBlock(raw []byte, l Limits, stop func(line []byte) bool) (b block, bodyAt int) {
	end, bodyAt := blockEnd(raw, stop)
	b = block{limits: l, start: -1}
	if end > l.HeaderBytes {
		b.over = HeaderTooLarge
		end = bytes.LastIndexByte(raw[:l.HeaderBytes], '\n') + 1
	}
	b.text = string(raw[:end])
	if at := b.read(); at >= 0 {
		bodyAt = at
	}
	return b, bodyAt
}

// blockEnd finds the empty line: where the header text stops and where the body starts.
func blockEnd(raw []byte, stop func([]byte) bool) (end, body int) {
	for pos := 0; pos < len(raw); {
		line := raw[pos:]
		next := len(raw)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i], pos+i+1
		}
		if len(line) == 0 || line[0] == '\r' && len(bytes.Trim(line, "\r")) == 0 {
			return pos, next
		}
		if line[0] == '-' && stop != nil && stop(line) {
			return pos, pos
		}
		pos = next
	}
	return len(raw), len(raw)
}

// read goes through the lines. A line that is no field is skipped when fields follow it;
// otherwise the body is taken to begin there, and its offset is returned (else -1).
func (b *block) read() int {
	b.fields = make([]Field, 0, min(strings.Count(b.text, "\n"), 48))
	lastField := unsearched
	for pos := 0; pos < len(b.text); {
		line, next := lineAt(b.text, pos)
		name, ok := "", false
		switch {
		case line == "" || line[0] == ' ' || line[0] == '\t':
			b.continueTo(next)
			pos = next
			continue
		case b.isLostFold(line):
			b.fix(WrongFold)
			b.continueTo(next)
			pos = next
			continue
		default:
			name, ok = b.fieldName(line)
		}
		if !ok {
			if lastField == unsearched {
				lastField = lastFieldIn(b.text, pos)
			}
			if pos > lastField && !isEnvelopeLine(line, pos) {
				b.note("missing-blank-line-after-header")
				return pos
			}
			b.stray(line, pos)
			pos = next
			continue
		}
		if len(b.fields) >= b.limits.Fields {
			b.over = TooManyFields
			return -1
		}
		b.start = pos + strings.IndexByte(line, ':') + 1
		b.fields = append(b.fields, Field{Name: name})
		b.continueTo(next)
		pos = next
	}
	return -1
}

// isLostFold knows a parameter that stands at the beginning of a line, below a field that ends
// in a semicolon: somebody wrapped the field and forgot the blank.
func (b *block) isLostFold(line string) bool {
	if b.start < 0 {
		return false
	}
	name, _, ok := strings.Cut(line[:min(len(line), maxParamName)], "=")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" || strings.ContainsAny(name, " \t:;\"<>@") {
		return false
	}
	value := strings.TrimRight(b.fields[len(b.fields)-1].Value, " \t\r\n")
	return strings.HasSuffix(value, ";")
}

// maxParamName is longer than the names of parameters are, in bytes.
const maxParamName = 40

// continueTo makes the open field's value reach to end.
func (b *block) continueTo(end int) {
	if b.start < 0 {
		if len(b.fields) == 0 {
			b.fix("header-starts-with-continuation")
		}
		return
	}
	if end-b.start > b.limits.LineBytes {
		b.over = FieldTooLong
		return
	}
	b.fields[len(b.fields)-1].Value = b.text[b.start:end]
}

// fieldName reads the name before the colon. Letters that no name may hold (RFC 5322 2.2)
// are replaced, so that the rest of the header stays readable.
func (b *block) fieldName(line string) (string, bool) {
	colon := strings.IndexByte(line, ':')
	if colon <= 0 {
		return "", false
	}
	name := strings.TrimRight(line[:colon], " \t")
	if !looksLikeName(name) {
		return "", false
	}
	if len(name) < colon {
		b.fix("space-before-colon") // obsolete syntax, RFC 5322 4.5: readers disagree on it
	}
	if strings.IndexFunc(name, func(r rune) bool { return r > 126 || r < 33 }) >= 0 {
		b.fix("odd-header-name")
		name = strings.Map(asciiOrX, name)
	}
	return name, true
}

func asciiOrX(r rune) rune {
	if r > 126 || r < 33 {
		return 'X'
	}
	return r
}

// looksLikeName holds for anything without blanks: a sentence that happens to hold a colon is
// no field, a name with an 8-bit letter is one that somebody broke.
func looksLikeName(name string) bool {
	return name != "" && len(name) <= 256 && !strings.ContainsAny(name, " \t\"<>@")
}

// isEnvelopeLine knows the line that mbox files put before a mail (RFC 4155).
func isEnvelopeLine(line string, pos int) bool {
	return pos == 0 && (strings.HasPrefix(line, "From ") || strings.HasPrefix(line, ">From "))
}

func (b *block) stray(line string, pos int) {
	b.start = -1
	if isEnvelopeLine(line, pos) {
		b.fix("mbox-from-line")
		return
	}
	b.fix("header-line-without-colon")
}

func (b *block) note(defect string) { b.odd = append(b.odd, defect) }

func (b *block) fix(defect string) {
	b.repair = true
	if len(b.odd) < maxDefects {
		b.note(defect)
	}
}

// lineAt is the line that begins at pos, without its end, and where the next one begins.
func lineAt(text string, pos int) (line string, next int) {
	i := strings.IndexByte(text[pos:], '\n')
	if i < 0 {
		return strings.TrimRight(text[pos:], "\r"), len(text)
	}
	return strings.TrimRight(text[pos:pos+i], "\r"), pos + i + 1
}

const unsearched = -2

// lastFieldIn is the offset of the last line from pos on that reads as a field; -1: none does.
func lastFieldIn(text string, pos int) int {
	last := -1
	for pos < len(text) {
		line, next := lineAt(text, pos)
		if c := strings.IndexByte(line, ':'); c > 0 && line[0] != ' ' && line[0] != '\t' &&
			looksLikeName(strings.TrimRight(line[:c], " \t")) {
			last = pos
		}
		pos = next
	}
	return last
}
