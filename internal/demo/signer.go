package demo

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// selector of every key in this world's DNS.
const selector = "mail"

// signers sign outgoing mail as the domains' mail servers do.
type signers struct {
	keys    map[string]crypto.Signer
	records map[string]string // as published
	zone    authentic.Zone
}

// newSigners makes a key for each domain and publishes it. The first gets RSA
// with 2,048 bits, as most of the world has; the others Ed25519 (RFC 8463).
func newSigners(domains ...string) (*signers, error) {
	s := &signers{keys: map[string]crypto.Signer{}, records: map[string]string{}, zone: authentic.Zone{}}
	for i, d := range domains {
		record, key, err := newKey(i == 0)
		if err != nil {
			return nil, fmt.Errorf("make a DKIM key for %s: %v", d, err)
		}
		s.keys[d], s.records[d] = key, record
		s.zone[selector+"._domainkey."+d] = []string{record}
		s.zone["_dmarc."+d] = []string{"v=DMARC1; p=reject"}
	}
	return s, nil
}

func newKey(isRSA bool) (record string, key crypto.Signer, err error) {
	if isRSA {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return "", nil, err
		}
		public, err := x509.MarshalPKIXPublicKey(k.Public())
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public), k, err
	}
	public, k, err := ed25519.GenerateKey(rand.Reader)
	return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), k, err
}

// signedFields are those that large providers sign; From is signed twice, so that
// a second one cannot be added (RFC 6376 8.15).
var signedFields = []string{"From", "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To",
	"References", "MIME-Version", "Content-Type"}

// sign gives the signature of a domain as it stands on top of a mail.
func (s *signers) sign(raw []byte, domain string, at time.Time) (string, error) {
	key, ok := s.keys[domain]
	if !ok {
		return "", fmt.Errorf("sign a mail: %s has no key in this world", domain)
	}
	return dkimField(raw, domain, key, at)
}

// BreakDNS makes the look-up of a domain's key fail for now, or ends that.
func (w *World) BreakDNS(domain string, broken bool) error {
	name := selector + "._domainkey." + domain
	record, known := w.signers.records[domain]
	if !known {
		return fmt.Errorf("break the DNS of %s: it has no key in this world", domain)
	}
	if broken {
		record = "!temp"
	}
	w.signers.zone[name] = []string{record}
	return nil
}

// stamp signs what the people of this world submit with their own mail programs,
// as their mail servers would. dsrd's own domain has no key here.
func (w *World) stamp(e mailtest.Envelope, raw []byte) []string {
	domain := domainOf(e.User)
	if w.signers == nil || e.User == "" || w.signers.keys[domain] == nil {
		return nil
	}
	field, err := w.signers.sign(raw, domain, w.Clock.Now())
	if err != nil {
		return nil // then it arrives unsigned, which is no failure of this world
	}
	return []string{strings.TrimSuffix(field, "\r\n")}
}

// domainOf is what stands behind the '@'.
func domainOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}
