package export

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"

	"github.com/dsrd/dsrd/export/archive"
)

// A spool keeps the rows of one set while its columns are not all known. What lies on the disk is
// encrypted with a key that exists in memory only, in a file that has no name any more: nothing is
// left behind however the process ends.
type spool struct {
	file   *os.File
	named  bool
	block  cipher.Block
	out    *bufio.Writer
	sum    hash.Hash32
	length [binary.MaxVarintLen64]byte
	bytes  int64
	rows   int
}

const spoolBuffer = 256 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func newSpool(dir string, random io.Reader) (*spool, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make spool: read key: %v", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make spool: %v", err)
	}
	file, err := os.CreateTemp(dir, "spool-*")
	if err != nil {
		return nil, fmt.Errorf("make spool: %v", err)
	}
	s := &spool{file: file, block: block, sum: crc32.New(castagnoli)}
	// Where an open file cannot lose its name, close removes it.
	s.named = os.Remove(file.Name()) != nil
	s.out = bufio.NewWriterSize(cipher.StreamWriter{S: s.stream(), W: file}, spoolBuffer)
	return s, nil
}

// stream starts the cipher anew. The key is used for this one text only, so the counter may begin
// at zero.
func (s *spool) stream() cipher.Stream {
	return cipher.NewCTR(s.block, make([]byte, aes.BlockSize))
}

// add appends a row.
func (s *spool) add(row json.RawMessage) error {
	n := binary.PutUvarint(s.length[:], uint64(len(row)))
	if _, err := s.out.Write(s.length[:n]); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	if _, err := s.out.Write(row); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	s.sum.Write(row)
	s.bytes += int64(len(row))
	s.rows++
	return nil
}

// finish ends the writing.
func (s *spool) finish() error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	s.out = nil
	return nil
}

// all reads the rows from the beginning; each is good until the next one is asked for. What comes
// back is compared with what was written, since the cipher alone would not notice a bad disk.
func (s *spool) all() archive.Rows {
	return func(yield func(json.RawMessage, error) bool) {
		whole := io.NewSectionReader(s.file, 0, 1<<62)
		in := bufio.NewReaderSize(cipher.StreamReader{S: s.stream(), R: whole}, spoolBuffer)
		sum := crc32.New(castagnoli)
		var row []byte
		for range s.rows {
			var err error
			if row, err = readRow(in, row, s.bytes); err != nil {
				yield(nil, fmt.Errorf("read spool: %w", err))
				return
			}
			sum.Write(row)
			if !yield(row, nil) {
				return
			}
		}
		if sum.Sum32() != s.sum.Sum32() {
			yield(nil, errors.New("read spool: not what was written"))
		}
	}
}

func readRow(in *bufio.Reader, row []byte, most int64) ([]byte, error) {
	size, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	if size > uint64(most) {
		return nil, errors.New("not what was written")
	}
	if uint64(cap(row)) < size {
		row = make([]byte, size)
	}
	row = row[:size]
	_, err = io.ReadFull(in, row)
	return row, err
}

// close gives the disk space back.
func (s *spool) close() error {
	err := s.file.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}
