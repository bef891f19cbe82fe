package export

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A hidden is a temporary file that nobody else can read: what lies on the disk is encrypted with
// a key that exists in memory only, in a file that has no name any more. Nothing is left behind,
// however the process ends.
type hidden struct {
	*bufio.Writer
	file  *os.File
	named bool
	block cipher.Block
}

const hiddenBuffer = 256 << 10

func newHidden(dir string, random io.Reader) (*hidden, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make temporary file: read key: %v", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %v", err)
	}
	file, err := os.CreateTemp(dir, "rows-*")
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %v", err)
	}
	h := &hidden{file: file, block: block}
	// Where an open file cannot lose its name, close removes it.
	h.named = os.Remove(file.Name()) != nil
	h.Writer = bufio.NewWriterSize(cipher.StreamWriter{S: h.stream(0), W: file}, hiddenBuffer)
	return h, nil
}

// stream starts the cipher anew, at one of its bytes. The key is used for this one text only, so
// the counter may begin at zero.
func (h *hidden) stream(from int64) cipher.Stream {
	counter := make([]byte, aes.BlockSize)
	binary.BigEndian.PutUint64(counter[aes.BlockSize-8:], uint64(from/aes.BlockSize))
	stream := cipher.NewCTR(h.block, counter)
	skipped := make([]byte, from%aes.BlockSize)
	stream.XORKeyStream(skipped, skipped)
	return stream
}

// reader reads from the beginning what was written and flushed.
func (h *hidden) reader() *bufio.Reader {
	return bufio.NewReaderSize(h.section(0, 1<<62), hiddenBuffer)
}

// section reads n bytes from one place on, of what was written and flushed.
func (h *hidden) section(from, n int64) io.Reader {
	return cipher.StreamReader{
		S: h.stream(from), R: io.NewSectionReader(h.file, from, n),
	}
}

// close gives the disk space back. The file is never used again, whatever the error is: after one,
// nobody knows what reached the disk.
func (h *hidden) close() error {
	err := h.file.Close()
	if h.named {
		err = errors.Join(err, os.Remove(h.file.Name()))
	}
	return err
}
