package redistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/dsrd/dsrd/internal/child"
)

// AOF is the file to which the server appends its writes; it begins with what was there when the
// file was begun, which lies in another one.
func (s *Server) AOF() (string, error) {
	found, err := filepath.Glob(filepath.Join(s.dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("find the append-only file in %s: there are %d, %v", s.dir, len(found), err)
	}
	return found[0], nil
}

// Written is how many bytes were appended so far.
func (s *Server) Written() (int64, error) {
	path, err := s.AOF()
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("measure the append-only file: %v", err)
	}
	return info.Size(), nil
}

// Cut takes the last bytes away from the append-only file, as a disk does that had not written
// them yet when the power went: all that there is where it holds fewer. The server must be dead.
func (s *Server) Cut(bytes int64) error {
	if s.Running() {
		return fmt.Errorf("cut the append-only file: the server runs")
	}
	size, err := s.Written()
	if err != nil {
		return err
	}
	path, err := s.AOF()
	if err != nil {
		return err
	}
	return os.Truncate(path, max(0, size-bytes))
}

// CheckAOF is what redis-check-aof says of the append-only file: an error when it is not whole to
// the last command. It changes nothing.
func (s *Server) CheckAOF() (string, error) {
	program, err := child.Find("redis-check-aof", "redis-tools")
	if err != nil {
		return "", err
	}
	path, err := s.AOF()
	if err != nil {
		return "", err
	}
	out, err := exec.Command(program, path).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("check the append-only file: %v", err)
	}
	return string(out), nil
}

// Clear takes all files of the server away, as an empty volume does. The server must be dead.
func (s *Server) Clear() error {
	if s.Running() {
		return fmt.Errorf("clear the server's folder: it runs")
	}
	return os.RemoveAll(filepath.Join(s.dir, "appendonlydir"))
}
