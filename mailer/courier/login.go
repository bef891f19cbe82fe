package courier

import (
	"context"
	"fmt"
	"slices"

	"github.com/wneessen/go-mail/smtp"
)

// mechanism picks how to log in by password from what the server offers. The connection is verified TLS or
// stays on this machine, so PLAIN, which every server speaks correctly, comes first.
func (c *Courier) mechanism(ctx context.Context, offered []string) (smtp.Auth, error) {
	s := c.server
	inClear := s.TLS == NoTLS
	password, err := s.Password(ctx)
	if err != nil {
		return nil, trustError(fmt.Sprintf("password: %v", err))
	}
	switch {
	case slices.Contains(offered, "PLAIN"):
		return smtp.PlainAuth("", s.User, password, s.Host, inClear), nil
	case slices.Contains(offered, "LOGIN"):
		return smtp.LoginAuth(s.User, password, s.Host, inClear), nil
	case slices.Contains(offered, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(s.User, password), nil
	}
	return nil, trustError("server offers neither PLAIN, LOGIN nor SCRAM-SHA-256")
}
