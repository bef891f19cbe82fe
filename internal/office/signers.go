package office

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

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

// signedFields are those that a domain signs; From twice, so that none can be added.
var signedFields = []string{"From", "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To",
	"References", "MIME-Version", "Content-Type", "Auto-Submitted"}

// sign signs a mail as a domain's server does, simple/simple (RFC 6376 3.4.1 and 3.4.3); "-" leaves
// it unsigned. The moment of signing is the office's: go-msgauth would take the machine's.
func (s signers) sign(raw, domain string, at time.Time) (string, error) {
	if domain == "-" {
		return raw, nil
	}
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	bodyHash := sha256.Sum256([]byte(strings.TrimRight(body, "\r\n") + "\r\n"))
	algorithm, how := "rsa-sha256", crypto.SignerOpts(crypto.SHA256)
	if _, ok := s[domain].(ed25519.PrivateKey); ok {
		algorithm, how = "ed25519-sha256", crypto.Hash(0) // RFC 8463 3: it signs the digest
	}
	field := fmt.Sprintf("DKIM-Signature: v=1; a=%s; c=simple/simple; d=%s; s=mail; t=%d;\r\n\th=%s;\r\n\tbh=%s;\r\n\tb=",
		algorithm, domain, at.Unix(), strings.Join(signedFields, ":"), base64.StdEncoding.EncodeToString(bodyHash[:]))
	digest := sha256.Sum256([]byte(toSign(head) + field))
	b, err := s[domain].Sign(rand.Reader, digest[:], how)
	return field + base64.StdEncoding.EncodeToString(b) + "\r\n" + raw, err
}

// toSign are the fields that are signed, each of which a letter has once or not at all.
func toSign(head string) (all string) {
	taken := map[string]bool{}
	for _, name := range signedFields {
		for line := range strings.SplitSeq(head, "\r\n") {
			if strings.HasPrefix(line, name+":") && !taken[name] {
				all, taken[name] = all+line+"\r\n", true
			}
		}
	}
	return all
}
