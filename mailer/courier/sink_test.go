package courier_test

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"
)

// A sink takes every mail and forgets it: the benchmark measures the courier, not the server.
type sink struct{ offers []string }

func (s *sink) listen(b *testing.B) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			serving.Go(func() { s.serve(conn) })
		}
	})
	b.Cleanup(func() { l.Close(); serving.Wait() })
	return l.Addr().(*net.TCPAddr).Port
}

func (s *sink) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 64<<10)
	out := bufio.NewWriter(conn)
	reply := "220 sink\r\n"
	for inMail := false; ; {
		if reply != "" {
			_, _ = out.WriteString(reply)
		}
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		switch {
		case inMail && string(line) == ".\r\n":
			reply, inMail = "250 2.0.0 Ok: queued as 4XyZ12\r\n", false
		case inMail:
			reply = ""
		case strings.HasPrefix(string(line), "EHLO"):
			reply = "250-" + strings.Join(append(s.offers, "sink"), "\r\n250-") + "\r\n250 SIZE\r\n"
		case string(line) == "DATA\r\n":
			reply, inMail = "354 go\r\n", true
		default:
			reply = "250 2.0.0 Ok\r\n"
		}
	}
}
