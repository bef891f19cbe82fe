package export

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"

	"pgregory.net/rapid"
)

// What was written can be read from any byte on, and on the disk it is something else.
func TestAHiddenFileIsReadFromAnyByteOn(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		h, err := newHidden(dir, rand.Reader)
		if err != nil {
			r.Fatal(err)
		}
		defer h.close()
		text := bytes.Repeat([]byte("ann@shop.example "), rapid.IntRange(1, 200).Draw(r, "length"))
		if _, err := h.Write(text); err != nil {
			r.Fatal(err)
		}
		if err := h.Flush(); err != nil {
			r.Fatal(err)
		}
		from := rapid.IntRange(0, len(text)).Draw(r, "from")
		n := rapid.IntRange(0, len(text)-from).Draw(r, "n")
		got, err := io.ReadAll(h.section(int64(from), int64(n)))
		if err != nil || !bytes.Equal(got, text[from:from+n]) {
			r.Fatalf("%d bytes from %d: %q, %v", n, from, got, err)
		}
		raw := make([]byte, len(text))
		if _, err := h.file.ReadAt(raw, 0); err != nil || bytes.Contains(raw, []byte("ann@")) {
			r.Fatalf("on the disk: %q, %v", raw, err)
		}
	})
}
