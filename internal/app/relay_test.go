package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// TestRelayThatTakesNothingIsToldOf has settings with which no letter ever leaves, for
// three days, and then mends them.
func TestRelayThatTakesNothingIsToldOf(t *testing.T) {
	for _, k := range []struct {
		name, from, to, say string
	}{
		{"it refuses the password", "password_file: password\n  ca_file", "password_file: wrong\n  ca_file",
			"its password or access token"},
		{"nobody vouches for its certificate", "ca_file: ca.pem\n  from_name", "ca_file: other.pem\n  from_name",
			"smtp.ca_file"},
		{"nobody listens", "port: RELAY", "port: 1", "does the relay run"},
	} {
		t.Run(k.name, func(t *testing.T) {
			p := newPlace(t)
			addr := p.Post.SMTP.Addr()
			k.from = strings.Replace(k.from, "RELAY", addr[strings.LastIndexByte(addr, ':')+1:], 1)
			ca, err := mailtest.NewCA()
			must(t, err)
			p.write(t, "other.pem", string(ca.PEM()))
			p.write(t, "wrong", "wrong")
			p.edit(t, "dsrd.yaml", k.from, k.to)
			p.restart(t)
			must(t, p.Settle(t.Context()))
			p.ask(t)
			for range 72 {
				must(t, p.Pass(t.Context(), time.Hour))
			}
			told := p.log.count("msg=failing what=relay")
			if told < 1 || told > 73 || !strings.Contains(p.log.String(), k.say) {
				t.Errorf("told %d times, want it to say %q:\n%s", told, k.say, p.log)
			}
			for _, who := range []string{demo.Anna, demo.Jane} {
				if strings.Contains(p.log.String(), who) {
					t.Errorf("%s is in the log", who)
				}
			}
			letters := func() bool {
				return strings.Contains(strings.Join(p.App.Readiness(t.Context()).Reasons, " "), "a letter has waited")
			}
			if !letters() {
				t.Error("readiness does not say so")
			}
			p.edit(t, "dsrd.yaml", k.to, k.from)
			p.restart(t)
			must(t, p.Settle(t.Context()))
			must(t, p.Pass(t.Context(), time.Hour))
			if p.count(t, demo.Anna) == 0 || letters() {
				t.Errorf("mended: anna has %d mails", p.count(t, demo.Anna))
			}
		})
	}
}

// TestRelayThatComesBackIsToldOf mends what is wrong while the daemon goes on.
func TestRelayThatComesBackIsToldOf(t *testing.T) {
	p := newPlace(t)
	p.write(t, "its password", "wrong")
	p.edit(t, "dsrd.yaml", "password_file: password\n  ca_file", "password_file: its password\n  ca_file")
	p.restart(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	if n := p.log.count("msg=failing what=relay"); n != 1 {
		t.Errorf("told %d times:\n%s", n, p.log)
	}
	p.write(t, "its password", "secret of "+demo.Desk)
	must(t, p.Pass(t.Context(), time.Hour))
	if p.count(t, demo.Anna) != 1 || p.log.count(`msg="works again" what=relay`) != 1 {
		t.Errorf("anna has %d mails, log:\n%s", p.count(t, demo.Anna), p.log)
	}
}

// TestRefusedRecipientIsNoTroubleOfTheRelay: the next letter may well leave.
func TestRefusedRecipientIsNoTroubleOfTheRelay(t *testing.T) {
	p := newPlace(t)
	p.edit(t, "tenants.yaml", demo.Anna, "nobody.here@acme.example")
	p.restart(t)
	must(t, p.Pass(t.Context(), 25*time.Hour))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	if n := p.log.count("what=relay"); n != 0 {
		t.Errorf("told %d times:\n%s", n, p.log)
	}
}
