package archive

import (
	"encoding/json"
	"io"
	"iter"
)

// Rows are the rows of one set, read again each time; an error ends them.
type Rows = iter.Seq2[json.RawMessage, error]

// WriteJSON writes rows as one JSON array, each row as the source sent it, byte for byte.
func WriteJSON(w io.Writer, rows Rows) error {
	before := "[\n"
	for row, err := range rows {
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		if _, err := w.Write(row); err != nil {
			return err
		}
		before = ",\n"
	}
	if before == "[\n" {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}
