package archive

import (
	"bytes"
	"encoding/json"
)

const (
	// maxDepth is how deep objects become columns of their own; what lies deeper is one cell of
	// JSON.
	maxDepth = 8
	// maxNesting bounds the stack; encoding/json draws the same line.
	maxNesting = 10_000
)

// A flattener turns one row into named cells: {"a":{"b":1}} is the cell a.b with the text 1. On
// the way it checks that the row is valid JSON (RFC 8259), so that each row is walked once.
type flattener struct {
	raw  []byte
	at   int
	path []byte
	// cell gets each value; path and text are only good during the call, text as long as raw is.
	cell func(path, text []byte)
}

// row reports whether raw is valid JSON. When it is not, cell may have been called all the same.
func (f *flattener) row(raw []byte) bool {
	f.raw, f.at, f.path = raw, 0, f.path[:0]
	f.space()
	if !f.value(0) {
		return false
	}
	f.space()
	return f.at == len(f.raw)
}

// value takes one value and makes it one cell, or several if it is an object.
func (f *flattener) value(depth int) bool {
	if f.peek() == '{' && depth < maxDepth && !f.emptyObject() {
		return f.object(depth)
	}
	from := f.at
	if !f.skip(depth) {
		return false
	}
	text := f.raw[from:f.at]
	switch text[0] {
	case '"':
		text = plainText(text)
	case 'n':
		text = nil
	}
	path := f.path
	if depth == 0 {
		path = []byte("value") // a row that is no object has one column
	}
	f.cell(path, text)
	return true
}

func (f *flattener) object(depth int) bool {
	parent := len(f.path)
	return f.members('}', func() bool {
		from := f.at
		if !f.str() {
			return false
		}
		key := f.raw[from:f.at]
		if depth > 0 {
			f.path = append(f.path, '.')
		}
		f.path = appendKey(f.path, plainText(key))
		ok := f.colon() && f.value(depth+1)
		f.path = f.path[:parent]
		return ok
	})
}

// skip takes one value of any kind.
func (f *flattener) skip(depth int) bool {
	if depth > maxNesting {
		return false
	}
	switch f.peek() {
	case '{':
		return f.members('}', func() bool { return f.str() && f.colon() && f.skip(depth+1) })
	case '[':
		return f.members(']', func() bool { return f.skip(depth + 1) })
	case '"':
		return f.str()
	case 't':
		return f.word("true")
	case 'f':
		return f.word("false")
	case 'n':
		return f.word("null")
	}
	return f.number()
}

// members takes a list of members up to its end, from its opening bracket on.
func (f *flattener) members(end byte, member func() bool) bool {
	f.at++
	f.space()
	if f.peek() == end {
		f.at++
		return true
	}
	for {
		if !member() {
			return false
		}
		f.space()
		next := f.peek()
		f.at++
		if next == end {
			return true
		}
		if next != ',' {
			return false
		}
		f.space()
	}
}

// peek is the next byte, or 0, which begins nothing in JSON.
func (f *flattener) peek() byte {
	if f.at < len(f.raw) {
		return f.raw[f.at]
	}
	return 0
}

func (f *flattener) space() {
	for f.at < len(f.raw) {
		switch f.raw[f.at] {
		case ' ', '\t', '\r', '\n':
			f.at++
		default:
			return
		}
	}
}

func (f *flattener) colon() bool {
	f.space()
	if f.peek() != ':' {
		return false
	}
	f.at++
	f.space()
	return true
}

func (f *flattener) word(word string) bool {
	if !bytes.HasPrefix(f.raw[f.at:], []byte(word)) {
		return false
	}
	f.at += len(word)
	return true
}

// str takes a string (RFC 8259 7).
func (f *flattener) str() bool {
	if f.peek() != '"' {
		return false
	}
	for f.at++; f.at < len(f.raw); f.at++ {
		switch c := f.raw[f.at]; {
		case c == '"':
			f.at++
			return true
		case c == '\\':
			if !f.escape() {
				return false
			}
		case c < 0x20:
			return false
		}
	}
	return false
}

// escape takes an escape but for its last byte.
func (f *flattener) escape() bool {
	f.at++
	switch f.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			f.at++
			if !isHex(f.peek()) {
				return false
			}
		}
		return true
	}
	return false
}

// number takes a number (RFC 8259 6).
func (f *flattener) number() bool {
	if f.peek() == '-' {
		f.at++
	}
	if f.peek() == '0' {
		f.at++
	} else if !f.digits() {
		return false
	}
	if f.peek() == '.' {
		f.at++
		if !f.digits() {
			return false
		}
	}
	if f.peek()|0x20 != 'e' {
		return true
	}
	f.at++
	if c := f.peek(); c == '+' || c == '-' {
		f.at++
	}
	return f.digits()
}

func (f *flattener) digits() bool {
	n, rest := digits(f.raw[f.at:])
	f.at = len(f.raw) - len(rest)
	return n > 0
}

func (f *flattener) emptyObject() bool {
	rest := bytes.TrimLeft(f.raw[f.at+1:], " \t\r\n")
	return len(rest) > 0 && rest[0] == '}'
}

// appendKey writes a key so that a dot inside it is not taken for a step down.
func appendKey(path, key []byte) []byte {
	if bytes.IndexByte(key, '.') < 0 {
		return append(path, key...)
	}
	return append(path, bytes.ReplaceAll(key, []byte("."), []byte(`\.`))...)
}

// plainText is the text of a string literal; most hold no escape and are not copied.
func plainText(literal []byte) []byte {
	if bytes.IndexByte(literal, '\\') < 0 {
		return literal[1 : len(literal)-1]
	}
	var text string
	if err := json.Unmarshal(literal, &text); err != nil {
		return literal
	}
	return []byte(text)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
