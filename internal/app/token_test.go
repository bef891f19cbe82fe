package app_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// provider is a token endpoint that takes each refresh token once.
type provider struct {
	*httptest.Server
	mu      sync.Mutex
	refresh string // the one that is good
	access  string // the one that is good
	issued  int
	asked   int
	trouble func(http.ResponseWriter) bool
}

func newProvider(t *testing.T) *provider {
	p := &provider{refresh: "refresh-0"}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.answer))
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

func (p *provider) answer(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	w.Header().Set("Content-Type", "application/json")
	if p.trouble != nil && p.trouble(w) {
		return
	}
	if r.FormValue("refresh_token") != p.refresh {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error": "invalid_grant"}`)
		return
	}
	p.issued++
	p.refresh, p.access = fmt.Sprintf("refresh-%d", p.issued), fmt.Sprintf("access-%d", p.issued)
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": p.access, "token_type": "Bearer",
		"expires_in": 3600, "refresh_token": p.refresh})
}

// good is whether a token opens the accounts.
func (p *provider) good(user, token string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return user == demo.Desk && token == p.access
}

func (p *provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// withTokens is a world whose servers take tokens, and whose dsrd has none but them.
func withTokens(t *testing.T, auth string) (*place, *provider) {
	t.Helper()
	p, o := newPlace(t), newProvider(t)
	p.repost(t, mailtest.PostConfig{Token: o.good})
	must(t, p.App.Close())
	p.edit(t, "dsrd.yaml", "    password_file: password\n", "    auth: "+auth+"\n    token: mail\n")
	p.edit(t, "dsrd.yaml", "  password_file: password\n", "  auth: "+auth+"\n  token: mail\n")
	p.edit(t, "dsrd.yaml", "smtp:\n", fmt.Sprintf("tokens:\n  - name: mail\n    grant: refresh_token\n"+
		"    endpoint: %s\n    client_id: dsrd\n    refresh_token_file: refresh\n    ca_file: idp.pem\nsmtp:\n", o.URL))
	pem := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.Certificate().Raw})
	p.write(t, "idp.pem", string(pem))
	p.write(t, "refresh", "refresh-0\n")
	must(t, p.Start(t.Context()))
	return p, o
}

func TestOneTokenOpensMailboxAndRelay(t *testing.T) {
	for _, auth := range []string{"xoauth2", "oauthbearer"} {
		t.Run(auth, func(t *testing.T) {
			p, o := withTokens(t, auth)
			must(t, p.Settle(t.Context()))
			p.ask(t)
			must(t, p.Settle(t.Context()))
			if !p.asked(1)() || o.count() != 1 {
				t.Errorf("the endpoint was asked %d times, want once for both servers; log:\n%s", o.count(), p.log)
			}
			for _, c := range p.Post.IMAP.Commands() {
				if strings.HasPrefix(c, "LOGIN") || strings.HasPrefix(c, "AUTH") && !strings.HasSuffix(c, strings.ToUpper(auth)) {
					t.Errorf("it said %s", c)
				}
			}
			status := p.App.TokenStatus()
			if len(status) != 1 || status[0].Name != "mail" || status[0].Err != nil ||
				!status[0].Expires.Equal(p.Clock.Now().Add(time.Hour)) {
				t.Errorf("got %+v", status)
			}
		})
	}
}

func TestRenewedRefreshTokenOutlivesTheProcessAndItsFile(t *testing.T) {
	p, o := withTokens(t, "xoauth2")
	must(t, p.App.Scan(t.Context()))
	p.restart(t) // the file still holds refresh-0, which is used up
	must(t, p.App.Scan(t.Context()))
	if o.count() != 2 || p.log.count("msg=failing") != 0 {
		t.Errorf("asked %d times, log:\n%s", o.count(), p.log)
	}
	must(t, os.Remove(filepath.Join(p.Dir, "refresh")))
	p.Clock.Advance(2 * time.Hour)
	p.Post.IMAP.Hangup()
	must(t, p.App.Scan(t.Context()))
	if raw := p.Redis.Dump(); strings.Contains(raw, "refresh-") || strings.Contains(raw, "access-") {
		t.Error("a token lies in Redis as it is")
	}
}

