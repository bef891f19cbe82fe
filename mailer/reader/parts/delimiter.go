package parts

import "bytes"

// A cursor goes through the bytes once, knowing the boundaries of all open multiparts. The
// innermost is compared first: one boundary may be the beginning of another.
type cursor struct {
	data  []byte
	pos   int
	stack [][]byte
}

// A delimiter is a line that separates parts (RFC 2046 5.1.1).
type delimiter struct {
	at      int // where the line break before it begins: the end of the part
	after   int // where the next line begins
	level   int // index in the stack of the multipart it belongs to; -1: the data ended
	closing bool
}

// next finds the next delimiter of any open multipart from the cursor on.
func (c *cursor) next() delimiter {
	if len(c.stack) == 0 {
		return c.end()
	}
	from := c.pos
	if c.isLineStart(from) && bytes.HasPrefix(c.data[from:], []byte("--")) {
		if d, ok := c.match(from); ok {
			return d
		}
	}
	for {
		i := bytes.Index(c.data[from:], []byte("\n--"))
		if i < 0 {
			return c.end()
		}
		from += i + 1
		if d, ok := c.match(from); ok {
			return d
		}
	}
}

func (c *cursor) end() delimiter {
	return delimiter{at: len(c.data), after: len(c.data), level: -1}
}

func (c *cursor) isLineStart(pos int) bool { return pos == 0 || c.data[pos-1] == '\n' }

// match compares the line at pos, which begins with "--".
func (c *cursor) match(pos int) (delimiter, bool) {
	line, after := c.data[pos:], len(c.data)
	if e := bytes.IndexByte(line, '\n'); e >= 0 {
		line, after = line[:e], pos+e+1
	}
	level, closing := c.levelOf(line)
	if level < 0 {
		return delimiter{}, false
	}
	at := pos
	if at > c.pos && c.data[at-1] == '\n' {
		at--
	}
	if at > c.pos && c.data[at-1] == '\r' {
		at--
	}
	return delimiter{at: at, after: after, level: level, closing: closing}, true
}

// levelOf says whose delimiter a line is; -1: nobody's. Only blanks may follow it.
func (c *cursor) levelOf(line []byte) (level int, closing bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1, false
	}
	line = bytes.TrimRight(line[2:], " \t\r")
	for i := len(c.stack) - 1; i >= 0; i-- {
		rest, ok := bytes.CutPrefix(line, c.stack[i])
		if ok && len(rest) == 0 {
			return i, false
		}
		if ok && len(rest) == 2 && rest[0] == '-' && rest[1] == '-' {
			return i, true
		}
	}
	return -1, false
}

// isDelimiter says whether a header block must stop before the line.
func (c *cursor) isDelimiter(line []byte) bool {
	level, _ := c.levelOf(line)
	return level >= 0
}
