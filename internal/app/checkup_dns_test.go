package app_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func TestNamesOfOurDomain(t *testing.T) {
	const domain, dmarc = "provider.example", "_dmarc.provider.example"
	for name, k := range map[string]struct {
		zone authentic.Zone
		mx   string
		want string
	}{
		"no mail server":          {nil, "", "fail dns : MX: provider.example has no mail server"},
		"a mail server":           {nil, "mx.example", "ok dns : MX: mail to provider.example goes to mx.example"},
		"no answer about it":      {nil, "!temp", "warn dns : MX of provider.example: the DNS did not answer"},
		"no SPF":                  {authentic.Zone{domain: {"hello"}}, "", "warn dns : SPF: provider.example publishes none"},
		"SPF":                     {authentic.Zone{domain: {"V=SPF1 mx -all"}}, "", "ok dns : SPF: provider.example says"},
		"SPF in two":              {authentic.Zone{domain: {"v=spf1 mx -all", "v=spf1 a -all"}}, "", "fail dns : SPF: provider.example publishes several"},
		"SPF for all":             {authentic.Zone{domain: {"v=spf1 +all"}}, "", "fail dns : SPF: provider.example lets everybody send"},
		"SPF for all, bare":       {authentic.Zone{domain: {"v=spf1 mx all"}}, "", "fail dns : SPF: provider.example lets everybody send"},
		"what only looks like it": {authentic.Zone{domain: {"v=spf10 mx"}}, "", "warn dns : SPF: provider.example publishes none"},
		"no answer about SPF":     {authentic.Zone{domain: {"!temp"}}, "", "warn dns : SPF of provider.example: the DNS did not answer"},
		"no DMARC":                {nil, "", "warn dns : DMARC: provider.example publishes none"},
		"DMARC that does nothing": {authentic.Zone{dmarc: {"v=DMARC1; p=none"}}, "", "warn dns : DMARC: provider.example says p=none"},
		"DMARC":                   {authentic.Zone{dmarc: {"v=DMARC1;p=quarantine"}}, "", "ok dns : DMARC: provider.example says p=quarantine"},
		"DMARC in two":            {authentic.Zone{dmarc: {"v=DMARC1; p=reject", "v=DMARC1; p=none"}}, "", "fail dns : DMARC: provider.example publishes several"},
		"no answer about DMARC":   {authentic.Zone{dmarc: {"!temp"}}, "", "warn dns : DMARC of provider.example: the DNS did not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, extra(sourceSettings))
			c := checkupOf(t, p)
			c.Only = []string{"dns"}
			c.Names = phonebook{k.zone, map[string]string{domain: k.mx}}
			if got := lines(c.Run(t.Context())); !strings.Contains(got, k.want) {
				t.Errorf("want %q:\n%s", k.want, got)
			}
		})
	}
}
