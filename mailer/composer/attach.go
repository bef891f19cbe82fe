package composer

import (
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
)

// RFC 2045 section 6.8: no line of base64 is longer than 76 characters; 57 bytes fill one.
const (
	bytesPerLine  = 57
	linesPerChunk = 576 // 32 KiB of content at a time
)

// attach writes the content of a as base64 lines, without a line end after the last.
func attach(w io.Writer, a Attachment) (err error) {
	content, err := a.Open()
	if err != nil {
		return fmt.Errorf("open content: %w", err)
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	n, err := encode(w, content)
	if err != nil {
		return err
	}
	if n != a.Size {
		return fmt.Errorf("content has %d bytes, announced were %d", n, a.Size)
	}
	return nil
}

// encode copies r to w as base64 and returns how many bytes it read.
func encode(w io.Writer, r io.Reader) (int64, error) {
	var read int64
	in := make([]byte, bytesPerLine*linesPerChunk)
	out := make([]byte, 0, 78*linesPerChunk)
	for {
		n, err := io.ReadFull(r, in)
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return read, fmt.Errorf("read content: %w", err)
		}
		out = appendLines(out[:0], in[:n], read > 0)
		read += int64(n)
		if _, err := w.Write(out); err != nil {
			return read, fmt.Errorf("write content: %w", err)
		}
		if end {
			return read, nil
		}
	}
}

// appendLines appends the lines of in; line ends stand between lines only, and before the first
// where it continues others.
func appendLines(out, in []byte, continues bool) []byte {
	for len(in) > 0 {
		if continues {
			out = append(out, '\r', '\n')
		}
		n := min(bytesPerLine, len(in))
		out = base64.StdEncoding.AppendEncode(out, in[:n])
		in, continues = in[n:], true
	}
	return out
}

// A meter counts and digests what it passes on.
type meter struct {
	w      io.Writer
	digest hash.Hash
	size   int64
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.digest.Write(p[:n])
	m.size += int64(n)
	return n, err
}
