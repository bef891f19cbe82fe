package archive

import (
	"io"
	"sync/atomic"
)

// An ahead hands what is written to it to a goroutine that writes it on, so that two stages of a
// package (compressing, encrypting) run at the same time. The bytes and their order stay the same.
type ahead struct {
	full, free chan []byte
	current    []byte
	failed     atomic.Pointer[error]
	done       chan struct{}
}

const (
	aheadBytes   = 128 << 10
	aheadBuffers = 4
)

func newAhead(dst io.Writer) *ahead {
	a := &ahead{
		full: make(chan []byte, aheadBuffers),
		free: make(chan []byte, aheadBuffers),
		done: make(chan struct{}),
	}
	go a.run(dst)
	return a
}

func (a *ahead) run(dst io.Writer) {
	defer close(a.done)
	for b := range a.full {
		if a.failed.Load() == nil {
			if _, err := dst.Write(b); err != nil {
				a.failed.Store(&err)
			}
		}
		select {
		case a.free <- b[:0]:
		default:
		}
	}
}

// Write takes all of p, or returns the error of an earlier write.
func (a *ahead) Write(p []byte) (int, error) {
	taken := 0
	for taken < len(p) {
		if err := a.failed.Load(); err != nil {
			return taken, *err
		}
		if a.current == nil {
			a.current = a.buffer()
		}
		n := min(len(p)-taken, aheadBytes-len(a.current))
		a.current = append(a.current, p[taken:taken+n]...)
		taken += n
		if len(a.current) == aheadBytes {
			a.full <- a.current
			a.current = nil
		}
	}
	return taken, nil
}

func (a *ahead) buffer() []byte {
	select {
	case b := <-a.free:
		return b
	default:
		return make([]byte, 0, aheadBytes)
	}
}

// Close writes what is left, waits for the goroutine and returns the first error. It must be called
// once, whatever happened before, and does not close the writer behind it.
func (a *ahead) Close() error {
	if len(a.current) > 0 {
		a.full <- a.current
	}
	close(a.full)
	<-a.done
	if err := a.failed.Load(); err != nil {
		return *err
	}
	return nil
}
