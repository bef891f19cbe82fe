package parts

import "strings"

// A Field is one header field as it stands in the mail: its value still folded and encoded.
type Field struct {
	Name  string // as written, without trailing space
	Value string // raw, with its line breaks
}

// A Header is a block of fields in their order.
type Header struct{ Fields []Field }

// Get is the unfolded value of the first field of that name, or "".
func (h Header) Get(name string) string {
	for i := range h.Fields {
		if h.Fields[i].is(name) {
			return Unfold(h.Fields[i].Value)
		}
	}
	return ""
}

// All are the unfolded values of every field of that name, top to bottom.
func (h Header) All(name string) []string {
	var out []string
	for i := range h.Fields {
		if h.Fields[i].is(name) {
			out = append(out, Unfold(h.Fields[i].Value))
		}
	}
	return out
}

// Count says how many fields bear the name.
func (h Header) Count(name string) int {
	n := 0
	for i := range h.Fields {
		if h.Fields[i].is(name) {
			n++
		}
	}
	return n
}

// Has says whether a field bears the name, whatever its value.
func (h Header) Has(name string) bool {
	for i := range h.Fields {
		if h.Fields[i].is(name) {
			return true
		}
	}
	return false
}

func (f Field) is(name string) bool {
	return len(f.Name) == len(name) && strings.EqualFold(f.Name, name)
}

// Unfold joins the lines of a field value (RFC 5322 2.2.3) and trims it.
func Unfold(value string) string {
	value = strings.Trim(value, " \t\r\n")
	if strings.IndexByte(value, '\n') < 0 {
		return value
	}
	var b strings.Builder
	b.Grow(len(value))
	for line := range strings.SplitSeq(value, "\n") {
		line = strings.Trim(line, " \t\r")
		if line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}
