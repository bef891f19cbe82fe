package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// selfMade is a certificate for localhost of so many days around today, its own
// authority.
func selfMade(t *testing.T, from, until time.Duration, names ...string) (*tls.Config, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "self"}, DNSNames: names,
		NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(until), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestCertificates(t *testing.T) {
	const day = 24 * time.Hour
	for name, k := range map[string]struct {
		from, until time.Duration
		name        string
		want        string
	}{
		"for long":      {-day, 400 * day, "localhost", "ok imap dsr: certificate is valid for another 399 days"},
		"for some days": {-day, 12*day + time.Hour, "localhost", "warn imap dsr: certificate is valid for another 12 days"},
		"expired":       {-9 * day, -2 * day, "localhost", "the certificate is refused: it expired on "},
		"of tomorrow":   {day, 9 * day, "localhost", "the certificate is refused: it is valid only from "},
		"of another":    {-day, 90 * day, "imap.example", "the certificate is refused: it is for imap.example, not for localhost (sha256 "},
	} {
		t.Run(name, func(t *testing.T) {
			secure, roots := selfMade(t, k.from, k.until, k.name)
			s, err := mailtest.NewIMAP(mailtest.IMAPConfig{TLS: secure, Now: time.Now})
			must(t, err)
			defer s.Close()
			must(t, s.AddUser(demo.Desk, "secret of "+demo.Desk))
			p := newPlace(t, extra(sourceSettings))
			_, port, _ := net.SplitHostPort(s.Addr())
			_, own, _ := net.SplitHostPort(p.Post.IMAP.Addr())
			p.edit(t, "dsrd.yaml", "port: "+own, "port: "+port)
			must(t, os.WriteFile(filepath.Join(p.Dir, "ca.pem"), roots, 0o600))
			c := checkupOf(t, p)
			c.Only, c.Now = []string{"imap"}, time.Now
			if got := lines(c.Run(t.Context())); !strings.Contains(got, k.want) {
				t.Errorf("want %q:\n%s", k.want, got)
			}
		})
	}
}

// tokenServer is a token endpoint.
func tokenServer(t *testing.T, answer http.HandlerFunc) (url string, roots []byte, asked *int) {
	t.Helper()
	asked = new(int)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			*asked++
		}
		answer(w, r)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s.URL + "/token", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), asked
}

func withToken(t *testing.T, grant string, answer http.HandlerFunc) (*app.Checkup, *int) {
	t.Helper()
	url, roots, asked := tokenServer(t, answer)
	p := newPlace(t, extra(sourceSettings))
	must(t, os.WriteFile(filepath.Join(p.Dir, "provider.pem"), roots, 0o600))
	must(t, os.WriteFile(filepath.Join(p.Dir, "client-secret"), []byte("hush-hush"), 0o600))
	must(t, os.WriteFile(filepath.Join(p.Dir, "refresh"), []byte("first-refresh-token"), 0o600))
	p.edit(t, "dsrd.yaml", "smtp:\n", fmt.Sprintf("tokens:\n  - {name: exchange, grant: %s, endpoint: %q, client_id: me, "+
		"secret_file: client-secret, refresh_token_file: %s, ca_file: provider.pem}\nsmtp:\n", grant, url,
		map[string]string{"refresh_token": "refresh", "client_credentials": `""`}[grant]))
	p.edit(t, "dsrd.yaml", "    user: "+demo.Desk+"\n    password_file: password\n",
		"    user: "+demo.Desk+"\n    auth: xoauth2\n    token: exchange\n")
	c := checkupOf(t, p)
	c.Only = []string{"token", "imap", "clock"}
	return c, asked
}

func TestTokensAreAskedForOnce(t *testing.T) {
	c, asked := withToken(t, "client_credentials", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"top-secret-token","token_type":"Bearer","expires_in":3600}`)
	})
	got := lines(c.Run(t.Context()))
	for _, want := range []string{"ok token exchange: the provider gave an access token for 1h0m0s", "ok token exchange: certificate",
		"fail imap dsr: log in as " + demo.Desk + ": the server does not offer XOAUTH2",
		"warn clock : the clock of token exchange is "} { // the world's clock stands on another day
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	if *asked != 1 || strings.Contains(got, "top-secret") || strings.Contains(got, "hush") {
		t.Errorf("asked %d times:\n%s", *asked, got)
	}
}

func TestTokenThatIsRefused(t *testing.T) {
	c, _ := withToken(t, "client_credentials", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"secret hush-hush expired"}`)
	})
	got := lines(c.Run(t.Context()))
	if !strings.Contains(got, "fail token exchange: get an access token: ") || !strings.Contains(got, "has the secret expired?") ||
		strings.Contains(got, "hush") {
		t.Errorf("got\n%s", got)
	}
}

// TestRefreshTokensAreLeftAlone: whoever uses a refresh token up takes it from the
// daemon.
func TestRefreshTokensAreLeftAlone(t *testing.T) {
	c, asked := withToken(t, "refresh_token", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusMethodNotAllowed)
	})
	got := lines(c.Run(t.Context()))
	for _, want := range []string{"skip token exchange: not tried: an account with a refresh token is renewed by the daemon alone",
		"ok token exchange: certificate", "skip imap dsr: not tried"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	if *asked != 0 || strings.Contains(got, "first-refresh-token") {
		t.Errorf("the refresh token was used %d times:\n%s", *asked, got)
	}
}
