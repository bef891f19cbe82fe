package authentic

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// organization is the domain that somebody registered above a name; empty for
// a public suffix, which belongs to nobody and speaks for nobody.
func organization(domain string) string {
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return ""
	}
	return org
}

// related reports whether two domains are of one organisation (RFC 7489 3.1.1,
// relaxed).
func related(a, b string) bool {
	org := organization(a)
	return org != "" && org == organization(b)
}

// strictPolicy reports whether the DMARC record of a From domain demands
// adkim=s. Its own record comes first, then the organisation's (RFC 7489
// 6.6.3). A look-up that cannot succeed demands it too: nobody knows better.
func strictPolicy(ctx context.Context, dns *memo, from string) (bool, error) {
	names := []string{from}
	if org := organization(from); org != "" && org != from {
		names = append(names, org)
	}
	for _, name := range names {
		txt, err := dns.lookup(ctx, "_dmarc."+name)
		switch {
		case err == nil || errors.Is(err, ErrNoRecord):
		case errors.Is(err, ErrPermanent):
			return true, nil
		default:
			return false, err
		}
		if strict, found := readPolicy(txt); found {
			return strict, nil
		}
	}
	return false, nil
}

// readPolicy finds the one DMARC record among TXT records; several count as
// none (RFC 7489 6.6.3).
func readPolicy(records []string) (strict, found bool) {
	for _, r := range records {
		if !isPolicy(r) {
			continue
		}
		if found {
			return false, false
		}
		strict, found = adkim(r) == "s", true
	}
	return strict, found
}

// isPolicy: v=DMARC1 has to come first (RFC 7489 6.3).
func isPolicy(record string) bool {
	first, _, _ := strings.Cut(record, ";")
	name, value, _ := strings.Cut(first, "=")
	return trimFWS(name) == "v" && trimFWS(value) == "DMARC1"
}

// adkim is read without demanding that the rest of the record is in order.
func adkim(record string) string {
	for part := range strings.SplitSeq(record, ";") {
		if name, value, ok := strings.Cut(part, "="); ok && lower(trimFWS(name)) == "adkim" {
			return lower(trimFWS(value))
		}
	}
	return "r"
}
