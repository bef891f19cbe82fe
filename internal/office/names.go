package office

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/real"
)

// OwnNames gives an office name servers of its own, which know all keys.
func OwnNames(t testing.TB, s *Site) *real.DNS {
	t.Helper()
	d, err := real.StartDNS()
	NoError(t, err)
	t.Cleanup(func() { d.Close() })
	NoError(t, s.signers.publish(d))
	return d
}

// annasKey is what proves anna's mails.
const annasKey = "mail._domainkey.acme.example"

// AfterLookup lets time pass between two look-ups for anna's key, which each scan makes.
func (o *Office) AfterLookup(names *real.DNS, d time.Duration) {
	o.T.Helper()
	before := names.Asked(annasKey)
	Until(o.T, "the key is looked for again", func() bool { return names.Asked(annasKey) > before })
	o.Pass(d)
}
