package office

import (
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// Deliver hands a mail over to Postfix as a stranger's server does.
func (s *Site) Deliver(from, to, raw string) error {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Postfix.Inbound))
	if err != nil {
		return err
	}
	return handOver(c, "EHLO", from, to, raw)
}

// Store hands a mail over to Dovecot as the last server on its way does (RFC 2033).
func (s *Site) Store(from, to, raw string) error {
	c, err := net.Dial("unix", s.Dovecot.LMTP)
	if err != nil {
		return err
	}
	return handOver(c, "LHLO", from, to, raw)
}

func handOver(c net.Conn, hello, from, to, raw string) error {
	err := c.SetDeadline(time.Now().Add(Deadline))
	text := textproto.NewConn(c)
	defer text.Close()
	say := func(code int, format string, args ...any) {
		if err == nil && format != "" {
			err = text.PrintfLine(format, args...)
		}
		if err == nil {
			_, _, err = text.ReadResponse(code)
		}
	}
	say(220, "")
	say(250, "%s mail.elsewhere.example", hello)
	say(250, "MAIL FROM:<%s>", from)
	say(250, "RCPT TO:<%s>", to)
	say(354, "DATA")
	if err == nil {
		w := text.DotWriter()
		if _, err = w.Write([]byte(strings.ReplaceAll(raw, "\r\n", "\n"))); err == nil {
			err = w.Close()
		}
	}
	say(250, "")
	say(221, "QUIT")
	return err
}
