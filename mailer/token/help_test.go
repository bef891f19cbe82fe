package token_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/token"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)

// clock stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// vault keeps a refresh token in memory, or fails to.
type vault struct {
	mu   sync.Mutex
	held string
	kept []string
	fail error
}

func (v *vault) Load(context.Context) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.held, nil
}

func (v *vault) Keep(_ context.Context, refresh string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return v.fail
	}
	v.held = refresh
	v.kept = append(v.kept, refresh)
	return nil
}

func (v *vault) breaks(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fail = err
}

const (
	clientID     = "desk-client"
	clientSecret = "client-secret-0123456789"
)

// provider is a token endpoint. It takes each refresh token once, as strict ones do.
type provider struct {
	*httptest.Server
	mu       sync.Mutex
	good     string // the refresh token that is good now
	life     any    // expires_in
	requests []url.Values
	n        int
	// Trouble answers instead, when set; false lets the honest answer follow.
	trouble func(w http.ResponseWriter, r *http.Request) bool
	// lose takes the answer away after the work is done.
	lose bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{good: "refresh-0", life: 3600}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.answer))
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

func (p *provider) roots() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(p.Certificate())
	return &tls.Config{RootCAs: pool}
}

func (p *provider) answer(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	p.requests = append(p.requests, r.PostForm)
	if p.trouble != nil && p.trouble(w, r) {
		return
	}
	status, answer := p.grant(r)
	if p.lose {
		p.lose = false
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (p *provider) grant(r *http.Request) (int, map[string]any) {
	if r.PostForm.Get("client_id") != clientID || r.PostForm.Get("client_secret") != clientSecret {
		return http.StatusUnauthorized, map[string]any{"error": "invalid_client"}
	}
	refresh := r.PostForm.Get("grant_type") == "refresh_token"
	if refresh && r.PostForm.Get("refresh_token") != p.good {
		return http.StatusBadRequest, map[string]any{
			"error":             "invalid_grant",
			"error_description": "AADSTS700082: The token of desk@x.test expired. Trace: " + p.good,
		}
	}
	p.n++
	answer := map[string]any{
		"access_token": fmt.Sprintf("access-%d", p.n), "token_type": "Bearer", "expires_in": p.life,
	}
	if refresh {
		p.good = fmt.Sprintf("refresh-%d", p.n)
		answer["refresh_token"] = p.good
	}
	return http.StatusOK, answer
}

func (p *provider) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

func (p *provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// world is a source and all around it.
type world struct {
	t        *testing.T
	provider *provider
	clock    *clock
	vault    *vault
	config   token.Config
	source   *token.Source
}

// newWorld makes a source with the refresh token grant; change may make it another.
func newWorld(t *testing.T, change func(*token.Config)) *world {
	t.Helper()
	w := &world{t: t, provider: newProvider(t), clock: &clock{now: noon}, vault: &vault{held: "refresh-0"}}
	w.config = token.Config{
		Endpoint: w.provider.URL, ClientID: clientID,
		Secret:    func(context.Context) (string, error) { return clientSecret, nil },
		Scope:     "https://mail.example.test/.default offline_access",
		Vault:     w.vault,
		TLSConfig: w.provider.roots(), Timeout: 5 * time.Second, Now: w.clock.Now,
	}
	if change != nil {
		change(&w.config)
	}
	w.restart()
	return w
}

func (w *world) restart() {
	w.t.Helper()
	var err error
	if w.source, err = token.New(w.config); err != nil {
		w.t.Fatal(err)
	}
}

// wants expects a token.
func (w *world) wants(want string, refused bool) {
	w.t.Helper()
	got, err := w.source.Token(w.t.Context(), refused)
	if err != nil || got != want {
		w.t.Fatalf("got %q, %v; want %q", got, err, want)
	}
}

// fails expects an error that says nothing secret.
func (w *world) fails() error {
	w.t.Helper()
	got, err := w.source.Token(w.t.Context(), false)
	if err == nil {
		w.t.Fatalf("got %q, want an error", got)
	}
	for _, leak := range []string{clientSecret, "access-", "refresh-", "desk@x.test"} {
		if strings.Contains(err.Error(), leak) {
			w.t.Errorf("got %q, which says %q", err, leak)
		}
	}
	return err
}
