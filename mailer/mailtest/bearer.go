package mailtest

import (
	"errors"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"
)

const xoauth2 = "XOAUTH2"

func mechanisms(tokens bool) []string {
	if tokens {
		return []string{sasl.Plain, xoauth2, sasl.OAuthBearer}
	}
	return []string{sasl.Plain}
}

// AuthenticateMechanisms lists the configured mechanisms.
func (s *session) AuthenticateMechanisms() []string { return s.server.config.Mechanisms }

// Authenticate begins a login with one of them.
func (s *session) Authenticate(mechanism string) (sasl.Server, error) {
	if !slices.Contains(s.server.config.Mechanisms, mechanism) {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Text: "no such mechanism"}
	}
	switch mechanism {
	case xoauth2:
		return &xoauth2Server{check: func(user, token string) error {
			return s.bear(mechanism, user, token)
		}}, nil
	case sasl.OAuthBearer:
		check := func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if s.bear(mechanism, o.Username, o.Token) != nil {
				return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
			}
			return nil
		}
		return oauthBearer{sasl.NewOAuthBearerServer(check), imapserver.ErrAuthFailed}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error {
		return s.Login(user, password)
	}), nil
}

// bear lets a user in who has a good token.
func (s *session) bear(mechanism, user, token string) error {
	if err := s.ask("AUTHENTICATE", mechanism); err != nil {
		return err
	}
	a := s.server.account(user)
	if a == nil || s.server.config.Token == nil || !s.server.config.Token(user, token) {
		return imapserver.ErrAuthFailed
	}
	s.enter(a)
	return nil
}

// oauthBearer says no in the words of the protocol; an error of go-sasl would be a bug of the server.
type oauthBearer struct {
	sasl.Server
	no error
}

// Next takes the token or the answer to the challenge.
func (o oauthBearer) Next(said []byte) (challenge []byte, done bool, err error) {
	challenge, done, err = o.Server.Next(said)
	var refusal *sasl.OAuthBearerError
	if errors.As(err, &refusal) {
		err = o.no
	}
	return challenge, done, err
}

// xoauth2Server is the server's side of XOAUTH2, which no RFC describes: after a bad token comes a
// challenge, and NO only after its answer, which must be empty.
type xoauth2Server struct {
	check   func(user, token string) error
	refusal error
}

// Next takes the token or the answer to the challenge.
func (x *xoauth2Server) Next(said []byte) (challenge []byte, done bool, err error) {
	if x.refusal != nil {
		if len(said) != 0 {
			return nil, false, errors.New("the answer to the challenge is not empty")
		}
		return nil, false, x.refusal
	}
	if said == nil {
		return nil, false, nil // without SASL-IR: go on
	}
	user, rest, _ := strings.Cut(strings.TrimPrefix(string(said), "user="), "\x01")
	token, found := strings.CutSuffix(strings.TrimPrefix(rest, "auth=Bearer "), "\x01\x01")
	if !found {
		return nil, false, errors.New("this is not XOAUTH2")
	}
	if x.refusal = x.check(user, token); x.refusal == nil {
		return nil, true, nil
	}
	return []byte(`{"status":"401","schemes":"bearer","scope":"https://mail.example.test/"}`), false, nil
}
