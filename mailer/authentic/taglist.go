package authentic

import (
	"errors"
	"fmt"
	"strings"
)

// A tagList is RFC 6376 3.2's tag=value list. Where a value stands in the text
// is kept, because b= has to be cut out again.
type tagList map[string]tag

type tag struct {
	value      string // folds and white space around it removed
	start, end int    // of everything between = and ; or the end
}

// parseTags reads a tag list; a tag that occurs twice, a name or value outside
// the grammar, or an empty tag that is not the last makes it void.
func parseTags(text string) (tagList, error) {
	tags := tagList{}
	last := len(strings.TrimRight(text, " \t\r\n"))
	if last > 0 && text[last-1] == ';' {
		last-- // one ; may close the list
	} else {
		last = len(text)
	}
	for pos := 0; pos <= last; {
		end := last
		if i := strings.IndexByte(text[pos:last], ';'); i >= 0 {
			end = pos + i
		}
		if err := tags.add(text, pos, end); err != nil {
			return nil, err
		}
		pos = end + 1
	}
	return tags, nil
}

func (t tagList) add(text string, start, end int) error {
	spec := text[start:end]
	eq := strings.IndexByte(spec, '=')
	if eq < 0 {
		return errors.New("a tag without =")
	}
	name := trimFWS(spec[:eq])
	if !isTagName(name) {
		return errors.New("a tag without a proper name")
	}
	if _, twice := t[name]; twice {
		return fmt.Errorf("tag %s= occurs twice", name)
	}
	value := trimFWS(spec[eq+1:])
	if !isTagValue(value) {
		return fmt.Errorf("tag %s= has a byte that is not allowed", name)
	}
	t[name] = tag{value, start + eq + 1, end}
	return nil
}

// isTagName: ALPHA *(ALPHA / DIGIT / "_"), of a length that fits a message.
func isTagName(s string) bool {
	for i := range len(s) {
		letter := isAlnum(s[i]) && s[i] > '9'
		if !letter && (i == 0 || !isAlnum(s[i]) && s[i] != '_') {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// isTagValue: printable ASCII and folding white space.
func isTagValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c >= 0x7f) && !isFWS(c) {
			return false
		}
	}
	return true
}

func isFWS(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func trimFWS(s string) string { return strings.Trim(s, " \t\r\n") }

// dropFWS removes all folding white space, as base64 and h= want it.
func dropFWS(s string) string {
	if !strings.ContainsAny(s, " \t\r\n") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if !isFWS(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// list splits a value at its colons; nil if the tag is missing.
func (t tagList) list(name string) []string {
	v, ok := t[name]
	if !ok {
		return nil
	}
	items := strings.Split(v.value, ":")
	for i := range items {
		items[i] = trimFWS(items[i])
	}
	return items
}

// or is a tag's value without white space, or what stands for a missing one.
func (t tagList) or(name, missing string) string {
	if v, ok := t[name]; ok {
		return dropFWS(v.value)
	}
	return missing
}
