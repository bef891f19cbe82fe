package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProbesAreSentAndAskedFor(t *testing.T) {
	l := newLedger()
	c := serve(t, l)
	v, err := c.Probe(t.Context(), "acme", "anna@acme.example")
	if err != nil || v.Tenant != "acme" || v.Admin != "anna@acme.example" || !v.SentAt.Equal(start) {
		t.Errorf("sent: %+v, %v", v, err)
	}
	if v, err := c.Probed(t.Context(), "a/b", "x+y&z@acme.example"); err != nil || v.Tenant != "a/b" {
		t.Errorf("asked: %+v, %v", v, err)
	}
	if _, err := c.Probed(t.Context(), "nobody", ""); err == nil || !strings.Contains(err.Error(), "no tenant") {
		t.Errorf("nobody: %v", err)
	}
	want := []string{"sent acme anna@acme.example", "asked a/b x+y&z@acme.example", "asked nobody "}
	if diff := cmp.Diff(want, l.probed); diff != "" {
		t.Error(diff)
	}
	for call, status := range map[string]int{
		"POST /api/v1/tenants/acme/probe":   http.StatusOK, // without a body: the admin who is asked first
		"GET /api/v1/tenants/nobody/probe":  http.StatusNotFound,
		"PUT /api/v1/tenants/acme/probe":    http.StatusMethodNotAllowed,
		"POST /api/v1/tenants/acme/release": http.StatusNotFound,
	} {
		if got, body := raw(t, c.Socket, call, ""); got != status {
			t.Errorf("%s: %d %s, want %d", call, got, body, status)
		}
	}
	if got, body := raw(t, c.Socket, "POST /api/v1/tenants/acme/probe", `{"admin":7}`); got != 422 {
		t.Errorf("an odd order: %d %s", got, body)
	}
}

func TestADaemonWithoutProbesRefusesThem(t *testing.T) {
	c := serveBare(t, newLedger())
	for _, call := range []string{"POST", "GET"} {
		got, body := raw(t, c.Socket, call+" /api/v1/tenants/acme/probe", "")
		if got != http.StatusUnprocessableEntity || !strings.Contains(body, "sends no probes") {
			t.Errorf("%s: %d %s", call, got, body)
		}
	}
}
