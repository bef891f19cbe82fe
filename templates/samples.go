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
	full := Confirmation{Tag: tag, Customer: customer, TenantName: "Contoso",
		ProviderName: "Provider", Kinds: []string{"export", "access"},
		SenderDomain: "customer.example", SenderVerified: true,
		Categories: []Category{{Name: "security_contacts", Scope: "customer"}}, LeftOut: left,
		Code: code, CodeEnds: at, AdminRole: "owner", RequestedAt: at,
		LegalDeadline: at, Encryption: "age"}
	bare := full
	bare.Kinds, bare.Categories, bare.LeftOut, bare.AdminRole = nil, nil, nil, ""
	bare.SenderDomain, bare.SenderVerified, bare.Encryption = "", false, "none"
	unverified := full
	unverified.SenderVerified, unverified.Encryption = false, "passphrase"

	list := []sample{{"which", Which{ProviderName: "Provider"}, nil},
		{"receipt", Receipt{ProviderName: "Provider", ReceivedAt: at}, nil},
		{"passphrase", Passphrase{Tag: tag, FileName: "a.zip", Passphrase: "words"}, ref}}
	for _, c := range []Confirmation{full, bare, unverified} {
		list = append(list, sample{"confirmation", c, asks}, sample{"reminder", Reminder{c, 1}, asks})
	}
	for _, why := range []string{"unclear", "code_missing", "other_address", ""} {
		list = append(list, sample{"question", Question{Tag: tag, Customer: customer, Why: why}, ref})
	}
	for _, by := range []string{"admin", "operator"} {
		list = append(list, sample{"declined", Declined{Tag: tag, Customer: customer, By: by}, ref})
	}
	for _, role := range []string{"reader", ""} {
		list = append(list, sample{"refusal",
			Refusal{Tag: tag, Customer: customer, Role: role, Reason: "role_forbids"}, ref})
	}
	sources := []SourceLine{{Name: "alerts", Status: "failed", Note: "timeout"},
		{Name: "security_contacts", Status: "found", Count: 2}}
	for _, file := range []string{"a.zip", "a.zip.age"} {
		for _, encryption := range []string{"age", "passphrase", "none"} {
			d := Delivery{Tag: tag, Customer: customer, TenantName: "Contoso", FileName: file,
				Encryption: encryption, Part: 1, Parts: 2, Sources: sources, LeftOut: left,
				SHA256: "00", Verify: "dsrd verify a.zip"}
			list = append(list, sample{"delivery", d, ref}, sample{"delivery",
				Delivery{Tag: tag, Customer: customer, FileName: file, Encryption: encryption}, ref})
		}
	}
	return list
}
