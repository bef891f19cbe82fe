package templates_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/templates"
)

const (
	tag  = "[DSR-K4F9-7XQ2]"
	code = "k4f97-xq2ab-cdefg-hijkl-mnopqr"
)

// processor is a provider that holds the data for the tenant, controller one that has its own.
func processor() templates.Answering {
	return templates.Answering{ProviderName: "Fabrikam Cloud",
		LegalDeadline: time.Date(2026, 12, 21, 0, 0, 0, 0, time.FixedZone("CET", 3600))}
}

func controller() templates.Answering {
	a := processor()
	a.Controller = true
	return a
}

func confirmation() templates.Confirmation {
	return templates.Confirmation{
		Answering: processor(), Tag: tag, Customer: "jane.doe@customer.example",
		TenantName: "Contoso GmbH", Escalates: true, Kinds: []string{"export", "access", "portability"},
		SenderDomain: "mail.example", Code: code, AdminRole: "owner", Encryption: "age",
		Categories: []templates.Category{{Name: "security_contacts", Scope: "customer"},
			{Name: "crm/orders", Scope: "tenant"}},
		LeftOut: []templates.LeftOut{{Name: "jit_policies", Reason: "role_forbids"},
			{Name: "alerts", Reason: "role_forbids"}},
		RequestedAt: time.Date(2026, 11, 20, 9, 41, 0, 0, time.UTC),
		CodeEnds:    time.Date(2026, 11, 27, 9, 42, 0, 0, time.UTC),
	}
}

func verified() templates.Confirmation {
	c := confirmation()
	c.Kinds, c.LeftOut, c.AdminRole = []string{"access"}, nil, "account_administrator"
	c.SenderDomain, c.SenderVerified, c.Encryption = "customer.example", true, "passphrase"
	c.Categories = []templates.Category{{Name: "security_contacts", Scope: "customer"},
		{Name: "jit_policies", Scope: "tenant"}, {Name: "alerts", Scope: "customer"},
		{Name: "activity_log", Scope: "tenant"}}
	return c
}

func bare() templates.Confirmation {
	c := confirmation()
	c.Kinds, c.Categories, c.LeftOut, c.AdminRole = nil, nil, nil, ""
	c.SenderDomain, c.Encryption, c.Escalates = "", "none", false
	c.Answering = controller()
	return c
}

func again(why string) templates.Confirmation {
	c := verified()
	c.Again, c.Escalates = why, why == "admin_changed"
	return c
}

func typed() templates.Confirmation {
	c := confirmation()
	c.TypedCode = true
	return c
}

func escalation() templates.Escalation {
	return templates.Escalation{Answering: processor(), Tag: tag, Customer: "j***@customer.example",
		TenantName: "Contoso GmbH", Admin: "anna.admin@contoso.example",
		RequestedAt: time.Date(2026, 11, 20, 9, 41, 0, 0, time.UTC),
		CodeEnds:    time.Date(2026, 12, 4, 9, 45, 0, 0, time.UTC)}
}

func delivery() templates.Delivery {
	return templates.Delivery{
		Answering: processor(), Tag: tag, Customer: "jane.doe@customer.example", TenantName: "Contoso GmbH",
		FileName: "DSR-K4F9-7XQ2.zip.age", Encryption: "age", Part: 1, Parts: 1,
		Sources: []templates.SourceLine{{Name: "security_contacts", Status: "found", Count: 2},
			{Name: "jit_policies", Status: "none"}, {Name: "activity_log", Status: "found", Count: 14,
				Note: "reaches back 90 days"}},
		SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		Verify: "dsrd verify DSR-K4F9-7XQ2.zip",
	}
}

func incomplete() templates.Delivery {
	d := delivery()
	d.FileName, d.Encryption, d.Part, d.Parts, d.Verify = "DSR-K4F9-7XQ2.part2.zip", "passphrase", 2, 3, ""
	d.Sources = append(d.Sources, templates.SourceLine{Name: "alerts", Status: "failed", Note: "HTTP 503"},
		templates.SourceLine{Name: "crm/orders", Status: "not_searched"})
	d.LeftOut = []templates.LeftOut{{Name: "alerts", Reason: "role_forbids"}}
	d.Answering = controller()
	return d
}

func unencrypted() templates.Delivery {
	d := delivery()
	d.FileName, d.Encryption, d.Sources = "DSR-K4F9-7XQ2.zip", "none", nil
	return d
}

// A letterCase is a letter in every language; asks is true of those to an admin who is to answer.
type letterCase struct {
	name  string
	asks  bool
	write func(s *templates.Set, language string) (templates.Letter, error)
}

type (
	set    = *templates.Set
	letter = templates.Letter
)

