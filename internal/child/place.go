package child

import (
	"fmt"
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

// Find looks for a program in PATH and where servers are, which an ordinary user's PATH leaves out;
// Missing, with Debian's name of the package.
func Find(program, debian string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	for _, dir := range []string{
		"/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/lib/postfix/sbin",
	} {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", Missing{program, debian}
}

// Ports below those that the kernel gives to clients, so that none is taken between our look and
// the server's, nor while a server is dead.
const (
	firstPort = 12000
	lastPort  = 32000
)

// Processes that run at once begin so many ports from each other.
const apart = 199

var ports = struct {
	sync.Mutex
	next int
}{next: firstPort + os.Getpid()*apart%(lastPort-firstPort)}

// Port finds a port of the loopback where nobody listens, and which it gave to nobody else.
func Port() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for range lastPort - firstPort {
		port := ports.next
		if ports.next++; ports.next >= lastPort {
			ports.next = firstPort
		}
		l, err := net.Listen("tcp", Loopback(port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a port: none between %d and %d is free", firstPort, lastPort)
}

// Loopback is the address of a port there.
func Loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
