package export

import (
	"errors"
	"fmt"
)

const (
	// leastBytes must be free in Dir before a job begins: room for the smallest packages, so that
	// a full disk is noticed before a source is asked, not after.
	leastBytes = 16 << 20
	// leastFiles is how many more files Dir must be able to hold: two a set, for a few sets.
	leastFiles = 16
)

// room is what is free in a directory for such as us; most file systems say both.
type room struct {
	bytes, files uint64
	// knowsFiles is false where files need no place of their own.
	knowsFiles bool
}

// check refuses a directory in which the next job would break off.
func (r room) check(least int64) error {
	switch {
	case r.bytes < uint64(least):
		return fmt.Errorf("check export directory: %d MiB are free, and a job wants %d or more",
			r.bytes>>20, least>>20)
	case r.knowsFiles && r.files < leastFiles:
		return errors.New("check export directory: it can hold no more files")
	}
	return nil
}

// checkRoom is a failure of this machine that may pass. What cannot be told is no failure.
func (c *Compiler) checkRoom() error {
	least := c.LeastFree
	if least == 0 {
		least = leastBytes
	}
	r, known := roomIn(c.Dir)
	if least < 0 || !known {
		return nil
	}
	if err := r.check(least); err != nil {
		return local(err)
	}
	return nil
}
