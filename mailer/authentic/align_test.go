package authentic_test

import (
	"context"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func signedAs(domain string) string {
	return strings.Replace(usual, "d=acme.example", "d="+domain, 1)
}

func TestAlignment(t *testing.T) {
	const strictAnna = "anna@strict.example"
	for name, c := range map[string]struct {
		from, d string
		result  authentic.Result
	}{
		"same domain":                     {anna, "acme.example", authentic.Pass},
		"same domain in capitals":         {anna, "ACME.Example", authentic.Pass},
		"sub-domain, relaxed":             {anna, "mail.acme.example", authentic.Pass},
		"parent, relaxed":                 {"anna@hr.acme.example", "acme.example", authentic.Pass},
		"sister, relaxed":                 {"anna@hr.acme.example", "mail.acme.example", authentic.Pass},
		"same domain, strict":             {strictAnna, "strict.example", authentic.Pass},
		"sub-domain, strict":              {strictAnna, "mail.strict.example", authentic.Fail},
		"parent, strict by the parent":    {"anna@hr.strict.example", "strict.example", authentic.Fail},
		"another domain":                  {anna, "evil.example", authentic.None},
		"public suffix above":             {anna, "example", authentic.None},
		"public suffix of two labels":     {"anna@acme.co.uk", "co.uk", authentic.None},
		"From at a public suffix":         {"anna@co.uk", "co.uk", authentic.None},
		"another customer of the suffix":  {"anna@acme.co.uk", "evil.co.uk", authentic.None},
		"name that only ends alike":       {"anna@notacme.example", "acme.example", authentic.None},
		"private suffix, another tenant":  {"anna@acme.github.io", "evil.github.io", authentic.None},
		"tenant's domain at the provider": {anna, "acmetenant.onmicrosoft.com", authentic.None},
	} {
		t.Run(name, func(t *testing.T) {
			z := zone()
			z["s1._domainkey."+strings.ToLower(c.d)] = []string{rsaRecord(rsaKey())}
			d := verifyIn(z, seal(rsaKey(), signedAs(c.d), letter(c.from)), arrived)
			if d.Result != c.result || len(d.DKIM) != 1 || d.DKIM[0].Result != authentic.Pass {
				t.Errorf("got %s (%s, %+v), want %s", d.Result, why(d), d.DKIM, c.result)
			}
			if d.DKIM[0].Aligned != (c.result == authentic.Pass) {
				t.Errorf("got aligned %v", d.DKIM[0].Aligned)
			}
		})
	}
}

func TestTheOptionDemandsStrictAlignment(t *testing.T) {
	v := authentic.New(zone(), authentic.Options{Strict: true})
	for d, want := range map[string]bool{"acme.example": true, "mail.acme.example": false} {
		mail := seal(rsaKey(), signedAs(d), letter(anna))
		got := v.Verify(context.Background(), []byte(mail), arrived)
		if got.Confirmable() != want {
			t.Errorf("d=%s: got confirmable %v (%s), want %v", d, got.Confirmable(), why(got), want)
		}
	}
}

func TestDMARCRecords(t *testing.T) {
	for name, c := range map[string]struct {
		own, org []string
		want     authentic.Result
	}{
		"none":                  {nil, nil, authentic.Pass},
		"relaxed":               {[]string{"v=DMARC1; p=none; adkim=r"}, nil, authentic.Pass},
		"strict":                {[]string{"v=DMARC1; p=none; adkim=s"}, nil, authentic.Fail},
		"strict, oddly written": {[]string{" v = DMARC1 ;; p=none; ADKIM = S "}, nil, authentic.Fail},
		"own before organisation": {
			[]string{"v=DMARC1; p=none"}, []string{"v=DMARC1; adkim=s"}, authentic.Pass,
		},
		"organisation strict": {nil, []string{"v=DMARC1; adkim=s"}, authentic.Fail},
		"beside other text":   {[]string{"hello", "v=DMARC1; adkim=s"}, nil, authentic.Fail},
		"two are none":        {[]string{"v=DMARC1", "v=DMARC1; adkim=s"}, nil, authentic.Pass},
		"not a DMARC record":  {[]string{"adkim=s; v=DMARC1"}, nil, authentic.Pass},
		"own fails for now":   {[]string{"!temp"}, nil, authentic.TempError},
		"organisation fails":  {nil, []string{"!temp"}, authentic.TempError},
		"own fails for good":  {[]string{"!perm"}, nil, authentic.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			z := zone()
			z["_dmarc.hr.acme.example"], z["_dmarc.acme.example"] = c.own, c.org
			d := verifyIn(z, seal(rsaKey(), usual, letter("anna@hr.acme.example")), arrived)
			if d.Result != c.want || d.Confirmable() != (c.want == authentic.Pass) {
				t.Errorf("got %s (%s), want %s", d.Result, why(d), c.want)
			}
			if c.want == authentic.TempError {
				wantRefused(t, d, c.want, "DMARC look-up failed for now")
			}
		})
	}
}

func TestTheDMARCRecordIsNotAskedForWhereItCannotMatter(t *testing.T) {
	z := zone()
	z["_dmarc.acme.example"] = []string{"!temp"}
	wantPass(t, verifyIn(z, seal(rsaKey(), usual, letter(anna)), arrived))
}
