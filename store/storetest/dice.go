package storetest

import (
	"crypto/sha256"
	"encoding/binary"
)

// dice gives the same numbers to each store that has one, so that what they hand out can
// be compared.
type dice struct {
	throws uint64
	rest   []byte
}

// Read never fails.
func (d *dice) Read(p []byte) (int, error) {
	for len(d.rest) < len(p) {
		d.throws++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, d.throws))
		d.rest = append(d.rest, sum[:]...)
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}
