package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/dsrd/dsrd/workflow"
)

// A sealed blob is a header and chunks. The header is a version byte and a salt;
// HKDF-SHA256 (RFC 5869) makes of the request's data key, the salt, the id and
// the name a key for this blob alone. Each chunk is sealed with AES-256-GCM; its
// nonce is its number and whether it is the last. So a chunk that was changed,
// moved, left out, or taken from another blob does not open.
const (
	sealVersion = 1
	saltBytes   = 16
	headerBytes = 1 + saltBytes
	chunkBytes  = 64 << 10
	tagBytes    = 16
	sealedChunk = chunkBytes + tagBytes
	keyBytes    = 32
)

// errTampered is what every failure to open a chunk comes to.
var errTampered = errors.New("its bytes were changed, or the master key is another one")

// chunks seals and opens the chunks of one blob.
type chunks struct {
	aead cipher.AEAD
	aad  []byte
}

func newChunks(dataKey, salt []byte, id workflow.ID, name string) (chunks, error) {
	aad := fmt.Appendf(nil, "dsrd blob %d|%d:%s|%d:%s", sealVersion, len(id), id, len(name), name)
	key, err := hkdf.Key(sha256.New, dataKey, salt, string(aad), keyBytes)
	if err != nil {
		return chunks{}, fmt.Errorf("derive key: %v", err)
	}
	aead, err := newGCM(key)
	return chunks{aead: aead, aad: aad}, err
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %v", err)
	}
	return cipher.NewGCM(block)
}

func nonce(n int64, last bool) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[3:], uint64(n))
	if last {
		b[11] = 1
	}
	return b
}

// sealTo seals all of r and gives its size.
func (c chunks) sealTo(w io.Writer, r io.Reader) (int64, error) {
	size := int64(0)
	now, ahead := make([]byte, chunkBytes), make([]byte, chunkBytes)
	have, err := io.ReadFull(r, now)
	for n := int64(0); ; n++ {
		if err != nil && !ended(err) {
			return size, err
		}
		more := 0
		if err == nil { // a full chunk is the last one if nothing follows
			more, err = io.ReadFull(r, ahead)
			if err != nil && !ended(err) {
				return size, err
			}
		}
		sealed := c.aead.Seal(nil, nonce(n, more == 0), now[:have], c.aad)
		if _, err := w.Write(sealed); err != nil {
			return size, err
		}
		size += int64(have)
		if more == 0 {
			return size, nil
		}
		now, ahead, have = ahead, now, more
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// layout tells from the size of a sealed blob how many chunks it has and how
// many bytes they hold.
func layout(sealed int64) (count, size int64, err error) {
	body := sealed - headerBytes
	count = (body + sealedChunk - 1) / sealedChunk
	size = body - count*tagBytes
	lastSize := size - (count-1)*chunkBytes
	if body < tagBytes || lastSize < 0 || count > 1 && lastSize == 0 {
		return 0, 0, errTampered
	}
	return count, size, nil
}

// opened reads a sealed blob at any place, one chunk at a time.
type opened struct {
	chunks
	src         io.ReaderAt
	close       func() error
	count, size int64

	at    int64 // of the next Read
	n     int64 // number of the chunk in plain, -1 for none
	plain []byte
}

// open opens the last chunk at once: with it the size is proven.
func (o *opened) open(sealed int64) (err error) {
	o.n = -1
	if o.count, o.size, err = layout(sealed); err != nil {
		return err
	}
	return o.load(o.count - 1)
}

func (o *opened) load(n int64) error {
	if o.n == n {
		return nil
	}
	length := min(chunkBytes, o.size-n*chunkBytes) + tagBytes
	sealed := make([]byte, length)
	if _, err := o.src.ReadAt(sealed, headerBytes+n*sealedChunk); err != nil {
		return fmt.Errorf("read chunk %d: %v", n, err)
	}
	plain, err := o.aead.Open(sealed[:0], nonce(n, n == o.count-1), sealed, o.aad)
	if err != nil {
		return errTampered
	}
	o.n, o.plain = n, plain
	return nil
}

// Read implements io.Reader.
func (o *opened) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if o.at >= o.size {
		return 0, io.EOF
	}
	if err := o.load(o.at / chunkBytes); err != nil {
		return 0, fmt.Errorf("read blob: %v", err)
	}
	n := copy(p, o.plain[o.at%chunkBytes:])
	o.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (o *opened) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 || whence < io.SeekStart || whence > io.SeekEnd {
		return 0, fmt.Errorf("seek in blob to %d: no such place", offset)
	}
	o.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (o *opened) Close() error {
	if o.close == nil {
		return nil
	}
	return o.close()
}
