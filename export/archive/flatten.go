package archive

import (
	"bytes"
	"encoding/json"
)

// maxDepth is how deep objects become columns of their own; what lies deeper is one cell of JSON.
const maxDepth = 8

// A flattener turns one row into named cells: {"a":{"b":1}} is the cell a.b with the text 1.
// It reads valid JSON only (RFC 8259).
type flattener struct {
	raw  []byte
	at   int
	path []byte
	// cell gets each value; path and text are only good during the call.
	cell func(path, text []byte)
}

func flatten(raw []byte, cell func(path, text []byte)) {
	f := flattener{raw: raw, cell: cell, path: make([]byte, 0, 128)}
	f.value(0)
}

func (f *flattener) value(depth int) {
	f.space()
	if f.at >= len(f.raw) {
		return
	}
	from := f.at
	switch f.raw[f.at] {
	case '{':
		if depth < maxDepth && !f.emptyObject() {
			f.object(depth)
			return
		}
		f.skipNested()
		f.emit(f.raw[from:f.at])
	case '[':
		f.skipNested()
		f.emit(f.raw[from:f.at])
	case '"':
		f.skipString()
		f.emit(plainText(f.raw[from:f.at]))
	default:
		f.skipWord()
		if word := f.raw[from:f.at]; string(word) != "null" {
			f.emit(word)
		} else {
			f.emit(nil)
		}
	}
}

func (f *flattener) emit(text []byte) {
	path := f.path
	if len(path) == 0 {
		path = []byte("value") // a row that is no object has one column
	}
	f.cell(path, text)
}

func (f *flattener) object(depth int) {
	f.at++
	parent := len(f.path)
	for {
		f.space()
		if f.at >= len(f.raw) || f.raw[f.at] == '}' {
			f.at++
			return
		}
		if f.raw[f.at] == ',' {
			f.at++
			continue
		}
		from := f.at
		f.skipString()
		if parent > 0 {
			f.path = append(f.path, '.')
		}
		f.path = appendKey(f.path, plainText(f.raw[from:f.at]))
		f.space()
		f.at++ // the colon
		f.value(depth + 1)
		f.path = f.path[:parent]
	}
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

func (f *flattener) emptyObject() bool {
	rest := bytes.TrimLeft(f.raw[f.at+1:], " \t\r\n")
	return len(rest) == 0 || rest[0] == '}'
}

func (f *flattener) skipString() {
	for f.at++; f.at < len(f.raw); f.at++ {
		switch f.raw[f.at] {
		case '\\':
			f.at++
		case '"':
			f.at++
			return
		}
	}
}

func (f *flattener) skipNested() {
	depth := 0
	for f.at < len(f.raw) {
		switch f.raw[f.at] {
		case '"':
			f.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		f.at++
		if depth == 0 {
			return
		}
	}
}

func (f *flattener) skipWord() {
	for f.at < len(f.raw) && bytes.IndexByte([]byte(",]} \t\r\n"), f.raw[f.at]) < 0 {
		f.at++
	}
}
