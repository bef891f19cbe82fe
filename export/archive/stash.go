package archive

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"time"

	"github.com/klauspost/compress/flate"
)

// A Stash compresses a file before the package is begun, in a goroutine of its own, so that the
// work is done while the rows are still coming in. The file in the package is the same, but for
// the time it takes.
type Stash struct {
	stage      *ahead
	compressor *flate.Writer
	out        counter
	packed     hash.Hash32
	sum        digest
	crc        hash.Hash32
}

// castagnoli finds what a disk did to a stash; the zip's own CRC is of the content.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// NewStash writes the compressed file to w. Close must be called, whatever happens.
func NewStash(w io.Writer) (*Stash, error) {
	s := &Stash{
		packed: crc32.New(castagnoli), sum: digest{Hash: sha256.New()}, crc: crc32.NewIEEE(),
	}
	s.out.w = io.MultiWriter(w, s.packed)
	var err error
	if s.compressor, err = flate.NewWriter(&s.out, flateLevel); err != nil {
		return nil, err
	}
	s.stage = newAhead(io.MultiWriter(s.compressor, &s.sum, s.crc))
	return s, nil
}

func (s *Stash) Write(p []byte) (int, error) { return s.stage.Write(p) }

// Close ends the file and returns the first error of writing it.
func (s *Stash) Close() error {
	if err := s.stage.Close(); err != nil {
		return err
	}
	return s.compressor.Close()
}

// File is the stashed file as a part of a package. Open reads what the stash wrote; it is called
// once, after Close.
func (s *Stash) File(name, mediaType string, rows int, open func() io.Reader) File {
	return File{
		Name: name, MediaType: mediaType, Rows: rows, stash: s,
		Write: func(w io.Writer) error {
			_, err := io.Copy(w, open())
			return err
		},
	}
}

// header is the zip header of the finished file.
func (s *Stash) header(name string, at time.Time) *zip.FileHeader {
	date, clock := dosTime(at)
	return &zip.FileHeader{
		Name: name, Method: zip.Deflate, Flags: flagDescriptor,
		CreatorVersion: zipVersion, ReaderVersion: zipVersion,
		ModifiedDate: date, ModifiedTime: clock,
		CRC32:              s.crc.Sum32(),
		CompressedSize64:   uint64(s.out.n),
		UncompressedSize64: uint64(s.sum.n),
	}
}

// add writes the finished file into the package. As zip.Writer does for files that it compresses,
// the version for 64-bit sizes stands in the directory only: at the data the sizes are unknown.
func (s *Stash) add(z *zip.Writer, f File, at time.Time) error {
	header := s.header(f.Name, at)
	entry, err := z.CreateRaw(header)
	if err != nil {
		return err
	}
	if max(header.CompressedSize64, header.UncompressedSize64) >= math.MaxUint32 {
		header.ReaderVersion = zipVersion64
	}
	back := crc32.New(castagnoli)
	if err := f.Write(io.MultiWriter(entry, back)); err != nil {
		return err
	}
	if back.Sum32() != s.packed.Sum32() {
		return errors.New("read stashed file: not what was written")
	}
	return nil
}

func (s *Stash) entry(f File) Entry {
	return Entry{
		Name: f.Name, MediaType: f.MediaType, Rows: f.Rows,
		Size: s.sum.n, SHA256: hex.EncodeToString(s.sum.Sum(nil)),
	}
}
