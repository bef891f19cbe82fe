package inbox

import (
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
)

const xoauth2 = "XOAUTH2"

// bearer logs in with an access token. Both mechanisms send it at once; a challenge then means that
// it was refused, and the server wants an answer before it says NO.
type bearer struct {
	name    string
	token   []byte
	answer  []byte
	before  func() // the answer
	refused bool
}

var _ sasl.Client = (*bearer)(nil)

// bearer picks the mechanism: the configured one, or the first that is offered; nil when there is
// none. XOAUTH2 comes first: the big providers all have it, Exchange Online has nothing else, and it
// is what other mail programs use.
func (l *line) bearer(caps imap.CapSet, who Login) *bearer {
	offered := func(name string) bool {
		return caps.Has(imap.AuthCap(name)) && (l.config.Mechanism == "" || l.config.Mechanism == name)
	}
	if offered(xoauth2) {
		return &bearer{
			name:  xoauth2,
			token: []byte("user=" + who.User + "\x01auth=Bearer " + who.Token + "\x01\x01"),
			// Not nil, which go-sasl takes for no answer at all.
			answer: []byte{}, before: l.emptyLine,
		}
	}
	if !offered(sasl.OAuthBearer) {
		return nil
	}
	options := sasl.OAuthBearerOptions{Username: saslName.Replace(who.User), Token: who.Token}
	host, port, _ := net.SplitHostPort(l.config.Addr) // checked in New
	options.Host = host
	options.Port, _ = strconv.Atoi(port) // a service's name: then none is said
	name, token, _ := sasl.NewOAuthBearerClient(&options).Start()
	// RFC 7628 3.2.3: a single %x01. go-sasl's own Next returns an error there, with which go-imap
	// leaves the exchange half done.
	return &bearer{name: name, token: token, answer: []byte{1}, before: func() {}}
}

// saslName quotes a name for a GS2 header (RFC 5801 4), which go-sasl does not.
var saslName = strings.NewReplacer("=", "=3D", ",", "=2C")

// Start names the mechanism and sends the token.
func (b *bearer) Start() (mechanism string, token []byte, err error) { return b.name, b.token, nil }

// Next answers the challenge, which is a JSON text that says no more than the NO after it.
func (b *bearer) Next([]byte) ([]byte, error) {
	if b.refused {
		return nil, errors.New("the server does not come to an end of the login")
	}
	b.refused = true
	b.before()
	return b.answer, nil
}

// check finds what would break out of a SASL message.
func (w Login) check() error {
	if strings.ContainsFunc(w.User, isControl) {
		return errors.New("the user's name holds control characters")
	}
	if strings.ContainsFunc(w.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the token holds characters that no token has (RFC 6750 2.1)")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// unsaid takes the secrets out of an error: some servers repeat a command that they did not like, or
// the beginning of it.
func (w Login) unsaid(err error) error {
	var no *imap.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &no):
		return &imap.Error{Type: no.Type, Code: no.Code, Text: w.clean(no.Text)}
	}
	return errors.New(w.clean(err.Error()))
}

// clean also takes out what only looks like a token or base64, cut off or not.
func (w Login) clean(text string) string {
	const long = 16
	for _, secret := range []string{w.Password, w.Token} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	words := strings.Fields(text)
	for i, word := range words {
		if len(word) >= long && strings.Trim(word, tokenish) == "" {
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}

const tokenish = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=\"'()"

// hushed is a connection on which an empty SASL answer is an empty line.
//
// go-imap v2.0.0-beta.8 writes "=" for it. That is right for an initial response alone (RFC 4959 3);
// as an answer it is no base64.
type hushed struct {
	net.Conn
	empty bool // guarded by go-imap's lock on its writer, which a login holds from end to end
}

// emptyLine makes the next answer an empty one.
func (l *line) emptyLine() {
	l.hush.empty = true
}

// Write writes, except for that answer.
func (h *hushed) Write(p []byte) (int, error) {
	if !h.empty {
		return h.Conn.Write(p)
	}
	h.empty = false
	if string(p) != "=\r\n" {
		return h.Conn.Write(p)
	}
	if _, err := h.Conn.Write(p[1:]); err != nil {
		return 0, err
	}
	return len(p), nil
}
