package app

import (
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/store"
)

func TestEachShortcomingOfAnAnswerHasItsRemedy(t *testing.T) {
	sent := store.Probe{Admin: "anna@acme.example", SentAt: time.Unix(1, 0)}
	answered := sent
	answered.AnsweredAt = time.Unix(2, 0)
	proof := []mailer.ProbeFailure{{Rule: "ack/authentic", Why: "x"}, {Rule: "ack/authentic", Why: "y"}}
	sigs := func(s ...mailer.ProbeSignature) []mailer.ProbeSignature { return s }
	foreign := mailer.ProbeSignature{Domain: "acme.onmicrosoft.example", Result: "pass"}
	altered := mailer.ProbeSignature{Domain: "acme.example", Result: "fail", Aligned: true, Altered: true, Why: "the body was changed"}
	for name, k := range map[string]struct {
		sent   store.Probe
		v      mailer.ProbeVerdict
		pinned string
		want   []string
	}{
		"no answer":   {sent, mailer.ProbeVerdict{}, "", []string{"ask the admin to answer"}},
		"returned":    {answered, mailer.ProbeVerdict{Returned: true, Failures: proof}, "", []string{"correct the address"}},
		"all is well": {answered, mailer.ProbeVerdict{Confirmable: true}, "", nil},
		"not signed":  {answered, mailer.ProbeVerdict{Failures: proof}, "", []string{"d=acme.example)"}},
		"signed by the provider's domain": {answered, mailer.ProbeVerdict{Failures: proof, Signatures: sigs(foreign)}, "mx",
			[]string{"d=acme.example)"}},
		"rewritten, stamped": {answered, mailer.ProbeVerdict{Failures: proof, Signatures: sigs(foreign, altered), AuthServID: "mx.p.example", Mailbox: "dsr"}, "",
			[]string{"write authserv_id: mx.p.example for mailbox dsr"}},
		"rewritten, pinned": {answered, mailer.ProbeVerdict{Failures: proof, Signatures: sigs(altered), AuthServID: "mx.p.example"}, "mx.q.example",
			[]string{"mx.q.example, which is pinned, does not vouch"}},
		"rewritten, no stamp": {answered, mailer.ProbeVerdict{Failures: proof, Signatures: sigs(altered)}, "",
			[]string{"find the server that changes mail"}},
		"no key": {answered, mailer.ProbeVerdict{Failures: proof, AuthServID: "mx.p.example", Signatures: sigs(mailer.ProbeSignature{
			Domain: "acme.example", Result: "fail", Aligned: true, Why: "the signer publishes no key"})}, "",
			[]string{"mend its signature (the signer publishes no key)"}},
		"a weak signature": {answered, mailer.ProbeVerdict{Failures: proof, Signatures: sigs(mailer.ProbeSignature{
			Domain: "acme.example", Result: "pass", Aligned: true})}, "", []string{"sign From, Date and Message-ID"}},
		"DNS is away": {answered, mailer.ProbeVerdict{Result: "temperror", Failures: proof}, "", []string{"send another probe later"}},
		"somebody else, by a program": {answered, mailer.ProbeVerdict{Failures: []mailer.ProbeFailure{{Rule: "ack/from"}, {Rule: "ack/human"}}}, "",
			[]string{"let anna@acme.example answer from that very address", "let a person answer"}},
	} {
		got := remediesOf(k.sent, k.v, k.pinned)
		if len(got) != len(k.want) {
			t.Errorf("%s: got %q", name, got)
			continue
		}
		for i, want := range k.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: got %q, want %q", name, got[i], want)
			}
		}
	}
}