// TestNewRefreshTokenInTheFileIsTaken revokes the token that is kept; a person logs in
// anew.
func TestNewRefreshTokenInTheFileIsTaken(t *testing.T) {
	p, o := withTokens(t, "xoauth2")
	must(t, p.App.Scan(t.Context()))
	o.set(func() { o.refresh, o.access = "refresh-of-a-new-login", "" })
	p.Post.IMAP.Hangup()
	p.Clock.Advance(time.Hour)
	for range 30 {
		_ = p.App.Scan(t.Context())
		p.Clock.Advance(time.Minute)
	}
	if n := o.count(); n < 3 || n > 10 {
		t.Errorf("the endpoint was asked %d times in half an hour", n)
	}
	if s := p.App.TokenStatus(); s[0].Err == nil || !strings.Contains(s[0].Err.Error(), "log in anew") {
		t.Errorf("got %+v", s)
	}
	if p.log.count(`msg=failing what="token mail"`) != 1 {
		t.Errorf("it was not told once:\n%s", p.log)
	}
	p.edit(t, "refresh", "refresh-0", "refresh-of-a-new-login")
	p.Clock.Advance(time.Hour)
	must(t, p.App.Scan(t.Context()))
	if s := p.App.TokenStatus(); s[0].Err != nil || p.log.count(`works again" what="token mail"`) != 1 {
		t.Errorf("got %+v, log:\n%s", s, p.log)
	}
}

// TestTokenThatTheServerRefusesIsRenewedAtOnce revokes an access token before its time.
func TestTokenThatTheServerRefusesIsRenewedAtOnce(t *testing.T) {
	p, o := withTokens(t, "xoauth2")
	must(t, p.Settle(t.Context()))
	o.set(func() { o.access = "another" })
	p.Clock.Advance(10 * time.Minute)
	p.ask(t)
	p.Post.IMAP.Hangup()
	must(t, p.Settle(t.Context()))
	if !p.asked(1)() || o.count() != 2 {
		t.Errorf("asked %d times, log:\n%s", o.count(), p.log)
	}
}

// TestTokenIsRenewedThoughNobodyLogsIn lets a session outlive its token.
func TestTokenIsRenewedThoughNobodyLogsIn(t *testing.T) {
	p, o := withTokens(t, "xoauth2")
	p.edit(t, "dsrd.yaml", `scan: "@every 5s"`, `scan: "@every 1s"`)
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it logs in", func() bool { return o.count() == 1 })
	o.set(func() {
		o.trouble = func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusServiceUnavailable); return true }
	})
	p.Clock.Advance(50 * time.Minute)
	within(t, 20*time.Second, "a failing renewal is told", func() bool {
		return p.log.count(`msg=failing what="token mail"`) == 1
	})
	if s := p.App.TokenStatus(); s[0].Err == nil || s[0].Expires.IsZero() {
		t.Errorf("got %+v", s)
	}
	o.set(func() { o.trouble = nil })
	p.Clock.Advance(2 * time.Minute)
	within(t, 20*time.Second, "it is renewed", func() bool { return p.App.TokenStatus()[0].Err == nil })
	r.finish(t)
}

// TestEndpointThatHangsDelaysNoMailbox runs beside an account whose endpoint is silent.
func TestEndpointThatHangsDelaysNoMailbox(t *testing.T) {
	p := ticking(t)
	silent := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that we leave
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	pem := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: silent.Certificate().Raw})
	must(t, os.WriteFile(filepath.Join(p.Dir, "idp.pem"), pem, 0o600))
	must(t, os.WriteFile(filepath.Join(p.Dir, "client"), []byte("secret"), 0o600))
	p.edit(t, "dsrd.yaml", "smtp:\n", "tokens:\n  - name: slow\n    grant: client_credentials\n    endpoint: "+
		silent.URL+"\n    client_id: dsrd\n    secret_file: client\n    ca_file: idp.pem\nsmtp:\n")
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it idles", p.idling(1))
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", p.asked(1))
	r.finish(t)
}
