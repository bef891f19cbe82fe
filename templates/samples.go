package templates

import (
	"errors"
	"time"
)

// try renders every letter with data that reach every branch of the embedded templates.
func (s *Set) try() error {
	var errs []error
	broken := map[string]bool{}
	for _, l := range languages {
		for _, sample := range samples() {
			letter, err := s.write(sample.letter, l.tag, sample.data)
			if err == nil {
				err = sample.keeps(letter)
			}
			if err != nil && !broken[sample.letter+l.tag] {
				broken[sample.letter+l.tag] = true // the next sample would say the same
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

type sample struct {
	letter string
	data   any
	lines  []string // that stand once in the text, and once as a paragraph of the HTML
}

// samples have all fields set once, and once as empty as they may be.
func samples() []sample {
	const (
		tag      = "[DSR-K4F9-7XQ2]"
		customer = "jane@customer.example"
		code     = "abcde-fghij-klmno-pqrst-uvwxyz"
	)
	ref, asks := []string{"Ref: " + tag}, []string{"Ref: " + tag, "Code: " + code}
	at := time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)
	left := []LeftOut{{Name: "alerts", Reason: "role_forbids"}}
	processor := Answering{ProviderName: "Provider", LegalDeadline: at}
	controller := processor
	controller.Controller = true
	full := Confirmation{Answering: controller, Tag: tag, Customer: customer, TenantName: "Contoso",
		Again: "admin_changed", Escalates: true, Kinds: []string{"export", "access"},
		SenderDomain: "customer.example", SenderVerified: true,
		Categories: []Category{{Name: "security_contacts", Scope: "customer"}}, LeftOut: left,
		Code: code, CodeEnds: at, AdminRole: "owner", RequestedAt: at, Encryption: "age"}
	bare := full
	bare.Kinds, bare.Categories, bare.LeftOut, bare.AdminRole = nil, nil, nil, ""
	bare.SenderDomain, bare.SenderVerified, bare.Encryption = "", false, "none"
	bare.Answering, bare.Again, bare.Escalates = processor, "", false
	typed := typedCode(full)
	unverified := full
	unverified.SenderVerified, unverified.Encryption, unverified.Again = false, "passphrase", "escalated"
	proven := bare
	proven.Again, proven.SenderDomain, proven.SenderVerified = "better_proven", "customer.example", true

	list := []sample{{"which", Which{ProviderName: "Provider"}, nil},
		{"receipt", Receipt{ProviderName: "Provider", ReceivedAt: at}, nil},
		{"probe", Probe{ProviderName: "Provider", TenantName: "Contoso"}, nil},
		{"digest", Digest{
			ProviderName: "Provider", TenantName: "Contoso", Waiting: 12, Since: at, ADay: 20,
			Contact: "privacy@provider.example",
		}, nil},
		{"passphrase", Passphrase{Tag: tag, FileName: "a.zip", Passphrase: "words"}, ref}}
	for _, c := range []Confirmation{full, bare, unverified, proven, afterRecovery(bare), typed} {
		list = append(list, sample{"confirmation", c, asks}, sample{"reminder", Reminder{c, 1}, asks})
	}
	list = append(list, backSamples(tag, customer)...)
	for _, who := range []Answering{processor, controller} {
		list = append(list,
			sample{"declined", Declined{Answering: who, Tag: tag, Customer: customer, By: "admin"}, ref},
			sample{"declined", Declined{Answering: who, Tag: tag, Customer: customer, By: "operator"}, ref},
			sample{"declined", Declined{Answering: who, Tag: tag, Customer: customer, By: "requester"}, ref},
			sample{"refusal", Refusal{who, tag, customer, "reader", "role_forbids"}, ref},
			sample{"refusal", Refusal{who, tag, customer, "", "role_forbids"}, ref},
			sample{"escalation", Escalation{who, tag, "j***@customer.example", "Contoso",
				"admin@contoso.example", at, at}, ref})
	}
	sources := []SourceLine{{Name: "alerts", Status: "failed", Note: "timeout"},
		{Name: "security_contacts", Status: "found", Count: 2}}
	for _, file := range []string{"a.zip", "a.zip.age"} {
		for _, encryption := range []string{"age", "passphrase", "none"} {
			d := Delivery{Answering: controller, Tag: tag, Customer: customer, TenantName: "Contoso", FileName: file,
				Encryption: encryption, Part: 1, Parts: 2, Sources: sources, LeftOut: left,
				SHA256: "00", Verify: "dsrd verify a.zip"}
			list = append(list, sample{"delivery", d, ref}, sample{"delivery",
				Delivery{Answering: processor, Tag: tag, Customer: customer, FileName: file, Encryption: encryption}, ref})
		}
	}
	return list
}

// backSamples are what is written back to an admin whose answer did not count.
func backSamples(tag, customer string) []sample {
	var list []sample
	ref := []string{"Ref: " + tag}
	for _, why := range []string{"unclear", "code_missing", "code_not_typed", "other_address", ""} {
		for _, typed := range []bool{false, true} {
			d := Question{Tag: tag, Customer: customer, Why: why, TypedCode: typed}
			list = append(list, sample{"question", d, ref})
		}
	}
	for _, why := range []string{"not_proven", "other_sender", "old_code", "code_ended", ""} {
		for _, contact := range []string{"", "help@provider.example"} {
			list = append(list, sample{"held", Held{tag, customer, why, contact}, ref})
		}
	}
	return list
}

func afterRecovery(c Confirmation) Confirmation {
	c.Again = "after_recovery"
	return c
}

func typedCode(c Confirmation) Confirmation {
	c.TypedCode = true
	return c
}
