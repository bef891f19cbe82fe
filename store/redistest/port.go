package redistest

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
)

// Ports below those that the kernel gives to clients, so that none is taken between our look and
// the server's, nor while a server is dead.
const (
	firstPort = 12000
	lastPort  = 20000
)

var ports = struct {
	sync.Mutex
	next int
}{next: firstPort + os.Getpid()*41%(lastPort-firstPort)}

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

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
