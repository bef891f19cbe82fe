// Package token gets OAuth 2 access tokens for one account from the token endpoint of its provider
// (RFC 6749) and renews them before they expire.
//
// It must never let a token or secret into an error, never speak to an endpoint whose certificate is
// not verified, and never use a new refresh token before it is kept.
package token

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Source hands out the access token of one account. Its methods may be called from several
// goroutines; one request to the endpoint runs at a time.
type Source struct {
	config   Config
	endpoint *endpoint
	turn     chan struct{} // holds one: whoever took it may ask the endpoint
	pace     pace          // guarded by turn
	pending  *grant        // granted, and its refresh token not kept yet; guarded by turn

	mu     sync.Mutex
	access access
	err    error
}

// access is an access token and its life.
type access struct {
	token   string
	got     time.Time
	renew   time.Time // from here on a newer one is wanted
	expires time.Time
}

// New describes a source; the first Token asks the endpoint.
func New(config Config) (*Source, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("configure a token source: %w", err)
	}
	return &Source{
		config: config, endpoint: newEndpoint(config), turn: make(chan struct{}, 1),
		pace: pace{now: config.Now},
	}, nil
}

// Token returns an access token. With refused set, a server has just refused the last one: then it
// is renewed, unless it is so young that a newer one would be refused as well.
//
// While a renewal fails, a token that still lives is handed out; Err tells of the failure. Without
// one the error is a Fault: ErrTemporary mends itself, all others need a person. Between failures
// the endpoint is left alone for a while, and the last error is repeated.
func (s *Source) Token(ctx context.Context, refused bool) (string, error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return "", fmt.Errorf("wait for an access token: %w", ctx.Err())
	}
	defer func() { <-s.turn }()
	if refused {
		s.discard()
	}
	now := s.config.Now()
	if a := s.current(); a.token != "" && now.Before(a.renew) {
		return a.token, nil
	}
	err := s.pace.wait()
	if err == nil {
		if err = s.renew(ctx); err != nil && ctx.Err() != nil {
			return "", fmt.Errorf("get an access token: %w", ctx.Err()) // that is nobody's failure
		}
		s.pace.ended(err)
		s.note(err)
	}
	if a := s.current(); a.token != "" && s.config.Now().Before(a.expires) {
		return a.token, nil
	}
	if err != nil {
		return "", fmt.Errorf("get an access token: %w", err)
	}
	return "", fmt.Errorf("get an access token: %w: it expired on its way", ErrTemporary)
}

// Current is Token for whoever is not told of refusals.
func (s *Source) Current(ctx context.Context) (string, error) { return s.Token(ctx, false) }

// Expires is when the present access token ends; zero when there is none.
func (s *Source) Expires() time.Time { return s.current().expires }

// Err is why the last renewal failed, nil when it did not: it fails before the token expires, and
// that is the time to tell somebody.
func (s *Source) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Source) current() access {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.access
}

func (s *Source) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// young is how long after its birth a token is not renewed for a refusal: several connections may be
// refused with the token before it, and a server that refuses a new one will refuse the next.
const young = 30 * time.Second

func (s *Source) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.config.Now().Sub(s.access.got)
	if age < 0 || age >= young { // a clock that was set back says nothing about age
		s.access = access{}
	}
}
