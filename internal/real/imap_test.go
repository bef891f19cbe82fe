package real_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// A reader looks into a mailbox as a mail program does. It is another client than the daemon's, so
// that both cannot be wrong in the same way.
type reader struct {
	conn *tls.Conn
	in   *bufio.Reader
	tag  int
}

// dialIMAP logs in.
func dialIMAP(d *real.Dovecot, ca *mailtest.CA, user, password string) (*reader, error) {
	config := ca.Client()
	config.ServerName = "localhost"
	c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.IMAPS), config)
	if err != nil {
		return nil, err
	}
	r := &reader{conn: c, in: bufio.NewReader(c)}
	if err := c.SetDeadline(time.Now().Add(deadline)); err != nil {
		return nil, err
	}
	if _, err := r.line(); err != nil {
		return nil, err
	}
	_, err = r.do("LOGIN %q %q", user, password)
	return r, err
}

func (r *reader) line() (string, error) {
	s, err := r.in.ReadString('\n')
	return strings.TrimRight(s, "\r\n"), err
}

var literal = regexp.MustCompile(`\{(\d+)\}$`)

// do runs a command and gives its untagged answers, each literal as one of its own.
func (r *reader) do(format string, args ...any) (answers []string, err error) {
	r.tag++
	tag := fmt.Sprintf("a%d", r.tag)
	if _, err := fmt.Fprintf(r.conn, tag+" "+format+"\r\n", args...); err != nil {
		return nil, err
	}
	for {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		if status, ok := strings.CutPrefix(line, tag+" "); ok {
			if !strings.HasPrefix(status, "OK") {
				return answers, fmt.Errorf("imap: %s", status)
			}
			return answers, nil
		}
		answers = append(answers, line)
		if m := literal.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			b := make([]byte, n)
			if _, err := io.ReadFull(r.in, b); err != nil {
				return nil, err
			}
			answers = append(answers, string(b))
		}
	}
}

// mails are all that lie in a folder, oldest first; none where there is no such folder.
func (s *site) mails(t testing.TB, user, folder string) []string {
	t.Helper()
	mails, err := s.look(user, folder)
	noError(t, err)
	return mails
}

func (s *site) look(user, folder string) ([]string, error) {
	r, err := dialIMAP(s.dovecot, s.ca, user, password(user))
	if err != nil {
		return nil, err
	}
	defer r.conn.Close()
	if _, err := r.do("EXAMINE %q", folder); err != nil {
		return nil, nil
	}
	answers, err := r.do("FETCH 1:* BODY.PEEK[]")
	if err != nil && strings.Contains(err.Error(), "Invalid messageset") {
		return nil, nil // the folder is empty
	}
	if err != nil {
		return nil, err
	}
	var all []string
	for i, a := range answers {
		if literal.MatchString(a) && strings.Contains(a, " FETCH ") {
			all = append(all, answers[i+1])
		}
	}
	return all, nil
}

func password(user string) string { return "secret-of-" + user }
