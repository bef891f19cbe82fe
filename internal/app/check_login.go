package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/dsrd/dsrd/internal/config"
)

// errRefused says that the server did not believe who we are.
var errRefused = errors.New("the login is refused")

// login proves who we are, by the way that is configured.
func (k *Checkup) login(ctx context.Context, t *talk, m config.Mailbox) error {
	if m.Auth == "password" {
		password, err := read(m.Password)
		if err != nil {
			return err
		}
		return t.password(m.User, password)
	}
	token, err := k.tokens.get(ctx, m.Token)
	if err != nil {
		return err
	}
	return t.bearer(m, token)
}

// password logs in by AUTHENTICATE PLAIN (RFC 4616), or LOGIN where that is all
// there is.
func (t *talk) password(user, password string) error {
	if t.caps["AUTH=PLAIN"] {
		return t.authenticate("PLAIN", "\x00"+user+"\x00"+password, "*")
	}
	if t.caps["LOGINDISABLED"] { // RFC 9051 6.2.3
		return errors.New("the server offers no login by password")
	}
	if strings.ContainsAny(user+password, "\r\n\x00") {
		return errors.New("user or password hold a line break")
	}
	_, err := t.say("LOGIN " + quoted(user) + " " + quoted(password))
	return refusedLogin(err)
}

// bearer logs in with an access token (RFC 7628, and XOAUTH2, which no RFC describes).
func (t *talk) bearer(m config.Mailbox, token string) error {
	mechanism := strings.ToUpper(m.Auth)
	if !t.caps["AUTH="+mechanism] {
		return fmt.Errorf("the server does not offer %s", mechanism)
	}
	if mechanism == "XOAUTH2" {
		return t.authenticate(mechanism, "user="+m.User+"\x01auth=Bearer "+token+"\x01\x01", "")
	}
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(m.User) // RFC 5801 4
	said := "n,a=" + name + ",\x01host=" + m.Host + "\x01port=" + strconv.Itoa(m.Port) +
		"\x01auth=Bearer " + token + "\x01\x01"
	return t.authenticate(mechanism, said, base64.StdEncoding.EncodeToString([]byte{1})) // RFC 7628 3.2.3
}

// authenticate says the mechanism's words, at once where the server takes that
// (RFC 4959). A second question means that they were refused: it gets last.
func (t *talk) authenticate(mechanism, words, last string) error {
	words = base64.StdEncoding.EncodeToString([]byte(words))
	command := "AUTHENTICATE " + mechanism
	replies := []string{words, last}
	if t.caps["SASL-IR"] {
		command, replies = command+" "+words, []string{last}
	}
	tag, err := t.begin(command)
	if err != nil {
		return err
	}
	_, err = t.until(tag, func() string {
		if len(replies) == 0 {
			return "*"
		}
		next := replies[0]
		replies = replies[1:]
		return next
	})
	return refusedLogin(err)
}

// refusedLogin tells a refusal from trouble. What the server said is left out: some
// repeat the command.
func refusedLogin(err error) error {
	var n no
	if !errors.As(err, &n) {
		return err
	}
	code := ""
	if _, rest, found := strings.Cut(n.said, "["); found {
		code, _, _ = strings.Cut(rest, "]")
	}
	for _, trouble := range []string{"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"} { // RFC 5530 3
		if strings.EqualFold(code, trouble) {
			return fmt.Errorf("the server cannot log us in now (%s)", trouble)
		}
	}
	return errRefused
}

// quoted is a string as IMAP wants it (RFC 9051 9).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// hostport is where a server is.
func hostport(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
