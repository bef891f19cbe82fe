package authentic_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func TestNamesOfOneOrganisationAreOneSender(t *testing.T) {
	for domain, want := range map[string]string{
		"evil.example":           "evil.example",
		"a.b.evil.example":       "evil.example",
		"A.Evil.EXAMPLE":         "evil.example",
		"mail.evil.co.uk":        "evil.co.uk",
		"co.uk":                  "co.uk",
		"localhost":              "localhost",
		"":                       "",
		"words, and not a name!": "words, and not a name!",
	} {
		if got := authentic.Organization(domain); got != want {
			t.Errorf("%q: got %q, want %q", domain, got, want)
		}
	}
}
