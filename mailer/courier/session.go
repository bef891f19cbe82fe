package courier

import (
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// A session is a connection that is ready for a mail.
type session struct {
	wire   *wire
	text   *textproto.Conn
	limits Timeouts

	sized      bool  // RFC 1870: MAIL takes SIZE=
	limit      int64 // bytes of the largest mail; 0: not told
	pipelining bool  // RFC 2920
	dsn        bool  // RFC 3461
	mails      int   // carried so far

	block []byte // what is read of a mail at a time
	lines stuffer
}

func newSession(w *wire, client *smtp.Client, limits Timeouts) *session {
	s := &session{wire: w, text: client.Text, limits: limits}
	var limit string
	s.sized, limit = client.Extension("SIZE")
	if n, err := strconv.ParseUint(strings.TrimSpace(limit), 10, 63); err == nil {
		s.limit = int64(n)
	}
	s.pipelining, _ = client.Extension("PIPELINING")
	s.dsn, _ = client.Extension("DSN")
	return s
}

// say writes command lines and waits for no answer.
func (s *session) say(lines ...string) error {
	for _, line := range lines {
		if _, err := s.text.W.WriteString(line + "\r\n"); err != nil {
			return err
		}
	}
	return s.text.W.Flush()
}

// quitPatience is short: the mail's fate is known, the farewell is good manners.
const quitPatience = 2 * time.Second

// quit ends the session politely and never fails; it must not be called after DATA was said and
// the dot was not, because a QUIT there becomes text of the mail or completes it.
func (s *session) quit() {
	s.wire.arm(quitPatience)
	if s.say("QUIT") == nil {
		_, _, _ = s.text.ReadResponse(2)
	}
	s.wire.abort()
}
