package token

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Vault keeps the refresh token of an account. Both methods must be safe to repeat.
type Vault interface {
	// Load returns the newest refresh token, kept by us or put there by a person.
	Load(ctx context.Context) (string, error)
	// Keep replaces it durably and as a whole: after a crash there is the old one or the new one.
	Keep(ctx context.Context, refreshToken string) error
}

// Config describes an account at a provider. Zero values take the default named with each field.
type Config struct {
	Endpoint string // https URL of the token endpoint
	ClientID string
	// Secret is asked at each request, so that a rotated one counts at once; nil for a public
	// client, which the refresh grant alone allows.
	Secret func(context.Context) (string, error)
	Scope  string // as the provider wants it, separated by spaces; may be empty
	// Vault makes it the refresh token grant (RFC 6749 6); nil the client credentials grant (4.4).
	Vault Vault

	TLSConfig *tls.Config   // system roots, TLS 1.2
	Timeout   time.Duration // 30 s for a whole request; 10 s are for the vault
	Now       func() time.Time
}

const vaultTimeout = 10 * time.Second

func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	return c
}

func (c Config) check() error {
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "":
		// RFC 6749 3.2: TLS, no fragment. The text may hold a secret by mistake.
		return errors.New("the token endpoint must be an https URL without user or fragment")
	case c.ClientID == "":
		return errors.New("the client id is missing")
	case c.Vault == nil && c.Secret == nil:
		return errors.New("the client credentials grant needs a secret")
	case c.Now == nil:
		return errors.New("the clock is missing")
	case c.Timeout < 0:
		return fmt.Errorf("a timeout of %s", c.Timeout)
	case c.TLSConfig != nil && c.TLSConfig.InsecureSkipVerify:
		return errors.New("certificates must be verified: add the provider's authority to the roots")
	}
	return nil
}
