package matrix_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/store/redistest"
)

// scratch is a folder with a short name, for servers.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := real.Scratch()
	office.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// ownRedis is a server that the row may break.
func ownRedis(t *testing.T, settings ...string) *redistest.Server {
	t.Helper()
	s, err := redistest.Start(scratch(t), settings...)
	office.NoError(t, err)
	t.Cleanup(s.Kill)
	return s
}

// says is a command that must be obeyed.
func says(t *testing.T, s *redistest.Server, words ...string) string {
	t.Helper()
	got, err := s.Ask(words...)
	office.NoError(t, err)
	return got
}

// somewhen waits until the server has written so many bytes more, at most: a moment that nothing
// but chance has chosen.
func somewhen(t *testing.T, s *redistest.Server, atMost int64) {
	t.Helper()
	more, grown, last := rand.Int64N(atMost), int64(0), int64(-1)
	office.Until(t, "Redis writes", func() bool {
		now, err := s.Written()
		if err != nil {
			return false // it writes its file anew, and there are two
		}
		switch {
		case last < 0: // where it begins
		case now < last:
			grown += now
		default:
			grown += now - last
		}
		last = now
		return grown >= more
	})
}
