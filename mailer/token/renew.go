package token

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// renew gets a new access token.
func (s *Source) renew(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.config.Vault != nil {
		return s.rotate(ctx)
	}
	form := url.Values{"grant_type": {"client_credentials"}} // RFC 6749 4.4.2
	g, err := s.ask(ctx, form)
	if err != nil {
		return err
	}
	s.adopt(g)
	return nil
}

// rotate gets a new access token for the refresh token, and keeps the refresh token that comes with
// it: many providers take each only once.
//
// Once a request is on its way its answer is awaited even if ctx ends, Config.Timeout at most: it may
// hold the only refresh token that is still good. When it is lost all the same the old one is tried
// again, and a provider that takes this for theft says invalid_grant (RFC 9700 4.14.2).
func (s *Source) rotate(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if s.pending != nil {
		if err := s.settle(ctx); err != nil {
			return err
		}
		if s.config.Now().Before(s.current().renew) {
			return nil
		}
	}
	used, err := s.load(ctx)
	if err != nil {
		return err
	}
	g, err := s.exchange(ctx, used)
	if errors.Is(err, ErrGrant) {
		// Another process may have used it up and kept its successor.
		newer, again := s.load(ctx)
		if again != nil || newer == used {
			return err
		}
		g, err = s.exchange(ctx, newer)
	}
	if err != nil {
		return err
	}
	s.pending = &g
	return s.settle(ctx)
}

// exchange is RFC 6749 6.
func (s *Source) exchange(ctx context.Context, refresh string) (grant, error) {
	g, err := s.ask(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
	if g.refresh == refresh {
		g.refresh = "" // nothing new to keep
	}
	return g, err
}

// settle keeps the refresh token of the pending grant, and then lets its access token be used. A
// vault that fails costs nothing: the grant stays pending, and no request is made before it is kept.
func (s *Source) settle(ctx context.Context) error {
	if s.pending.refresh != "" {
		ctx, cancel := context.WithTimeout(ctx, vaultTimeout)
		defer cancel()
		if err := s.config.Vault.Keep(ctx, s.pending.refresh); err != nil {
			return temporary("keep the new refresh token: %s", s.pending.clean(err))
		}
	}
	s.adopt(*s.pending)
	s.pending = nil
	return nil
}

func (s *Source) load(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, vaultTimeout)
	defer cancel()
	refresh, err := s.config.Vault.Load(ctx)
	switch {
	case err != nil:
		return "", temporary("load the refresh token: %v", err)
	case refresh == "":
		return "", &refusal{fault: ErrGrant, text: "there is no refresh token yet"}
	case !printable(refresh):
		return "", &refusal{fault: ErrGrant, text: "what is kept is no refresh token"}
	}
	return refresh, nil
}

// ask fills in what all requests say and makes one, bounded in time.
func (s *Source) ask(ctx context.Context, form url.Values) (grant, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	form.Set("client_id", s.config.ClientID)
	if s.config.Scope != "" {
		form.Set("scope", s.config.Scope)
	}
	if s.config.Secret != nil {
		secret, err := s.config.Secret(ctx)
		if err != nil {
			return grant{}, fmt.Errorf("%w: get the client's secret: %v", ErrTemporary, err)
		}
		form.Set("client_secret", secret) // RFC 6749 2.3.1, in the body
	}
	return s.endpoint.post(ctx, form)
}

// adopt makes a grant the present one.
func (s *Source) adopt(g grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access = access{
		token: g.access, got: g.asked,
		renew: g.asked.Add(g.life / 4 * 3), expires: g.asked.Add(g.life),
	}
}
