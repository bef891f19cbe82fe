package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// errDiffers ends the comparison of a zip with its twin.
var errDiffers = errors.New("differs")

// asWritten reports whether a zip is laid out as dsrd writes one: entry after entry, nothing in
// front, between or behind, no comment, and the same words about each entry at its data and in the
// directory. Checksums cover the files' contents only; programs that unpack differ in which of the
// two headers they believe, so a zip with two truths would show two people different files.
func asWritten(r io.ReaderAt, size int64, files []*zip.File) bool {
	twin := &comparer{r: io.NewSectionReader(r, 0, size)}
	w := zip.NewWriter(twin)
	for _, f := range files {
		// The directory alone holds these: a mode such as "symbolic link", a comment.
		if f.ExternalAttrs != 0 || f.CreatorVersion != zipVersion || f.Comment != "" {
			return false
		}
		if copyEntry(w, f) != nil {
			return false
		}
	}
	return w.Close() == nil && twin.n == size
}

// copyEntry writes an entry as zip.Writer.Copy does, but also right for one of 4 GiB and more:
// zip.Writer tells the directory alone about the 64-bit sizes, and Copy would write them twice.
func copyEntry(w *zip.Writer, f *zip.File) error {
	raw, err := f.OpenRaw()
	if err != nil {
		return err
	}
	header := f.FileHeader
	header.Extra = without64(header.Extra)
	if header.ReaderVersion == zipVersion64 {
		header.ReaderVersion = zipVersion
	}
	entry, err := w.CreateRaw(&header)
	if err != nil {
		return err
	}
	header.ReaderVersion = f.ReaderVersion
	_, err = io.Copy(entry, raw)
	return err
}

// without64 returns the extra fields of an entry but for those with 64-bit sizes.
func without64(extra []byte) []byte {
	const id64, head = 1, 4
	var kept []byte
	for len(extra) >= head {
		size := head + int(binary.LittleEndian.Uint16(extra[2:]))
		if size > len(extra) {
			break
		}
		if binary.LittleEndian.Uint16(extra) != id64 {
			kept = append(kept, extra[:size]...)
		}
		extra = extra[size:]
	}
	return append(kept, extra...)
}

// A comparer fails when what is written to it is not what r holds at the same place.
type comparer struct {
	r      *io.SectionReader
	n      int64
	buffer []byte
}

func (c *comparer) Write(p []byte) (int, error) {
	if cap(c.buffer) < len(p) {
		c.buffer = make([]byte, len(p))
	}
	have := c.buffer[:len(p)]
	if _, err := io.ReadFull(c.r, have); err != nil || !bytes.Equal(have, p) {
		return 0, errDiffers
	}
	c.n += int64(len(p))
	return len(p), nil
}
