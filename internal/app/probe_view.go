package app

import (
	"fmt"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/store"
)

// view is a probe as operators see it.
func (p *prober) view(sent store.Probe) (admin.ProbeView, error) {
	v, err := verdictOf(sent)
	if err != nil {
		return admin.ProbeView{}, err
	}
	out := admin.ProbeView{
		Tenant: sent.Tenant, Admin: string(sent.Admin), SentAt: sent.SentAt, AnsweredAt: sent.AnsweredAt,
		Returned: v.Returned, Confirmable: v.Confirmable, Result: string(v.Result), Way: string(v.Way),
		FromDomain: v.FromDomain, AuthServID: v.AuthServID, Mailbox: v.Mailbox,
		Remedies: remediesOf(sent, v, p.app.pinnedFor(v.Mailbox)),
	}
	for _, s := range v.Signatures {
		out.Signatures = append(out.Signatures, admin.ProbeSignature{
			Domain: s.Domain, Selector: s.Selector, Result: string(s.Result), Aligned: s.Aligned, Altered: s.Altered,
			Why: s.Why,
		})
	}
	for _, f := range v.Failures {
		out.Failures = append(out.Failures, admin.ProbeFailure(f))
	}
	return out, nil
}

// pinnedFor is the authserv_id of a mailbox; "" when none is pinned.
func (a *App) pinnedFor(mailbox string) string {
	for _, m := range a.options.Config.Mailboxes {
		if m.Name == mailbox {
			return m.AuthservID
		}
	}
	return ""
}

// remediesOf say what to do so that such an answer counts.
func remediesOf(sent store.Probe, v mailer.ProbeVerdict, pinned string) []string {
	switch {
	case sent.AnsweredAt.IsZero():
		return []string{"ask the admin to answer the mail; it may lie in a junk folder"}
	case v.Returned:
		return []string{"the probe came back: correct the address in the tenants' file"}
	}
	var all []string
	seen := map[string]bool{}
	for _, f := range v.Failures {
		if seen[f.Rule] {
			continue
		}
		seen[f.Rule] = true
		switch f.Rule {
		case "ack/from":
			all = append(all, fmt.Sprintf("let %s answer from that very address, or name the address that "+
				"answers in the tenants' file", sent.Admin))
		case "ack/authentic":
			all = append(all, remedyOfProof(sent, v, pinned))
		case "ack/human":
			all = append(all, "let a person answer, in an ordinary mail")
		}
	}
	return all
}

// remedyOfProof tells a domain that does not sign from one whose signature breaks.
func remedyOfProof(sent store.Probe, v mailer.ProbeVerdict, pinned string) string {
	var own, broken *mailer.ProbeSignature
	for i, s := range v.Signatures {
		if s.Aligned {
			own = &v.Signatures[i]
		}
		if s.Aligned && s.Altered {
			broken = own
		}
	}
	domain := sent.Admin.Domain()
	switch {
	case v.Result == authentic.TempError:
		return "the look-up of a key failed: send another probe later"
	case own == nil:
		return fmt.Sprintf("let the mail server of %s sign with that very domain (DKIM, d=%[1]s)", domain)
	case broken == nil && own.Result == authentic.Pass:
		return fmt.Sprintf(
			"let the mail server of %s sign From, Date and Message-ID, each once, and the whole body", domain)
	case broken == nil:
		return fmt.Sprintf("let the mail server of %s mend its signature (%s)", domain, own.Why)
	case pinned != "":
		return fmt.Sprintf("the signature of %s breaks on its way (%s), and %s, which is pinned, does not vouch for it",
			broken.Domain, broken.Why, pinned)
	case v.AuthServID != "":
		return fmt.Sprintf("the signature of %s breaks on its way (%s): if your own servers do that, as Exchange does, "+
			"write authserv_id: %s for mailbox %s, where `dsrd check --only authserv_id` names it, too",
			broken.Domain, broken.Why, v.AuthServID, v.Mailbox)
	}
	return fmt.Sprintf("the signature of %s breaks on its way (%s): find the server that changes mail, such as one that "+
		"adds a footer", broken.Domain, broken.Why)
}