func letterCases() []letterCase {
	received := time.Date(2026, 11, 20, 9, 41, 0, 0, time.UTC)
	question := func(why string) func(set, string) (letter, error) {
		return func(s set, l string) (letter, error) {
			return s.Question(l, templates.Question{Tag: tag, Customer: "jane.doe@customer.example", Why: why})
		}
	}
	typedQuestion := func(s set, l string) (letter, error) {
		return s.Question(l, templates.Question{Tag: tag, Customer: "jane.doe@customer.example",
			Why: "code_not_typed", TypedCode: true})
	}
	held := func(why, contact string) func(set, string) (letter, error) {
		return func(s set, l string) (letter, error) {
			return s.Held(l, templates.Held{Tag: tag, Customer: "jane.doe@customer.example", Why: why, Contact: contact})
		}
	}
	declined := func(by string, who templates.Answering) func(set, string) (letter, error) {
		return func(s set, l string) (letter, error) {
			return s.Declined(l, templates.Declined{Answering: who, Tag: tag,
				Customer: "jane.doe@customer.example", By: by})
		}
	}
	refusal := func(who templates.Answering) func(set, string) (letter, error) {
		return func(s set, l string) (letter, error) {
			return s.Refusal(l, templates.Refusal{Answering: who, Tag: tag,
				Customer: "jane.doe@customer.example", Role: "reader", Reason: "role_forbids"})
		}
	}
	digest := func(waiting int) func(set, string) (letter, error) {
		return func(s set, l string) (letter, error) {
			return s.Digest(l, templates.Digest{ProviderName: "Fabrikam Cloud", TenantName: "Contoso GmbH",
				Waiting: waiting, Since: received, ADay: 20, Contact: "privacy@fabrikam.example"})
		}
	}
	confirm := func(c templates.Confirmation) func(set, string) (letter, error) {
		return func(s set, l string) (letter, error) { return s.Confirmation(l, c) }
	}
	escalate := func(who templates.Answering) func(set, string) (letter, error) {
		e := escalation()
		e.Answering = who
		return func(s set, l string) (letter, error) { return s.Escalation(l, e) }
	}
	return []letterCase{
		{"confirmation", true, confirm(confirmation())},
		{"confirmation-verified", true, confirm(verified())},
		{"confirmation-bare", true, confirm(bare())},
		{"confirmation-changed", true, confirm(again("admin_changed"))},
		{"confirmation-escalated", true, confirm(again("escalated"))},
		{"confirmation-better-proven", true, confirm(again("better_proven"))},
		{"confirmation-recovered", true, confirm(again("after_recovery"))},
		{"escalation", false, escalate(processor())},
		{"escalation-controller", false, escalate(controller())},
		{"reminder", true, func(s set, l string) (letter, error) {
			return s.Reminder(l, templates.Reminder{Confirmation: confirmation(), Number: 2})
		}},
		{"confirmation-typed", true, confirm(typed())},
		{"question-typed", true, typedQuestion},
		{"held-not-proven", false, held("not_proven", "help@fabrikam.example")},
		{"held-other-sender", false, held("other_sender", "+49 30 5550100")},
		{"held-old-code", false, held("old_code", "")},
		{"held-code-ended", false, held("code_ended", "help@fabrikam.example")},
		{"question-unclear", true, question("unclear")},
		{"question-code", true, question("code_missing")},
		{"question-other", true, question("other_address")},
		{"which", false, func(s set, l string) (letter, error) {
			return s.Which(l, templates.Which{ProviderName: "Fabrikam Cloud"})
		}},
		{"declined-admin", false, declined("admin", processor())},
		{"declined-requester", false, declined("requester", processor())},
		{"declined-operator", false, declined("operator", controller())},
		{"refusal", false, refusal(processor())},
		{"refusal-controller", false, refusal(controller())},
		{"receipt", false, func(s set, l string) (letter, error) {
			return s.Receipt(l, templates.Receipt{ProviderName: "Fabrikam Cloud", ReceivedAt: received})
		}},
		{"probe", false, func(s set, l string) (letter, error) {
			return s.Probe(l, templates.Probe{ProviderName: "Fabrikam Cloud", TenantName: "Contoso GmbH"})
		}},
		{"digest", false, digest(9980)},
		{"digest-one", false, digest(1)},
		{"delivery", false, func(s set, l string) (letter, error) { return s.Delivery(l, delivery()) }},
		{"delivery-incomplete", false, func(s set, l string) (letter, error) { return s.Delivery(l, incomplete()) }},
		{"delivery-unencrypted", false, func(s set, l string) (letter, error) { return s.Delivery(l, unencrypted()) }},
		{"passphrase", false, func(s set, l string) (letter, error) {
			return s.Passphrase(l, templates.Passphrase{Tag: tag, FileName: "DSR-K4F9-7XQ2.zip",
				Passphrase: "anchor-violet-pencil-harbor-ninety-salt"})
		}},
	}
}

// eachLetter runs test on every letter in both languages.
func eachLetter(t *testing.T, test func(t *testing.T, c letterCase, l templates.Letter)) {
	t.Helper()
	s := load(t)
	for _, c := range letterCases() {
		for _, language := range []string{"en", "de"} {
			t.Run(c.name+"."+language, func(t *testing.T) {
				l, err := c.write(s, language)
				if err != nil {
					t.Fatal(err)
				}
				test(t, c, l)
			})
		}
	}
}

func load(t testing.TB) *templates.Set {
	t.Helper()
	s, err := templates.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
