package admin

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// maxSocketPath is what sun_path holds on Linux (unix(7)), its final zero aside.
const maxSocketPath = 107

// Listen opens the socket for the owner and group alone. A socket that a dead
// daemon left is replaced; one on which somebody answers is not, nor is anything
// that is no socket.
func Listen(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("listen on %s: the path is too long (at most %d bytes: see console.socket)",
			path, maxSocketPath)
	}
	if err := clear(path); err != nil {
		return nil, fmt.Errorf("listen on %s: %v", path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %v (does its folder exist, and may we write there?)", path, err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %v", path, err), l.Close())
	}
	return l, nil
}

// clear removes a socket on which nobody listens any more.
func clear(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is a file that is no socket (name another path in console.socket)")
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
		return errors.New("a daemon answers there already (stop it first, or name another path in console.socket)")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err // it may be alive: of somebody else, or with a full queue
	}
	return os.Remove(path)
}
