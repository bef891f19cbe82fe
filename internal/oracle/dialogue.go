package oracle

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

// dialogue is one connection to a Receiver.
type dialogue struct {
	r      *Receiver
	conn   net.Conn
	in     *bufio.Reader
	secret bool // inside TLS
	from   string
	to     []string
	named  time.Time // when the first of them was
}

func newDialogue(r *Receiver, c net.Conn) *dialogue {
	return &dialogue{r: r, conn: c, in: bufio.NewReader(c)}
}

// run speaks until somebody hangs up.
func (d *dialogue) run() {
	if !d.say("CONNECT", "220 receiver.example ESMTP") {
		return
	}
	for {
		line, err := d.in.ReadString('\n')
		if err != nil || !d.obey(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

// obey carries out a command; false ends the dialogue.
func (d *dialogue) obey(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb = strings.ToUpper(verb); verb {
	case "EHLO", "HELO", "LHLO":
		return d.say("EHLO", d.greeting())
	case "STARTTLS":
		return d.say(verb, "220 2.0.0 go on") && d.hide()
	case "AUTH":
		return d.login(rest)
	case "MAIL":
		d.from, d.to = address(rest), nil
		return d.say(verb, "250 2.1.0 ok")
	case "RCPT":
		return d.recipient(address(rest))
	case "DATA":
		return d.data()
	case "RSET":
		d.from, d.to = "", nil
		return d.say(verb, "250 2.0.0 ok")
	case "NOOP":
		return d.say(verb, "250 2.0.0 ok")
	case "QUIT":
		d.say(verb, "221 2.0.0 bye")
		return false
	}
	return d.say(verb, "502 5.5.1 not here")
}

// say replies as the plan wants; false when the connection is to be closed.
func (d *dialogue) say(stage, usual string) bool {
	return d.give(d.r.reply(stage, usual, ""))
}

func (d *dialogue) give(answer Reply) bool {
	if answer.After > 0 {
		late := time.NewTimer(answer.After)
		defer late.Stop()
		select {
		case <-late.C:
		case <-d.r.closed:
			return false
		}
	}
	if answer.Cut {
		return false
	}
	_, err := fmt.Fprintf(d.conn, "%s\r\n", answer.Text)
	return err == nil && !strings.HasPrefix(answer.Text, "421")
}

func (d *dialogue) greeting() string {
	offers := []string{"receiver.example", "8BITMIME", "SIZE 50000000", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"}
	if d.r.tls != nil && !d.secret {
		offers[len(offers)-1] = "STARTTLS" // a login comes after it
	}
	var b strings.Builder
	for _, o := range offers[:len(offers)-1] {
		b.WriteString("250-" + o + "\r\n")
	}
	return b.String() + "250 " + offers[len(offers)-1]
}

func (d *dialogue) hide() bool {
	if d.r.tls == nil {
		return false
	}
	c := tls.Server(d.conn, d.r.tls)
	if c.Handshake() != nil {
		return false
	}
	d.conn, d.in, d.secret = c, bufio.NewReader(c), true
	return true
}

// login takes everybody: PLAIN (RFC 4616) with what is missing asked for, and LOGIN.
func (d *dialogue) login(rest string) bool {
	mechanism, first, _ := strings.Cut(rest, " ")
	var questions []string
	switch {
	case strings.EqualFold(mechanism, "LOGIN"):
		questions = []string{"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"}
	case first == "":
		questions = []string{"334 "}
	}
	for _, q := range questions {
		if _, err := fmt.Fprintf(d.conn, "%s\r\n", q); err != nil {
			return false
		}
		if _, err := d.in.ReadString('\n'); err != nil {
			return false
		}
	}
	return d.say("AUTH", "235 2.7.0 welcome")
}

func (d *dialogue) recipient(to string) bool {
	answer := d.r.reply("RCPT", "250 2.1.5 ok", "")
	if answer.Text[0] == '2' {
		if len(d.to) == 0 {
			d.named = time.Now()
		}
		d.to = append(d.to, to)
	}
	return d.give(answer)
}

func (d *dialogue) data() bool {
	answer := d.r.reply("DATA", "354 go on", "")
	if len(d.to) == 0 {
		answer = Reply{Text: "503 5.5.1 to whom?"}
	}
	if !d.give(answer) {
		return false
	}
	if answer.Text[0] != '3' {
		return true
	}
	raw, err := d.text()
	if err != nil {
		return false
	}
	return d.give(d.r.take(d.named, d.from, d.to, raw))
}

// text reads a mail up to the dot (RFC 5321 4.5.2).
func (d *dialogue) text() ([]byte, error) {
	var b bytes.Buffer
	for {
		line, err := d.in.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if string(line) == ".\r\n" {
			return b.Bytes(), nil
		}
		if line[0] == '.' {
			line = line[1:]
		}
		b.Write(line)
	}
}

// address is what stands between the angle brackets.
func address(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
