package archive

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
)

// maxColumns bounds the memory of a CSV file; the JSON file has every field.
const maxColumns = 1000

// Columns are the columns of a CSV file, in the order in which the rows first name them.
type Columns struct {
	names   []string
	index   map[string]int
	leftOut map[string]struct{}
}

// NewColumns has no columns yet.
func NewColumns() *Columns {
	return &Columns{index: map[string]int{}, leftOut: map[string]struct{}{}}
}

// Add makes columns for the fields of one row.
func (c *Columns) Add(row json.RawMessage) {
	flatten(row, func(path, _ []byte) {
		if _, known := c.index[string(path)]; known {
			return
		}
		if len(c.names) < maxColumns {
			c.index[string(path)] = len(c.names)
			c.names = append(c.names, string(path))
		} else if len(c.leftOut) < maxColumns {
			c.leftOut[string(path)] = struct{}{}
		}
	})
}

// LeftOut is the number of fields that found no column, as far as they were counted.
func (c *Columns) LeftOut() int { return len(c.leftOut) }

// WriteCSV writes rows with a header line (RFC 4180). Cells are made safe for spreadsheets, so the
// JSON file is the exact copy.
func (c *Columns) WriteCSV(w io.Writer, rows Rows) error {
	out := csvWriter{Writer: bufio.NewWriterSize(w, 64<<10), alone: len(c.names) == 1}
	for _, name := range c.names {
		out.cell(name)
	}
	out.end()
	cells := make([]string, len(c.names))
	set := func(path, text []byte) {
		if i, ok := c.index[string(path)]; ok {
			cells[i] = string(text)
		}
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		clear(cells)
		flatten(row, set)
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

func (w *csvWriter) cell(text string) {
	if w.inLine {
		_ = w.WriteByte(',')
	}
	w.inLine = true
	text = guard(text)
	// RFC 4180 2.6 asks for quotes around , " and line ends; ; and TAB divide cells elsewhere.
	if !strings.ContainsAny(text, ",;\t\r\n\"") && (text != "" || !w.alone) {
		_, _ = w.WriteString(text)
		return
	}
	_ = w.WriteByte('"')
	for {
		before, after, found := strings.Cut(text, `"`)
		_, _ = w.WriteString(before)
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
