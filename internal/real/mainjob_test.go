package real_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

// TestARequestBecomesAPackageThatOnlyAnnaOpens is the main job, with nothing but real servers
// around the built program: mail in over SMTP and LMTP, mail out over submission, look-ups in a
// DNS, rows from an API behind a login.
func TestARequestBecomesAPackageThatOnlyAnnaOpens(t *testing.T) {
	for _, security := range []string{"implicit", "starttls"} {
		t.Run(security, func(t *testing.T) {
			t.Parallel()
			o := office.New(t, office.Common(t), "main"+security, func(s *office.Settings) {
				s.Security, s.Idle = security, security == "implicit"
			})
			d := o.Serve()
			o.Ask(office.Jane)
			confirmation := o.AwaitMail(o.Anna(), 1)[0]
			if text := office.Body(confirmation); !strings.Contains(text, "Customer: "+office.Jane) || !strings.Contains(text, "\nCode: ") {
				t.Errorf("the confirmation says:\n%s", text)
			}
			o.Answer("CONFIRM")
			r := o.AwaitState("completed")
			if r.Proof != "ok" || !slices.Contains(r.Events(), "acknowledged") {
				t.Errorf("the history is %s: %v", r.Proof, r.Events())
			}
			o.Opens(o.AwaitMail(o.Anna(), 2)[1])
			d.End()
			o.NobodyElseGot()
			if strings.Contains(d.Said(), "level=ERROR") {
				t.Errorf("errors:\n%s", d.Said())
			}
		})
	}
}
