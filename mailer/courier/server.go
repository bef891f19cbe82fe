package courier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"time"
)

// Security is how a connection is protected. There is no setting that tries and gives in.
type Security string

const (
	StartTLS    Security = "starttls" // RFC 3207; a server that does not offer it gets nothing
	ImplicitTLS Security = "implicit" // RFC 8314 section 3.3, port 465
	NoTLS       Security = "none"     // for a relay on this machine only
)

// Server is a submission server and how to speak to it.
type Server struct {
	Host      string
	Port      int
	TLS       Security
	TLSConfig *tls.Config // roots and pins; may be nil; the server name defaults to Host
	HELO      string      // the name to give: a domain, or an address in brackets

	User     string                                // empty: do not log in
	Password func(context.Context) (string, error) // asked for at each connection
	// Token gives an OAuth 2 access token, instead of Password, at each connection. refused says
	// that the server did not take the one given last: another one is wanted.
	Token    func(ctx context.Context, refused bool) (string, error)
	AuthMech string // XOAuth2 or OAuthBearer, for Token; empty: the first of them that is offered

	Timeouts Timeouts // zero fields get the defaults
	Idle     int      // connections kept for the next mail; 0 ends each after its mail

	// Dial opens the connection; nil dials TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Timeouts bound each step by itself; a mail has no bound as a whole, its context has. The defaults
// are those of RFC 5321 section 4.5.3.2: a shorter one after the dot makes duplicates.
type Timeouts struct {
	Dial    time.Duration // 30 s
	Command time.Duration // 5 min: greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT
	Data    time.Duration // 2 min: the answer to DATA
	Block   time.Duration // 3 min: each block of the mail
	Dot     time.Duration // 10 min: the answer to the final dot
}

func (s Server) withDefaults() Server {
	t := &s.Timeouts
	for _, d := range []struct {
		have *time.Duration
		want time.Duration
	}{
		{&t.Dial, 30 * time.Second}, {&t.Command, 5 * time.Minute}, {&t.Data, 2 * time.Minute},
		{&t.Block, 3 * time.Minute}, {&t.Dot, 10 * time.Minute},
	} {
		if *d.have <= 0 {
			*d.have = d.want
		}
	}
	if s.Dial == nil {
		s.Dial = new(net.Dialer).DialContext
	}
	return s
}

var heloName = regexp.MustCompile(`^([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f.:IPv]+\])$`)

// Validate reports all that is wrong with the settings, without touching the network.
func (s Server) Validate() error {
	var errs []error
	complain := func(bad bool, why string) {
		if bad {
			errs = append(errs, fmt.Errorf("submission server: %s", why))
		}
	}
	complain(s.Host == "", "host is missing")
	complain(s.Port < 1 || s.Port > 65535, "port must be 1 to 65535")
	complain(!heloName.MatchString(s.HELO), "helo must be a domain name or an address in brackets")
	complain(s.TLS != StartTLS && s.TLS != ImplicitTLS && s.TLS != NoTLS,
		"tls must be starttls, implicit or none")
	complain(s.TLS == NoTLS && !loopback(s.Host), "tls none is for a server on this machine only")
	complain(s.User != "" && s.Password == nil && s.Token == nil,
		"a user needs a password or a token")
	complain(s.AuthMech != "" && s.AuthMech != XOAuth2 && s.AuthMech != OAuthBearer,
		"a token goes by xoauth2 or oauthbearer")
	complain(s.Token != nil && s.User == "", "a token needs a user")
	return errors.Join(errs...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s Server) tlsConfig() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12} // RFC 8314 section 4.1
	if s.TLSConfig != nil {
		config = s.TLSConfig.Clone()
		config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	}
	if config.ServerName == "" {
		config.ServerName = s.Host
	}
	return config
}
