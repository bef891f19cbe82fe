package app

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/dsrd/dsrd/internal/config"
)

// certificateDays is how early the end of a certificate is warned of: those that
// renew by themselves do so 30 days before (RFC 8555 issuers give 90).
const certificateDays = 21

// seal remembers the certificate that a server showed, once it was verified.
type seal struct {
	mu   sync.Mutex
	leaf *x509.Certificate
}

// watch gives the trust of a server, with the seal looking at what it accepts. It
// accepts nothing that the daemon would not.
func (s *seal) watch(caFile, host string) (*tls.Config, error) {
	c, err := tlsConfig(caFile, host)
	if err != nil {
		return nil, err
	}
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host} // RFC 8314 4.1
	}
	c.VerifyConnection = func(state tls.ConnectionState) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.leaf = state.PeerCertificates[0]
		return nil
	}
	return c, nil
}

// tell is the finding on the certificate; none where there was no TLS.
func (s *seal) tell(now time.Time) []Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaf == nil {
		return nil
	}
	days := int(s.leaf.NotAfter.Sub(now) / (24 * time.Hour))
	f := good("certificate is valid for another %d days, until %s", days, s.leaf.NotAfter.UTC().Format(time.DateOnly))
	if days < certificateDays {
		f.Grade, f.Remedy = GradeWarn, "renew it, and see that it renews by itself"
	}
	return []Finding{f}
}

// trouble explains why a connection failed: the finding names the certificate that
// was refused, so that it can be compared.
func (k *Checkup) trouble(doing string, err error) Finding {
	var refused *tls.CertificateVerificationError
	if errors.As(err, &refused) && len(refused.UnverifiedCertificates) > 0 {
		why, remedy := k.distrust(refused)
		print := sha256.Sum256(refused.UnverifiedCertificates[0].Raw)
		return failing(fmt.Sprintf("%s: the certificate is refused: %s (sha256 %x)", doing, why, print), remedy)
	}
	return failing(fmt.Sprintf("%s: %v", doing, err), remedyOf(err))
}

func (k *Checkup) distrust(refused *tls.CertificateVerificationError) (why, remedy string) {
	leaf := refused.UnverifiedCertificates[0]
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(refused, &name):
		return "it is for " + strings.Join(append(leaf.DNSNames, addresses(leaf.IPAddresses)...), ", ") +
			", not for " + name.Host, "write the host as the certificate has it"
	case errors.As(refused, &invalid) && invalid.Reason == x509.Expired && k.Now().Before(leaf.NotBefore):
		return "it is valid only from " + leaf.NotBefore.UTC().Format(time.DateOnly), "is this machine's clock right?"
	case errors.As(refused, &invalid) && invalid.Reason == x509.Expired:
		return "it expired on " + leaf.NotAfter.UTC().Format(time.DateOnly), "let its server's owner renew it"
	case errors.As(refused, &authority):
		return "nobody whom we trust has signed it",
			"if it is the right one, name the file of its authority in ca_file"
	}
	return refused.Err.Error(), "let its server's owner look at it"
}

func addresses(ips []net.IP) (all []string) {
	for _, ip := range ips {
		all = append(all, ip.String())
	}
	return all
}

// remedyOf knows the usual reasons why a server cannot be reached.
func remedyOf(err error) string {
	var name *net.DNSError
	var call *net.OpError
	switch {
	case errors.As(err, &name):
		return "is the host's name right, and does this machine's DNS work?"
	case errors.Is(err, context.DeadlineExceeded):
		return "is the server up, and does a firewall let us through?"
	case errors.As(err, &call) && call.Op == "dial":
		return "is the server up, and is the port right?"
	}
	return "see the log of the server"
}

// knock asks an HTTPS server for its head, without saying who we are. Any answer is
// one; the time is the server's clock, zero where it does not tell.
func (k *Checkup) knock(ctx context.Context, url, caFile string) ([]Finding, time.Time) {
	var s seal
	trust, err := s.watch(caFile, "")
	if err != nil {
		return []Finding{failing(err.Error(), "")}, time.Time{}
	}
	transport := &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}
	client := &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, http.NoBody)
	if err != nil {
		return []Finding{failing(err.Error(), "write the URL as https://...")}, time.Time{}
	}
	resp, err := client.Do(req)
	if err != nil {
		return []Finding{k.trouble("reach "+req.URL.Host, err)}, time.Time{}
	}
	resp.Body.Close()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		at = time.Time{}
	}
	return s.tell(k.Now()), at
}

// tokenNamed is the configured account of that name.
func tokenNamed(c *config.Config, name string) (config.Token, bool) {
	for _, t := range c.Tokens {
		if t.Name == name {
			return t, true
		}
	}
	return config.Token{}, false
}
