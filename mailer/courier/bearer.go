package courier

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// The mechanisms that carry an access token; Server.AuthMech names one.
const (
	XOAuth2     = "xoauth2"     // Gmail, and all that Exchange Online takes
	OAuthBearer = "oauthbearer" // RFC 7628
)

// A bearer is one login by token. The dialogue is not go-mail v0.8.1's: that has no OAUTHBEARER,
// leaves a challenge that is not base64 unanswered, and sends a token of any length in one line.
type bearer struct {
	mechanism string // as the server writes it
	first     string // what proves who we are
	farewell  string // the answer to the challenge that tells of an error
}

// bearerLogin asks for a token and says it. refused tells the source that the server did not like
// the last one.
func (c *Courier) bearerLogin(
	ctx context.Context, client *smtp.Client, offered []string, refused bool,
) error {
	mechanism, err := c.server.bearerMechanism(offered)
	if err != nil {
		return err
	}
	token, err := c.server.Token(ctx, refused)
	if err != nil {
		return trustError(fmt.Sprintf("access token: %v", err))
	}
	return c.server.bearer(mechanism, token).login(client.Text)
}

func (s Server) bearerMechanism(offered []string) (string, error) {
	wanted := []string{"XOAUTH2", "OAUTHBEARER"}
	if s.AuthMech != "" {
		wanted = []string{strings.ToUpper(s.AuthMech)}
	}
	for _, mechanism := range wanted {
		if slices.Contains(offered, mechanism) {
			return mechanism, nil
		}
	}
	return "", trustError("server does not offer " + strings.Join(wanted, " or "))
}

func (s Server) bearer(mechanism, token string) bearer {
	if mechanism == "OAUTHBEARER" {
		// RFC 5801 section 4: what would end the name is written out.
		user := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.User)
		return bearer{mechanism, "n,a=" + user + ",\x01host=" + s.Host + "\x01port=" +
			strconv.Itoa(s.Port) + "\x01auth=Bearer " + token + "\x01\x01", "\x01"}
	}
	return bearer{mechanism, "user=" + s.User + "\x01auth=Bearer " + token + "\x01\x01", ""}
}

// maxCommand is RFC 5321 section 4.5.3.1.4's; RFC 4954 section 4 forbids an initial response that
// makes AUTH longer.
const maxCommand = 512

func (b bearer) login(text *textproto.Conn) error {
	first := base64.StdEncoding.EncodeToString([]byte(b.first))
	line := "AUTH " + b.mechanism + " " + first
	whole := len(line)+len("\r\n") <= maxCommand
	if !whole {
		line = "AUTH " + b.mechanism
	}
	code, words, err := ask(text, line)
	if err == nil && code == 334 && !whole {
		code, words, err = ask(text, first)
	}
	if err != nil {
		return err
	}
	why := ""
	if code == 334 {
		// What speaks of the error is a challenge; the verdict comes after its answer (RFC 7628
		// section 3.2.3: a lone %x01; XOAUTH2: an empty line).
		why = complaint(words)
		code, words, err = ask(text, base64.StdEncoding.EncodeToString([]byte(b.farewell)))
		if err != nil {
			return err
		}
	}
	if code == 235 {
		return nil
	}
	return &textproto.Error{Code: code, Msg: strings.TrimSpace(words + why)}
}

// ask says a line and hears the answer, whatever it is.
func ask(text *textproto.Conn, line string) (int, string, error) {
	if err := text.PrintfLine("%s", line); err != nil {
		return 0, "", err
	}
	return text.ReadResponse(0)
}

// complaint is the status that the server's challenge tells, such as "invalid_token", or "".
func complaint(challenge string) string {
	raw, err := base64.StdEncoding.DecodeString(challenge)
	if err != nil {
		return ""
	}
	var said struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(raw, &said) != nil || said.Status == "" {
		return ""
	}
	return " (status " + said.Status + ")"
}
