package export

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/dsrd/dsrd/export/archive"
)

// A spool keeps the rows of one set until the package is written: the JSON file, compressed while
// the rows come in, and the rows once more, because the columns of the CSV file are known only
// when all rows were seen.
type spool struct {
	rows   *hidden
	packed *hidden
	stash  *archive.Stash
	list   *archive.List
	open   bool
	sum    hash.Hash32
	length [binary.MaxVarintLen64]byte
	bytes  int64
	at     int64 // how long rows is
	count  int
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func newSpool(dir string, random io.Reader) (s *spool, err error) {
	s = &spool{sum: crc32.New(castagnoli)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.rows, err = newHidden(dir, random); err != nil {
		return s, err
	}
	if s.packed, err = newHidden(dir, random); err != nil {
		return s, err
	}
	if s.stash, err = archive.NewStash(s.packed); err != nil {
		return s, err
	}
	s.open, s.list = true, archive.NewList(s.stash)
	return s, nil
}

// add appends a row.
func (s *spool) add(row json.RawMessage) error {
	if err := s.list.Add(row); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	n := binary.PutUvarint(s.length[:], uint64(len(row)))
	if _, err := s.rows.Write(s.length[:n]); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	if _, err := s.rows.Write(row); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	s.sum.Write(row)
	s.bytes += int64(len(row))
	s.at += int64(n + len(row))
	s.count++
	return nil
}

// finish ends the writing.
func (s *spool) finish() error {
	s.open = false
	err := errors.Join(s.list.Close(), s.stash.Close())
	if err == nil {
		err = errors.Join(s.rows.Flush(), s.packed.Flush())
	}
	if err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	return nil
}

// json is the finished JSON file.
func (s *spool) json(name string) archive.File {
	return s.stash.File(name, "application/json", s.count, func() io.Reader {
		return s.packed.reader()
	})
}

// all reads the rows from the beginning; each is good until the next one is asked for. What comes
// back is compared with what was written, since the cipher alone would not notice a bad disk.
func (s *spool) all() archive.Rows {
	return func(yield func(json.RawMessage, error) bool) {
		in := s.rows.reader()
		sum := crc32.New(castagnoli)
		var row []byte
		for range s.count {
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

// close ends what is still going on and gives the disk space back.
func (s *spool) close() error {
	if s.open {
		s.open = false
		_ = s.stash.Close() // what it holds is thrown away
	}
	var errs []error
	for _, h := range []*hidden{s.rows, s.packed} {
		if h != nil {
			errs = append(errs, h.close())
		}
	}
	return errors.Join(errs...)
}
