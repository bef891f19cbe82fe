package app

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// What a server may say at most to one command: a checkup keeps it in memory.
const (
	maxTalkLine    = 64 << 10
	maxTalkLiteral = 1 << 20
	maxTalkAnswers = 20_000
)

// talk is a conversation with an IMAP server (RFC 9051) in which only words are said
// that change nothing. It is not inbox's connection: that one makes folders.
type talk struct {
	conn net.Conn
	r    *bufio.Reader
	tag  int
	caps map[string]bool // upper case
}

// answer is one untagged answer: its line, in which a literal stands as "", and the
// literals themselves.
type answer struct {
	line     string
	literals []string
}

// no is a refused command; the connection lives.
type no struct{ said string }

func (n no) Error() string { return "the server said " + n.said }

// newTalk hears the greeting on a connection. Whoever ends ctx ends the conversation.
func newTalk(ctx context.Context, conn net.Conn) (*talk, error) {
	t := &talk{conn: conn, r: bufio.NewReaderSize(conn, 4096)}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	a, err := t.hear()
	if err != nil {
		return nil, fmt.Errorf("wait for the greeting: %w", err)
	}
	if !strings.HasPrefix(strings.ToUpper(a.line), "* OK") {
		return nil, fmt.Errorf("wait for the greeting: the server said %q", clip(a.line))
	}
	return t, nil
}

// secure begins TLS on the conversation. What was said in clear is forgotten
// (RFC 9051 6.2.1).
func (t *talk) secure(ctx context.Context, c *tls.Config) error {
	if !t.caps["STARTTLS"] {
		return errors.New("the server does not offer STARTTLS: somebody on the way may have taken it out")
	}
	if _, err := t.say("STARTTLS"); err != nil {
		return err
	}
	if t.r.Buffered() > 0 {
		return errors.New("the server said more before TLS began: nothing of it can be trusted")
	}
	secured := tls.Client(t.conn, c)
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	t.conn, t.r, t.caps = secured, bufio.NewReaderSize(secured, 4096), nil
	return nil
}

// learn asks what the server can do.
func (t *talk) learn() error {
	answers, err := t.say("CAPABILITY")
	if err != nil {
		return err
	}
	t.caps = map[string]bool{}
	for _, a := range answers {
		words := strings.Fields(strings.ToUpper(a.line))
		if len(words) > 1 && words[1] == "CAPABILITY" {
			for _, w := range words[2:] {
				t.caps[w] = true
			}
		}
	}
	return nil
}

// say gives a command and hears all its answers. The error is a no when it was
// refused.
func (t *talk) say(command string) ([]answer, error) {
	tag, err := t.begin(command)
	if err != nil {
		return nil, err
	}
	return t.until(tag, nil)
}

func (t *talk) begin(command string) (string, error) {
	t.tag++
	tag := "C" + strconv.Itoa(t.tag)
	_, err := io.WriteString(t.conn, tag+" "+command+"\r\n")
	return tag, err
}

// until hears up to the end of a command; asked answers a "+", nil refuses to.
func (t *talk) until(tag string, asked func() string) ([]answer, error) {
	var all []answer
	for range maxTalkAnswers {
		a, err := t.hear()
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(a.line, "+") {
			reply := "*" // RFC 9051 6.2.2: that ends it
			if asked != nil {
				reply = asked()
			}
			if _, err := io.WriteString(t.conn, reply+"\r\n"); err != nil {
				return nil, err
			}
			continue
		}
		rest, ours := strings.CutPrefix(a.line, tag+" ")
		if !ours {
			all = append(all, a)
			continue
		}
		if !strings.HasPrefix(strings.ToUpper(rest), "OK") {
			return all, no{clip(rest)}
		}
		return all, nil
	}
	return nil, errors.New("the server does not come to an end")
}

// hear reads one answer with its literals (RFC 9051 4.3).
func (t *talk) hear() (answer, error) {
	var a answer
	for {
		line, err := t.line()
		if err != nil {
			return a, err
		}
		open := strings.LastIndexByte(line, '{')
		if open < 0 || !strings.HasSuffix(line, "}") {
			a.line += line
			return a, nil
		}
		size, err := strconv.Atoi(line[open+1 : len(line)-1])
		if err != nil {
			a.line += line
			return a, nil //nolint:nilerr // a line that ends in braces, and no literal
		}
		if size < 0 || size > maxTalkLiteral {
			return a, fmt.Errorf("the server sends %d bytes at once", size)
		}
		literal := make([]byte, size)
		if _, err := io.ReadFull(t.r, literal); err != nil {
			return a, err
		}
		a.literals = append(a.literals, string(literal))
		a.line += line[:open] + `""`
	}
}

func (t *talk) line() (string, error) {
	var line []byte
	for {
		part, err := t.r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case len(line) > maxTalkLine:
			return "", errors.New("the server says a line without end")
		}
	}
}

// end says goodbye; what the server thinks of it makes no difference.
func (t *talk) end() {
	_, _ = t.say("LOGOUT")
	_ = t.conn.Close()
}

// clip bounds what is repeated of a server's words.
func clip(s string) string {
	const most = 160
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s), "?")
}
