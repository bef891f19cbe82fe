package courier

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A trustError is a failure that lasts until a person changes settings or certificates.
type trustError string

func (e trustError) Error() string { return string(e) }

func distrusted(err error) bool {
	var own trustError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &own) || errors.As(err, &certificate) || errors.As(err, &record)
}

// hint tells an operator what was found instead of the server that was to be spoken to.
func hint(err error) string {
	var refused *tls.CertificateVerificationError
	if errors.As(err, &refused) && len(refused.UnverifiedCertificates) > 0 {
		return " (" + described(refused.UnverifiedCertificates[0]) + ")"
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return " (no TLS was spoken on this port: tls implicit is for 465, tls starttls for 587)"
	}
	return ""
}

// described names a certificate, so that an operator can tell whose it is and compare it.
func described(c *x509.Certificate) string {
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	more := ""
	if len(names) > maxNames {
		names, more = names[:maxNames], ", ..."
	}
	return fmt.Sprintf("certificate for %s%s, issued by %s, valid from %s to %s, sha256 %x",
		readable(strings.Join(names, ", ")), more, readable(c.Issuer.CommonName),
		c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly),
		sha256.Sum256(c.Raw))
}

// maxNames of a certificate are told; some stand for hundreds of hosts.
const maxNames = 3

// readable makes one short line of what somebody wrote into a certificate.
func readable(s string) string {
	if s = mask(s, Envelope{}); s == "" {
		return "nobody"
	}
	return s
}
