package courier_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dsrd/dsrd/mailer/courier"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A script is a server that does at each stage what the test says. Stages are the SMTP verbs,
// CONNECT for the greeting, "." for the final dot, TLS for the handshake and "" for a line without a verb. What a stage does is a reply, or one of
//
//	drop         close the connection without a word
//	hang         say nothing for ever
//	late D REPLY answer after the duration D
type script struct {
	stages   map[string]string
	offers   []string    // further lines of the answer to EHLO
	tls      *tls.Config // STARTTLS is offered
	implicit bool        // TLS from the first byte
	more     bool        // stages hold for the first connection only; the next ones behave

	serving     sync.WaitGroup
	mu          sync.Mutex
	connections int
	commands    []string // as they came in
	mails       []string // those whose dot was read, whatever was answered
	accepted    int
	torn        string // what came after DATA and was no mail, for want of a dot
}

var behaviour = map[string]string{
	"CONNECT": "220 mail.example ESMTP", "MAIL": "250 2.1.0 Ok", "RCPT": "250 2.1.5 Ok",
	"DATA": "354 End data with <CR><LF>.<CR><LF>", ".": "250 2.0.0 Ok: queued as 4XyZ12",
	"QUIT": "221 2.0.0 Bye", "RSET": "250 2.0.0 Ok", "AUTH": "235 2.7.0 Authentication successful",
	"STARTTLS": "220 2.0.0 Ready to start TLS", "*": "501 5.7.0 Authentication aborted",
}

// dial is the Dial hook of a courier: the network is a pipe.
func (s *script) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	s.serving.Go(func() { s.serve(there) })
	return here, nil
}

// listen serves on a real socket until the test ends and returns its port.
func (s *script) listen(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); s.serving.Wait() })
	return l.Addr().(*net.TCPAddr).Port
}

func (s *script) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	s.mu.Lock()
	s.connections++
	behaves := s.more && s.connections > 1
	s.mu.Unlock()
	if s.implicit {
		conn = tls.Server(conn, s.tls)
	}
	in := bufio.NewReader(conn)
	if !s.act(conn, "CONNECT", behaves) {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.commands = append(s.commands, line)
		s.mu.Unlock()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if !s.act(conn, verb, behaves) || verb == "QUIT" {
			return
		}
		switch {
		case verb == "STARTTLS" && s.doing(verb, behaves)[0] == '2':
			if what := s.stages["TLS"]; what != "" && !s.act(conn, "TLS", behaves) {
				return
			}
			conn = tls.Server(conn, s.tls)
			in = bufio.NewReader(conn)
		case verb == "DATA" && s.doing(verb, behaves)[0] == '3':
			if !s.take(conn, in, behaves) {
				return
			}
		}
	}
}

// take reads a mail up to its dot.
func (s *script) take(conn net.Conn, in *bufio.Reader, behaves bool) bool {
	var mail strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			s.mu.Lock()
			s.torn = mail.String() + line
			s.mu.Unlock()
			return false
		}
		if line == ".\r\n" {
			break
		}
		mail.WriteString(strings.TrimPrefix(line, "."))
	}
	s.mu.Lock()
	s.mails = append(s.mails, mail.String())
	if s.doing(".", behaves)[0] == '2' {
		s.accepted++
	}
	s.mu.Unlock()
	return s.act(conn, ".", behaves)
}

func (s *script) doing(stage string, behaves bool) string {
	if what := s.stages[stage]; what != "" && !behaves {
		return what
	}
	if stage == "EHLO" {
		return s.hello()
	}
	if what := behaviour[stage]; what != "" {
		return what
	}
	if what := s.stages[""]; what != "" && !behaves {
		return what
	}
	return "500 5.5.1 unknown"
}

func (s *script) hello() string {
	lines := append([]string{"mail.example"}, s.offers...)
	if s.tls != nil && !s.implicit {
		lines = append(lines, "STARTTLS")
	}
	return "250-" + strings.Join(lines, "\r\n250-") + "\r\n250 ENHANCEDSTATUSCODES"
}

func (s *script) act(conn net.Conn, stage string, behaves bool) bool {
	what := s.doing(stage, behaves)
	switch word, rest, _ := strings.Cut(what, " "); word {
	case "drop":
		return false
	case "clear":
		in := bufio.NewReader(conn)
		if _, err := in.ReadByte(); err != nil {
			return false
		}
		go func() { _, _ = io.Copy(io.Discard, in) }()
		_, _ = conn.Write([]byte("220 hello there, this is no TLS\r\n"))
		return false
	case "hang":
		_, _ = io.Copy(io.Discard, conn)
		return false
	case "late":
		d, reply, _ := strings.Cut(rest, " ")
		wait, err := time.ParseDuration(d)
		if err != nil {
			panic(err)
		}
		<-time.After(wait) // in a bubble: no time passes outside
		what = reply
	}
	_, err := conn.Write([]byte(what + "\r\n"))
	return err == nil
}

// plain is a server without TLS behind the pipe of s.
func (s *script) plain() courier.Server {
	return courier.Server{Host: "127.0.0.1", Port: 25, TLS: courier.NoTLS,
		HELO: "dsrd.provider.example", Dial: s.dial}
}

const body = "Subject: hello\r\n\r\n.dot\r\n..two\r\n\r\nlast\r\n"

var someone = courier.Envelope{From: "bounce+k4f9@provider.example", To: "jane.admin@contoso.example"}

func send(c *courier.Courier) courier.Result {
	return sendThat(c, body)
}

func sendThat(c *courier.Courier, mail string) courier.Result {
	return c.Send(context.Background(), someone, strings.NewReader(mail), int64(len(mail)), nil)
}

// authority makes a certificate for the names and a pool that trusts it.
func authority(t testing.TB, end time.Time, names ...string) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.Add(-48 * time.Hour),
		NotAfter: end, DNSNames: names, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	// A ticket would be written while the client writes, and a pipe has no room for both.
	return &tls.Config{SessionTicketsDisabled: true,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}
