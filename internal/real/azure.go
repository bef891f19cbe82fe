package real

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// Azure is an Azure-shaped API and the login that gives tokens for it, both over TLS.
type Azure struct {
	*defendertest.Server
	Authority string // URL of the login
	Roots     []byte // PEM: what a client must trust for both

	login *httptest.Server
	token string
}

// The application that the login knows.
const (
	AzureTenant = "33333333-3333-3333-3333-333333333333"
	AzureClient = "44444444-4444-4444-4444-444444444444"
	AzureSecret = "secret-of-the-application"
)

// StartAzure starts both for the given rows.
func StartAzure(ca *mailtest.CA, data defendertest.Data) (*Azure, error) {
	a := &Azure{Server: defendertest.New(data)}
	token, ok := a.Credential().(defendertest.Credential)
	if !ok {
		return nil, errors.New("start azure: the API's credential is of another kind")
	}
	a.token = string(token)
	var err error
	a.login = httptest.NewUnstartedServer(http.HandlerFunc(a.serve))
	if a.login.TLS, err = ca.Server("127.0.0.1"); err != nil {
		return nil, err
	}
	a.login.StartTLS()
	a.Authority = a.login.URL
	certificate, err := a.certificate()
	a.Roots = append(ca.PEM(), certificate...)
	return a, err
}

// certificate is what the API shows.
func (a *Azure) certificate() ([]byte, error) {
	c, err := tls.Dial("tcp", strings.TrimPrefix(a.URL(), "https://"),
		&tls.Config{RootCAs: a.Server.Roots(), ServerName: "127.0.0.1"})
	if err != nil {
		return nil, fmt.Errorf("ask the API for its certificate: %v", err)
	}
	der := c.ConnectionState().PeerCertificates[0].Raw
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), c.Close()
}

// Close ends both.
func (a *Azure) Close() error {
	a.login.Close()
	a.Server.Close()
	return nil
}

// serve answers as login.microsoftonline.com does for client credentials: where its endpoints are,
// and a token for whoever knows the secret.
func (a *Azure) serve(w http.ResponseWriter, r *http.Request) {
	base := a.login.URL + "/" + AzureTenant
	answer := map[string]any{
		"token_endpoint":         base + "/oauth2/v2.0/token",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"issuer":                 base + "/v2.0",
	}
	if strings.HasSuffix(r.URL.Path, "/token") {
		if err := known(r); err != nil {
			http.Error(w, `{"error":"invalid_client","error_description":"refused"}`, http.StatusUnauthorized)
			return
		}
		answer = map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": a.token}
	}
	say(w, answer)
}

func known(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if r.Form.Get("client_id") != AzureClient || r.Form.Get("client_secret") != AzureSecret {
		return errors.New("unknown application")
	}
	return nil
}
