package token_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/token"
)

type trouble = func(http.ResponseWriter, *http.Request) bool

// says gives an answer.
func says(status int, header, value, body string) trouble {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		if header != "" {
			w.Header().Set(header, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

// cancels ends the caller's context and answers all the same.
func cancels(cancel context.CancelFunc) trouble {
	return func(http.ResponseWriter, *http.Request) bool {
		cancel()
		return false
	}
}

// hangs ends the caller's context and waits until the caller is gone.
func hangs(cancel context.CancelFunc) trouble {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		cancel()
		<-r.Context().Done()
		return true
	}
}

func waits(busy, free chan struct{}) trouble {
	return func(http.ResponseWriter, *http.Request) bool {
		close(busy)
		<-free
		return false
	}
}

func TestAnswersAreSortedIntoWhatMendsItselfAndWhatDoesNot(t *testing.T) {
	refusal := func(code string) string {
		return `{"error":"` + code + `","error_description":"AADSTS7000215: refresh-0 of desk@x.test"}`
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		class  token.Fault
		says   string
	}{
		{"invalid_grant", 400, refusal("invalid_grant"), token.ErrGrant, "invalid_grant (AADSTS7000215)"},
		{"interaction_required", 400, refusal("interaction_required"), token.ErrGrant, "interaction_required"},
		{"invalid_client", 401, refusal("invalid_client"), token.ErrClient, "invalid_client (AADSTS7000215)"},
		{"invalid_scope", 400, refusal("invalid_scope"), token.ErrSettings, "invalid_scope"},
		{"unauthorized_client", 400, refusal("unauthorized_client"), token.ErrSettings, "unauthorized_client"},
		{"a code of its own", 400, refusal("desk@x.test"), token.ErrSettings, "an unknown reason"},
		{"temporarily_unavailable", 400, refusal("temporarily_unavailable"), token.ErrTemporary, "temporarily_unavailable"},
		{"invalid_grant with status 200", 200, refusal("invalid_grant"), token.ErrGrant, "invalid_grant"},
		{"invalid_grant with status 503", 503, refusal("invalid_grant"), token.ErrTemporary, "503"},
		{"too many requests", 429, "", token.ErrTemporary, "429"},
		{"a gateway", 502, "<html>", token.ErrTemporary, "502"},
		{"a proxy that wants a login", 403, "<html>access-1", token.ErrTemporary, "403"},
		{"no such page", 404, "<html>", token.ErrSettings, "no token endpoint"},
		{"no content", 204, "", token.ErrTemporary, "204"},
		{"an empty answer", 200, "", token.ErrTemporary, "RFC 6749"},
		{"HTML", 200, "<html>access-1", token.ErrTemporary, "RFC 6749"},
		{"no token", 200, `{"token_type":"Bearer"}`, token.ErrTemporary, "RFC 6749"},
		{"a token that is a number", 200, `{"access_token":7,"token_type":"Bearer"}`, token.ErrTemporary, "RFC 6749"},
		{"a token with a line break", 200, `{"access_token":"access-1\r\nX: y","token_type":"Bearer"}`, token.ErrTemporary, "RFC 6749"},
		{"a refresh token with a space", 200, `{"access_token":"access-1","token_type":"Bearer","refresh_token":"refresh- 1"}`, token.ErrTemporary, "RFC 6749"},
		{"two answers", 200, `{"access_token":"access-1","token_type":"Bearer"}{}`, token.ErrTemporary, "RFC 6749"},
		{"a token of another type", 200, `{"access_token":"access-1","token_type":"mac"}`, token.ErrSettings, "bearer"},
		{"a token without a type", 200, `{"access_token":"access-1"}`, token.ErrSettings, "bearer"},
		{"too long an answer", 200, `{"access_token":"access-1","token_type":"Bearer","x":"` + strings.Repeat("x", 64<<10) + `"}`, token.ErrTemporary, "65536 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.provider.set(func() { w.provider.trouble = says(c.status, "", "", c.body) })
			err := w.fails()
			if !errors.Is(err, c.class) || token.NeedsPerson(err) != (c.class != token.ErrTemporary) {
				t.Errorf("got %v, want %v", err, c.class)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, want it to say %q", err, c.says)
			}
			if len(w.vault.kept) != 0 {
				t.Errorf("kept %q", w.vault.kept)
			}
		})
	}
}

func TestTheLifeOfAToken(t *testing.T) {
	for _, c := range []struct {
		name string
		life string
		want time.Duration
	}{
		{"a number", `3600`, time.Hour},
		{"a number in quotes", `"3599"`, 3599 * time.Second},
		{"not told", `null`, 10 * time.Minute},
		{"nonsense", `{"a":1}`, 10 * time.Minute},
		{"none", `0`, 10 * time.Minute},
		{"negative", `-5`, 10 * time.Minute},
		{"a century", `3155760000`, 24 * time.Hour},
		{"more than fits", `1e300`, 10 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.provider.set(func() {
				w.provider.trouble = says(200, "", "",
					`{"access_token":"access-1","token_type":"bearer","expires_in":`+c.life+`}`)
			})
			w.wants("access-1", false)
			if got := w.source.Expires().Sub(noon); got != c.want {
				t.Errorf("got a life of %v, want %v", got, c.want)
			}
			if len(w.vault.kept) != 0 {
				t.Errorf("kept %q, want the old refresh token to stay", w.vault.kept)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var reached atomic.Int32
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		reached.Add(1)
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		w := newWorld(t, nil)
		w.config.TLSConfig.RootCAs.AddCert(elsewhere.Certificate())
		w.provider.set(func() { w.provider.trouble = says(status, "Location", elsewhere.URL, "") })
		if err := w.fails(); !errors.Is(err, token.ErrSettings) || reached.Load() != 0 {
			t.Errorf("%d: got %v and %d requests elsewhere, want ErrSettings and none", status, err, reached.Load())
		}
	}
}

func TestTheEndpointMustProveWhoItIs(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*tls.Config)
	}{
		{"an authority that we do not trust", func(c *tls.Config) { c.RootCAs = nil }},
		{"another name", func(c *tls.Config) { c.ServerName = "login.example.org" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(config *token.Config) { c.change(config.TLSConfig) })
			if err := w.fails(); !errors.Is(err, token.ErrSettings) || w.provider.asked() != 0 {
				t.Errorf("got %v after %d requests, want ErrSettings and none", err, w.provider.asked())
			}
		})
	}
}

func TestAnEndpointThatDoesNotAnswerIsLeft(t *testing.T) {
	for _, c := range []struct {
		name   string
		hinder trouble
	}{
		{"silence", func(_ http.ResponseWriter, r *http.Request) bool {
			<-r.Context().Done()
			return true
		}},
		{"a body that does not end", func(w http.ResponseWriter, r *http.Request) bool {
			fmt.Fprint(w, `{"access_token":"access-1",`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(c *token.Config) { c.Timeout = 200 * time.Millisecond })
			w.provider.set(func() { w.provider.trouble = c.hinder })
			if err := w.fails(); !errors.Is(err, token.ErrTemporary) {
				t.Errorf("got %v, want ErrTemporary", err)
			}
		})
	}
}

func TestAnEndpointThatIsNotThereIsTemporary(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.Close()
	if err := w.fails(); !errors.Is(err, token.ErrTemporary) || strings.Contains(err.Error(), "Post ") {
		t.Errorf("got %v, want ErrTemporary without the URL", err)
	}
}
