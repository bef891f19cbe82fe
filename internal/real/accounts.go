package real

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/dsrd/dsrd/mailer/mailtest"
)

// AccountsSecret is what every client of the provider of accounts knows.
const AccountsSecret = "secret-of-the-client"

// Accounts is an OAuth 2 provider: it gives a client tokens for the account that is called like
// it, and tells servers what a token is worth (RFC 6749 4.4, RFC 7662).
type Accounts struct {
	Endpoint string // for clients, over TLS

	tokens, worth *httptest.Server
	mu            sync.Mutex
	accounts      map[string]string // by token; "" after its revocation
}

func startAccounts(ca *mailtest.CA) (*Accounts, error) {
	a := &Accounts{accounts: map[string]string{}}
	a.tokens = httptest.NewUnstartedServer(http.HandlerFunc(a.give))
	var err error
	if a.tokens.TLS, err = ca.Server("127.0.0.1"); err != nil {
		return nil, err
	}
	a.tokens.StartTLS()
	a.worth = httptest.NewServer(http.HandlerFunc(a.introspect))
	a.Endpoint = a.tokens.URL + "/token"
	return a, nil
}

// Close ends both servers.
func (a *Accounts) Close() {
	a.tokens.Close()
	a.worth.Close()
}

// Given is how many tokens there were for an account, revoked ones left out.
func (a *Accounts) Given(account string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, of := range a.accounts {
		if of == account {
			n++
		}
	}
	return n
}

// Revoke makes all tokens of an account worthless.
func (a *Accounts) Revoke(account string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for token, of := range a.accounts {
		if of == account {
			a.accounts[token] = ""
		}
	}
}

func (a *Accounts) give(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.Form.Get("grant_type") != "client_credentials" ||
		r.Form.Get("client_secret") != AccountsSecret {
		w.WriteHeader(http.StatusBadRequest)
		say(w, map[string]any{"error": "invalid_client"})
		return
	}
	a.mu.Lock()
	token := fmt.Sprintf("access-%d", len(a.accounts))
	a.accounts[token] = r.Form.Get("client_id")
	a.mu.Unlock()
	say(w, map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": token})
}

func (a *Accounts) introspect(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	account := a.accounts[r.FormValue("token")]
	a.mu.Unlock()
	if account == "" {
		say(w, map[string]any{"active": false})
		return
	}
	say(w, map[string]any{"active": true, "email": account})
}

func say(w http.ResponseWriter, answer map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // whoever hung up asks again
}
