package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Prober sends probes to tenants' admins and tells what the answers showed. A probe is
// a harmless mail: no request comes of it, and nothing is decided by its answer.
type Prober interface {
	// Probe sends one at once; admin is an address, or "" for the admin who is asked
	// first. NotFound for an unknown tenant, Refused for an address that is none of its
	// admins', and when one was sent there within the hour.
	Probe(ctx context.Context, tenant, admin string) (ProbeView, error)
	// Probed tells of the latest one; NotFound when there was none.
	Probed(ctx context.Context, tenant, admin string) (ProbeView, error)
}

// ProbeOrder is the body of a call that sends a probe.
type ProbeOrder struct {
	Admin string `json:"admin"` // "": the admin who is asked first
}

// ProbeView is a probe and what its answer showed. The field names are part of the
// interface: add, never rename.
type ProbeView struct {
	Tenant      string           `json:"tenant"`
	Admin       string           `json:"admin"`
	SentAt      time.Time        `json:"sent_at"`
	Unsure      bool             `json:"unsure,omitempty"` // nobody knows whether the relay took it
	AnsweredAt  time.Time        `json:"answered_at,omitzero"`
	Returned    bool             `json:"returned,omitempty"` // it came back
	Confirmable bool             `json:"confirmable"`        // such a mail could acknowledge
	Result      string           `json:"result,omitempty"`   // of DKIM: pass, fail, none, temperror
	Way         string           `json:"way,omitempty"`      // dkim | authentication-results
	FromDomain  string           `json:"from_domain,omitempty"`
	AuthServID  string           `json:"authserv_id,omitempty"` // of the topmost Authentication-Results
	Mailbox     string           `json:"mailbox,omitempty"`     // that the answer came to
	Signatures  []ProbeSignature `json:"signatures,omitempty"`
	Failures    []ProbeFailure   `json:"failures,omitempty"`
	Remedies    []string         `json:"remedies,omitempty"`
}

// ProbeSignature is a DKIM signature of the answer.
type ProbeSignature struct {
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
	Result   string `json:"result"`
	Aligned  bool   `json:"aligned"`           // the domain may speak for that of From
	Altered  bool   `json:"altered,omitempty"` // it fails as if the mail was rewritten
	Why      string `json:"why,omitempty"`
}

// ProbeFailure is a rule of the acknowledgement that the answer does not meet.
type ProbeFailure struct {
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

func (s *Server) probe(w http.ResponseWriter, r *http.Request) {
	var o ProbeOrder
	if err := read(w, r, &o); err != nil {
		s.fail(w, err)
		return
	}
	if s.Probes == nil {
		s.fail(w, noProbes())
		return
	}
	v, err := s.Probes.Probe(r.Context(), r.PathValue("id"), o.Admin)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.Log.Info("operator sent a probe", "tenant", v.Tenant, "actor", actor(r.Context()))
	s.send(w, v)
}

func (s *Server) probed(w http.ResponseWriter, r *http.Request) {
	if s.Probes == nil {
		s.fail(w, noProbes())
		return
	}
	v, err := s.Probes.Probed(r.Context(), r.PathValue("id"), r.URL.Query().Get("admin"))
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, v)
}

func noProbes() error { return fmt.Errorf("this daemon sends no probes: %w", workflow.Refused) }

// Probe sends a probe to an admin of a tenant; "" is the admin who is asked first.
func (c *Client) Probe(ctx context.Context, tenant, admin string) (ProbeView, error) {
	var v ProbeView
	return v, c.call(ctx, http.MethodPost, probePath(tenant), ProbeOrder{admin}, &v)
}

// Probed tells what the answer to the latest probe showed.
func (c *Client) Probed(ctx context.Context, tenant, admin string) (ProbeView, error) {
	var v ProbeView
	path := probePath(tenant) + "?" + url.Values{"admin": {admin}}.Encode()
	return v, c.call(ctx, http.MethodGet, path, nil, &v)
}

func probePath(tenant string) string { return "tenants/" + url.PathEscape(tenant) + "/probe" }
