package defender_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/export/source/defender"
	"github.com/dsrd/dsrd/export/source/defender/defendertest"
)

const directory = "33333333-2222-3333-4444-555555555555"

// login is a token service that answers each question for a token with status and body.
func login(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			base := server.URL + "/" + directory
			fmt.Fprintf(w, `{"token_endpoint":"%[1]s/token","authorization_endpoint":"%[1]s/a",`+
				`"issuer":"%[1]s/v2.0"}`, base)
			return
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server
}

func pool(server *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}

// certificate is a self-signed one with its key, in PEM.
func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "dsrd"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
}

func TestEveryCredentialGetsItsTokenFromTheLoginService(t *testing.T) {
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte("assertion"), 0o600); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]defender.CredentialConfig{
		defender.ClientSecret:      {Secret: "s"},
		defender.ClientCertificate: {Certificate: certificate(t)},
		defender.WorkloadIdentity:  {TokenFile: tokenFile},
	}
	answers := []struct {
		name, body string
		status     int
		want       source.Kind
	}{
		{"a token", `{"access_token":"token-of-the-test","expires_in":3600,"token_type":"Bearer"}`,
			200, ""},
		{"refused", `{"error":"invalid_client","error_description":"no"}`, 401, source.Auth},
		{"out of order", `{"error":"temporarily_unavailable"}`, 503, source.Temporary},
	}
	for kind, config := range kinds {
		for _, answer := range answers {
			t.Run(kind+" "+answer.name, func(t *testing.T) {
				server := login(t, answer.status, answer.body)
				config.Kind, config.TenantID, config.ClientID = kind, directory, "app"
				config.Authority, config.Roots = server.URL, pool(server)
				credential, err := defender.NewCredential(config)
				if err != nil {
					t.Fatal(err)
				}
				r := newRig(t, defendertest.Sample(subscription, customer),
					func(c *defender.Config) { c.Credential = credential; c.Attempts = 1 })
				_, err = r.read(query("security_contacts"))
				if got, _ := source.KindOf(err); got != answer.want || (err != nil) != (got != "") {
					t.Errorf("got %v, want %q", err, answer.want)
				}
			})
		}
	}
}

func TestManagedIdentityNeedsNoSecret(t *testing.T) {
	for _, id := range []string{"", "app"} {
		config := defender.CredentialConfig{Kind: defender.ManagedIdentity, ClientID: id}
		if _, err := defender.NewCredential(config); err != nil {
			t.Errorf("client %q: %v", id, err)
		}
	}
}

func TestCredentialsThatCannotWorkAreRefused(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	keyOnly := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for name, config := range map[string]defender.CredentialConfig{
		"no kind":      {},
		"unknown kind": {Kind: "default"},
		"no secret":    {Kind: defender.ClientSecret, TenantID: directory, ClientID: "app"},
		"no certificate": {Kind: defender.ClientCertificate, TenantID: directory, ClientID: "app",
			Certificate: keyOnly},
	} {
		if _, err := defender.NewCredential(config); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestACredentialThatFailsWithoutSayingWhyIsTemporary(t *testing.T) {
	r := newRig(t, nil, func(c *defender.Config) {
		c.Credential = refusing{errors.New("network")}
	})
	if _, err := r.read(query("alerts")); !errors.Is(err, source.Temporary) {
		t.Errorf("got %v", err)
	}
}
