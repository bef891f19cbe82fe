package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer/token"
)

// account is an OAuth account, shared by all connections that name it.
type account struct {
	name   string
	source *token.Source
	health *health
}

// openTokens makes a source for each of the configured accounts; none asks yet.
func (a *App) openTokens() error {
	for _, t := range a.options.Config.Tokens {
		c, err := a.tokenConfig(t)
		if err == nil {
			var s *token.Source
			if s, err = token.New(c); err == nil {
				a.tokens = append(a.tokens, &account{name: t.Name, source: s, health: a.health})
			}
		}
		if err != nil {
			return fmt.Errorf("token %s: %w", t.Name, err)
		}
	}
	return nil
}

func (a *App) tokenConfig(t config.Token) (token.Config, error) {
	roots, err := tlsConfig(t.CAFile, "")
	if err != nil {
		return token.Config{}, err
	}
	c := token.Config{
		Endpoint: t.Endpoint, ClientID: t.ClientID, Scope: t.Scope, TLSConfig: roots,
		Now: a.options.Now,
	}
	if t.Secret.Set() {
		c.Secret = func(context.Context) (string, error) { return read(t.Secret) }
	}
	if t.Grant == config.GrantRefresh {
		c.Vault = &seeded{
			vault: a.store.Vault(t.Name), seen: a.store.Vault(t.Name + "/seen"),
			file: token.File(t.RefreshToken), turn: a.seedingTurn(t.Name),
		}
	}
	return c, nil
}

// seedingTurn lets one replica at a time take a token from its file.
func (a *App) seedingTurn(name string) func(context.Context) (func(), error) {
	return func(ctx context.Context) (func(), error) {
		_, release, err := a.lease(ctx, "token/"+name)
		return release, err
	}
}

// account finds the account of that name; the configuration was checked.
func (a *App) account(name string) *account {
	for _, t := range a.tokens {
		if t.name == name {
			return t
		}
	}
	return nil
}

// token gives an access token, and tells how the account stands: a renewal fails
// well before the token in use ends, and that is the time to tell somebody.
func (t *account) token(ctx context.Context, refused bool) (string, error) {
	access, err := t.source.Token(ctx, refused)
	if ctx.Err() == nil {
		t.health.is("token "+t.name, t.source.Err())
	}
	if err != nil {
		return "", fmt.Errorf("token %s: %w", t.name, err)
	}
	return access, nil
}

// renewTokens renews what is about to expire, whether or not anybody logs in
// meanwhile; one account that hangs delays no other.
func (a *App) renewTokens(ctx context.Context) error {
	var all sync.WaitGroup
	for _, t := range a.tokens {
		all.Go(func() { _, _ = t.token(ctx, false) }) // told to health
	}
	all.Wait()
	return nil
}

// TokenStatus is how an OAuth account stands.
type TokenStatus struct {
	Name    string
	Expires time.Time // of the access token; zero when there is none
	Err     error     // why the last renewal failed; nil when it did not
}

// TokenStatus tells of every configured account, in their order.
func (a *App) TokenStatus() []TokenStatus {
	var all []TokenStatus
	for _, t := range a.tokens {
		all = append(all, TokenStatus{t.name, t.source.Expires(), t.source.Err()})
	}
	return all
}
