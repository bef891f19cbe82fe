package inbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// startTLS asks a server for TLS in plain text, and nothing else (RFC 9051 6.2.1).
//
// go-imap has a way to do this, NewStartTLS, which v2.0.0-beta.8 never returns from when the
// connection ends after "OK" and before its CRLF; it also keeps what came after that CRLF in plain
// text. Here nothing is read beyond the answer: what somebody slipped in after it (RFC 9051 11.3,
// CVE-2011-0411) is no TLS, and ends the handshake.
func (l *line) startTLS(ctx context.Context) (net.Conn, error) {
	stop := context.AfterFunc(ctx, l.conn.abort)
	defer stop()
	l.conn.wait()
	defer l.conn.rest()
	if err := askForTLS(l.conn); err != nil {
		return nil, err
	}
	secure := tls.Client(l.conn, l.config.secured())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	// go-imap waits for a greeting; the one that came in plain text counts for nothing any more.
	return &greeted{Conn: secure, rest: "* OK the connection is secure\r\n"}, nil
}

const startTag = "S1 "

func askForTLS(c net.Conn) error {
	greeting, err := plainLine(c)
	if err != nil {
		return err
	}
	// PREAUTH would be a session that somebody else began (RFC 9051 7.1.4).
	if !strings.HasPrefix(strings.ToUpper(greeting), "* OK") {
		return errors.New("the greeting is none that TLS can follow")
	}
	if _, err := io.WriteString(c, startTag+"STARTTLS\r\n"); err != nil {
		return fmt.Errorf("ask for TLS: %v", err)
	}
	const plenty = 20
	for range plenty {
		answer, err := plainLine(c)
		if err != nil {
			return err
		}
		word, tagged := strings.CutPrefix(strings.ToUpper(answer), startTag)
		switch {
		case tagged && (word == "OK" || strings.HasPrefix(word, "OK ")):
			return nil
		case tagged:
			return errors.New("the server refuses TLS")
		}
	}
	return errors.New("the server does not answer")
}

// plainLine reads one line, byte by byte so as to read no more.
func plainLine(c net.Conn) (string, error) {
	const long = 4096
	var line []byte
	b := make([]byte, 1)
	for len(line) < long {
		if _, err := io.ReadFull(c, b); err != nil {
			return "", fmt.Errorf("before TLS: %v", err)
		}
		if b[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, b[0])
	}
	return "", errors.New("a line without end before TLS")
}

// greeted is a connection with something to be read before what arrives.
type greeted struct {
	net.Conn
	rest string
}

// Read reads.
func (g *greeted) Read(p []byte) (int, error) {
	if g.rest == "" {
		return g.Conn.Read(p)
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}
