package export

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// mostSegment bytes of rows are one blob: small enough for Redis and for memory, compressed about
// a fifth of that.
const mostSegment = 8 << 20

// keep stores n bytes of rows as the segment with that number.
func (c *Checkpoints) keep(
	ctx context.Context, number int, rows io.Reader, n int64,
) (segment, error) {
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return segment{}, err
	}
	if _, err := io.CopyN(z, rows, n); err != nil {
		return segment{}, fmt.Errorf("read spool: %w", err)
	}
	if err := z.Close(); err != nil {
		return segment{}, err
	}
	sum, size := sha256.Sum256(packed.Bytes()), int64(packed.Len())
	if _, err := c.Progress.Put(ctx, c.Request, c.segmentName(number), &packed); err != nil {
		return segment{}, err
	}
	return segment{number, n, size, hex.EncodeToString(sum[:])}, nil
}

// errUseless says that what was kept cannot be used: the job begins at the beginning.
var errUseless = errors.New("what an earlier process has read cannot be used")

// segments reads the rows of segments, one segment after the other, each proven before any of it
// is handed on. Its error is errUseless, or the store's or the context's.
type segments struct {
	*Checkpoints
	ctx  context.Context // of one replay: a reader has no other way to be stopped
	left []segment
	rows bytes.Reader
}

// Read implements io.Reader.
func (s *segments) Read(p []byte) (int, error) {
	for s.rows.Len() == 0 {
		if len(s.left) == 0 {
			return 0, io.EOF
		}
		rows, err := s.next(s.left[0])
		if err != nil {
			return 0, err
		}
		s.left = s.left[1:]
		s.rows.Reset(rows)
	}
	return s.rows.Read(p)
}

func (s *segments) next(g segment) ([]byte, error) {
	if g.Bytes < 0 || g.Bytes > mostSegment {
		return nil, errUseless
	}
	packed, err := s.read(s.ctx, s.segmentName(g.Number), 2*mostSegment)
	if err != nil {
		return nil, s.useless(s.ctx, err)
	}
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != g.SHA256 {
		return nil, errUseless
	}
	rows, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), g.Bytes+1))
	if err != nil || int64(len(rows)) != g.Bytes {
		return nil, errUseless
	}
	return rows, nil
}
