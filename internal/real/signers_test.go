package real_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/dsrd/dsrd/internal/real"
)

// signers are the DKIM keys of the domains of this world.
type signers map[string]crypto.Signer

// newSigners makes a key for each domain: RSA for the first, as most of the world has, Ed25519 for
// the others (RFC 8463).
func newSigners(domains ...string) (signers, error) {
	all := signers{}
	for i, domain := range domains {
		var err error
		if i == 0 {
			all[domain], err = rsa.GenerateKey(rand.Reader, 2048)
		} else {
			_, all[domain], err = ed25519.GenerateKey(rand.Reader)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// publish tells a name server of the keys, and of what else there is of the domains.
func (s signers) publish(d *real.DNS) error {
	for domain, k := range s {
		record, err := keyRecord(k.Public())
		if err != nil {
			return err
		}
		d.SetTXT("mail._domainkey."+domain, record)
		d.SetTXT("_dmarc."+domain, "v=DMARC1; p=reject")
		d.SetMX(domain, "mail."+domain)
	}
	return nil
}

// keyRecord is a public key as RFC 6376 3.6.1 and RFC 8463 4.2 want it.
func keyRecord(public crypto.PublicKey) (string, error) {
	kind, raw := "rsa", []byte(nil)
	switch k := public.(type) {
	case ed25519.PublicKey:
		kind, raw = "ed25519", k
	default:
		var err error
		if raw, err = x509.MarshalPKIXPublicKey(k); err != nil {
			return "", err
		}
	}
	return "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(raw), nil
}

// sign signs a mail as a domain's server does; "-" leaves it unsigned.
func (s signers) sign(raw, domain string) (string, error) {
	if domain == "-" {
		return raw, nil
	}
	var out bytes.Buffer
	err := dkim.Sign(&out, strings.NewReader(raw), &dkim.SignOptions{
		Domain: domain, Selector: "mail", Signer: s[domain], Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To",
			"References", "MIME-Version", "Content-Type", "Auto-Submitted"},
	})
	return out.String(), err
}
