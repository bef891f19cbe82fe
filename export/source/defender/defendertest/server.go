// Package defendertest is a server on the loopback that answers like the Defender part of Azure's
// REST API, for tests and demonstrations.
//
// It must never leave the machine, and never answer a question that carries no token.
package defendertest

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Data are the rows of subscriptions, by their ids.
type Data map[string]Subscription

// A Subscription holds the rows of its sets, as the API would send them.
type Subscription struct {
	Contacts, Policies, Alerts, Activity []json.RawMessage
}

// A Request is one question that was asked.
type Request struct {
	Method, Path, Query string
	// Authorized is true when the question carried the right token.
	Authorized bool
}

// A Server answers over TLS. Its fields may be set before the first question.
type Server struct {
	// PageSize is the number of rows a page.
	PageSize int
	// Delay is how long each answer takes.
	Delay time.Duration
	// Asked is told each question before it is answered; nil tells nobody.
	Asked func(Request)

	data    Data
	server  *httptest.Server
	foreign *httptest.Server
	token   string

	mu       sync.Mutex
	faults   map[string]*fault
	requests []Request
	leaks    int
}

// api is what the server knows of one path: its version and its rows.
var api = map[string]struct {
	version string
	rows    func(Subscription) []json.RawMessage
}{
	"microsoft.security/securitycontacts": {
		"2023-12-01-preview", func(s Subscription) []json.RawMessage { return s.Contacts },
	},
	"microsoft.security/jitnetworkaccesspolicies": {
		"2020-01-01", func(s Subscription) []json.RawMessage { return s.Policies },
	},
	"microsoft.security/alerts": {
		"2022-01-01", func(s Subscription) []json.RawMessage { return s.Alerts },
	},
	"microsoft.insights/eventtypes/management/values": {
		"2015-04-01", func(s Subscription) []json.RawMessage { return s.Activity },
	},
}

// New starts a server with three rows a page. Close ends it.
func New(data Data) *Server {
	s := &Server{PageSize: 3, data: data, token: "token-of-the-test", faults: map[string]*fault{}}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	s.foreign = httptest.NewTLSServer(http.HandlerFunc(s.trap))
	return s
}

// Close ends the server.
func (s *Server) Close() {
	s.server.CloseClientConnections()
	s.server.Close()
	s.foreign.Close()
}

// URL is the server's endpoint.
func (s *Server) URL() string { return s.server.URL }

// Roots trusts the server's certificate.
func (s *Server) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.server.Certificate())
	return pool
}

// Credential gives the token that the server wants.
func (s *Server) Credential() azcore.TokenCredential { return Credential(s.token) }

// A Credential is a token credential that always gives the same token.
type Credential string

// GetToken gives the token, good for an hour.
func (c Credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(c), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// Requests returns what was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Repeated is how many questions were asked that had been asked before.
func (s *Server) Repeated() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, repeated := map[Request]bool{}, 0
	for _, q := range s.requests {
		if seen[q] {
			repeated++
		}
		seen[q] = true
	}
	return repeated
}

// Leaks is how often somebody came to the foreign host, with or without the token.
func (s *Server) Leaks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaks
}

// trap is the foreign host that no client should ever visit.
func (s *Server) trap(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.leaks++
	s.mu.Unlock()
	answer(w, http.StatusOK, []byte(`{"value":[]}`))
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	authorized := r.Header.Get("Authorization") == "Bearer "+s.token
	asked := Request{r.Method, r.URL.Path, r.URL.RawQuery, authorized}
	s.mu.Lock()
	s.requests = append(s.requests, asked)
	s.mu.Unlock()
	if s.Asked != nil {
		s.Asked(asked)
	}
	if !s.pause(r.Context()) {
		return
	}
	subscription, path, ok := split(r.URL.Path)
	known, found := api[path]
	rows, exists := s.data[subscription]
	switch {
	case !authorized:
		refuse(w, http.StatusUnauthorized, "AuthenticationFailed")
	case r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, "ReadOnly")
	case !ok || !found || !exists:
		refuse(w, http.StatusNotFound, "SubscriptionNotFound")
	case r.URL.Query().Get("api-version") != known.version:
		refuse(w, http.StatusBadRequest, "InvalidApiVersionParameter")
	default:
		s.list(w, r, path, known.rows(rows))
	}
}

// pause takes the time of an answer; false when nobody waits for it any more.
func (s *Server) pause(ctx context.Context) bool {
	if s.Delay <= 0 {
		return true
	}
	timer := time.NewTimer(s.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// split takes /subscriptions/{id}/providers/{path} apart; case does not matter, as with Azure.
func split(path string) (subscription, rest string, ok bool) {
	rest, ok = strings.CutPrefix(strings.ToLower(path), "/subscriptions/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/providers/")
}

// list answers one page, or the fault that is switched on for it.
func (s *Server) list(w http.ResponseWriter, r *http.Request, path string, rows []json.RawMessage) {
	from, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
	from = min(max(from, 0), len(rows))
	to := min(from+s.PageSize, len(rows))
	p := listPage{rows: append([]json.RawMessage{}, rows[from:to]...)}
	if to < len(rows) {
		p.nextLink = s.link(s.URL(), r.URL, strconv.Itoa(to))
	}
	if f := s.take(path, from); f != nil && f.spoil(s, w, r, &p) {
		return
	}
	answer(w, http.StatusOK, p.text())
}

type listPage struct {
	rows     []json.RawMessage
	nextLink string
}

// text writes the page with every row as it is; json.Marshal would change white space.
func (p listPage) text() []byte {
	text := append([]byte(`{"value":[`), bytes.Join(raw(p.rows), []byte(","))...)
	if p.nextLink != "" {
		text = fmt.Appendf(text, `],"nextLink":%q}`, p.nextLink)
	} else {
		text = append(text, "]}"...)
	}
	return text
}

func raw(rows []json.RawMessage) [][]byte {
	texts := make([][]byte, 0, len(rows))
	for _, row := range rows {
		texts = append(texts, row)
	}
	return texts
}

// link is the URL of another page of the same list.
func (s *Server) link(host string, page *url.URL, token string) string {
	query := page.Query()
	query.Set("$skiptoken", token)
	return host + page.Path + "?" + query.Encode()
}

func answer(w http.ResponseWriter, status int, text []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func refuse(w http.ResponseWriter, status int, code string) {
	answer(w, status, fmt.Appendf(nil, `{"error":{"code":%q,"message":"refused"}}`, code))
}
