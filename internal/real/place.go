package real

import (
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/dsrd/dsrd/internal/child"
)

// A Missing program is one that is not installed.
type Missing = child.Missing

// Scratch makes a folder for servers: its path is short, because that of a unix socket may have
// 107 bytes, and other users may pass through it, because servers give up root.
func Scratch() (string, error) {
	dir, err := os.MkdirTemp("", "dsrd")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// freePorts fills all that are given.
func freePorts(all ...*int) (err error) {
	for _, p := range all {
		if *p, err = child.Port(); err != nil {
			return err
		}
	}
	return nil
}

// greets says whether a server on the loopback begins to speak so.
func greets(port int, with string) bool {
	c, err := net.Dial("tcp", child.Loopback(port))
	if err != nil {
		return false
	}
	defer c.Close()
	b := make([]byte, len(with))
	_, err = io.ReadFull(c, b)
	return err == nil && string(b) == with
}

// listens says whether somebody accepts connections there.
func listens(port int) bool {
	c, err := net.Dial("tcp", child.Loopback(port))
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// write puts a text into a file.
func write(mode os.FileMode, text string, path ...string) error {
	name := filepath.Join(path...)
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		return err
	}
	return os.Chmod(name, mode)
}
