package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
)

// maxColumns bounds the memory of a CSV file; the JSON file has every field.
const maxColumns = 1000

// Columns are the columns of a CSV file, in the order in which the rows first name them.
type Columns struct {
	names   []string
	index   map[string]int
	leftOut map[string]struct{}
	walk    flattener
}

// NewColumns has no columns yet.
func NewColumns() *Columns {
	return &Columns{index: map[string]int{}, leftOut: map[string]struct{}{}}
}

// Add makes columns for the fields of one row and shows each field to see, if there is one: its
// dotted path, and its text if it is a string, otherwise its JSON. Both are good during the call
// only. It reports whether the row is valid JSON; after one that is not, the columns are worthless.
func (c *Columns) Add(row json.RawMessage, see func(path, text []byte)) bool {
	c.walk.cell = func(path, text []byte) {
		if _, known := c.index[string(path)]; !known {
			c.column(string(path))
		}
		if see != nil {
			see(path, text)
		}
	}
	return c.walk.row(row)
}

func (c *Columns) column(path string) {
	if len(c.names) < maxColumns {
		c.index[path] = len(c.names)
		c.names = append(c.names, path)
	} else if len(c.leftOut) < maxColumns {
		c.leftOut[path] = struct{}{}
	}
}

// LeftOut is the number of fields that found no column, as far as they were counted.
func (c *Columns) LeftOut() int { return len(c.leftOut) }

// WriteCSV writes rows with a header line (RFC 4180). Cells are made safe for spreadsheets, so the
// JSON file is the exact copy.
func (c *Columns) WriteCSV(w io.Writer, rows Rows) error {
	out := csvWriter{Writer: bufio.NewWriterSize(w, 64<<10), alone: len(c.names) == 1}
	for _, name := range c.names {
		out.cell([]byte(name))
	}
	out.end()
	cells := make([][]byte, len(c.names))
	walk := flattener{cell: func(path, text []byte) {
		if i, ok := c.index[string(path)]; ok {
			cells[i] = text
		}
	}}
	for row, err := range rows {
		if err != nil {
			return err
		}
		clear(cells)
		walk.row(row)
		for _, cell := range cells {
			out.cell(cell)
		}
		out.end()
	}
	return out.Flush()
}

// A csvWriter keeps the first error of the buffer behind it, which Flush returns.
type csvWriter struct {
	*bufio.Writer
	inLine bool
	// alone says that a line has one cell; readers take an empty line for none.
	alone bool
}

func (w *csvWriter) cell(text []byte) {
	if w.inLine {
		_ = w.WriteByte(',')
	}
	w.inLine = true
	all := classes(text)
	text = guard(text, all)
	if all&quoted == 0 && (len(text) > 0 || !w.alone) {
		_, _ = w.Write(text)
		return
	}
	_ = w.WriteByte('"')
	for {
		before, after, found := bytes.Cut(text, []byte{'"'})
		_, _ = w.Write(before)
		if !found {
			break
		}
		_, _ = w.WriteString(`""`)
		text = after
	}
	_ = w.WriteByte('"')
}

func (w *csvWriter) end() {
	_, _ = w.WriteString("\r\n") // RFC 4180 2.1
	w.inLine = false
}
