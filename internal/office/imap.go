package office

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

// A Reader looks into a mailbox as a mail program does. It is another client than the daemon's, so
// that both cannot be wrong in the same way.
type Reader struct {
	Conn *tls.Conn
	in   *bufio.Reader
	tag  int
}

// DialIMAP logs in.
func DialIMAP(d *real.Dovecot, ca *mailtest.CA, user, password string) (*Reader, error) {
	config := ca.Client()
	config.ServerName = "localhost"
	c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.IMAPS), config)
	if err != nil {
		return nil, err
	}
	r := &Reader{Conn: c, in: bufio.NewReader(c)}
	if err := c.SetDeadline(time.Now().Add(Deadline)); err != nil {
		return nil, err
	}
	if _, err := r.line(); err != nil {
		return nil, err
	}
	_, err = r.Do("LOGIN %q %q", user, password)
	return r, err
}

func (r *Reader) line() (string, error) {
	s, err := r.in.ReadString('\n')
	return strings.TrimRight(s, "\r\n"), err
}

var literal = regexp.MustCompile(`\{(\d+)\}$`)

// Do runs a command and gives its untagged answers, each literal as one of its own.
func (r *Reader) Do(format string, args ...any) (answers []string, err error) {
	r.tag++
	tag := fmt.Sprintf("a%d", r.tag)
	if _, err := fmt.Fprintf(r.Conn, tag+" "+format+"\r\n", args...); err != nil {
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

// Mails are all that lie in a folder, oldest first; none where there is no such folder.
func (s *Site) Mails(t testing.TB, user, folder string) []string {
	t.Helper()
	mails, err := s.Look(user, folder)
	NoError(t, err)
	return mails
}

// Look is Mails for whoever does not mind that the server is down.
func (s *Site) Look(user, folder string) ([]string, error) {
	r, err := DialIMAP(s.Dovecot, s.CA, user, Password(user))
	if err != nil {
		return nil, err
	}
	defer r.Conn.Close()
	if _, err := r.Do("EXAMINE %q", folder); err != nil {
		return nil, nil
	}
	answers, err := r.Do("FETCH 1:* BODY.PEEK[]")
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

// Password is what opens a user's mailbox.
func Password(user string) string { return "secret-of-" + user }
