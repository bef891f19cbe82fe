package real

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// A Missing program is one that is not installed.
type Missing struct{ Program, Package string }

// Error ends in what to do.
func (m Missing) Error() string {
	return fmt.Sprintf("%s is not installed (apt-get install %s)", m.Program, m.Package)
}

// find looks for a program in PATH and where servers are, which an ordinary user's PATH leaves out.
func find(program, debian string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/lib/postfix/sbin"} {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", Missing{program, debian}
}

// Scratch makes a folder for servers: its path is short, because that of a unix socket may have
// 107 bytes, and other users may pass through it, because servers give up root.
func Scratch() (string, error) {
	dir, err := os.MkdirTemp("", "dsrd")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// Ports below those that the kernel gives to clients, so that none is taken between our look and
// the server's.
const (
	firstPort = 20000
	lastPort  = 32000
)

var ports = struct {
	sync.Mutex
	next int
}{next: firstPort + os.Getpid()*37%(lastPort-firstPort)}

// freePort finds a port of the loopback where nobody listens.
func freePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for range lastPort - firstPort {
		port := ports.next
		if ports.next++; ports.next >= lastPort {
			ports.next = firstPort
		}
		l, err := net.Listen("tcp", loopback(port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a port: none between %d and %d is free", firstPort, lastPort)
}

// freePorts fills all that are given.
func freePorts(all ...*int) (err error) {
	for _, p := range all {
		if *p, err = freePort(); err != nil {
			return err
		}
	}
	return nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// greets says whether a server on the loopback begins to speak so.
func greets(port int, with string) bool {
	c, err := net.Dial("tcp", loopback(port))
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
	c, err := net.Dial("tcp", loopback(port))
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
