package archive

import (
	"encoding/json"
	"io"
	"iter"
)

// Rows are the rows of one set, read again each time; an error ends them.
type Rows = iter.Seq2[json.RawMessage, error]

// A List writes rows as one JSON array, each row as the source sent it, byte for byte.
type List struct {
	w     io.Writer
	begun bool
}

// NewList begins an array.
func NewList(w io.Writer) *List { return &List{w: w} }

// Add appends a row, which must be valid JSON.
func (l *List) Add(row json.RawMessage) error {
	before := ",\n"
	if !l.begun {
		before, l.begun = "[\n", true
	}
	if _, err := io.WriteString(l.w, before); err != nil {
		return err
	}
	_, err := l.w.Write(row)
	return err
}

// Close ends the array and leaves the writer open.
func (l *List) Close() error {
	end := "\n]\n"
	if !l.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(l.w, end)
	return err
}
