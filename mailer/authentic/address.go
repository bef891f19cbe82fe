package authentic

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// FoldAddress brings an address into the one form in which two are compared:
// ASCII letters lower-cased on both sides of the @, the domain in A-labels. It
// takes a dot-atom local part in ASCII and a domain in ASCII or U-labels; a
// quoted local part, a comment, an address literal and all else is an error.
// The error does not repeat the address.
func FoldAddress(addr string) (string, error) {
	at := strings.LastIndexByte(addr, '@')
	if at < 0 {
		return "", errors.New("read address: no @")
	}
	local, domain := addr[:at], addr[at+1:]
	if err := checkLocal(local); err != nil {
		return "", fmt.Errorf("read address: %w", err)
	}
	domain, err := foldDomain(domain)
	if err != nil {
		return "", fmt.Errorf("read address: %w", err)
	}
	return lower(local) + "@" + domain, nil
}

// checkLocal demands a dot-atom (RFC 5322 3.2.3) without an encoded word in
// it, which some clients decode and some do not.
func checkLocal(local string) error {
	switch {
	case len(local) > 64: // RFC 5321 4.5.3.1.1
		return errors.New("the local part is over 64 bytes")
	case strings.HasPrefix(local, `"`):
		return errors.New("the local part is quoted")
	case strings.Contains(local, "=?"):
		return errors.New("the local part holds an encoded word")
	}
	for atom := range strings.SplitSeq(local, ".") {
		if !isAtom(atom) {
			return errors.New("the local part is no dot-atom")
		}
	}
	return nil
}

func isAtom(s string) bool {
	for i := range len(s) {
		if !isAtext(s[i]) {
			return false
		}
	}
	return s != ""
}

func isAtext(c byte) bool {
	return isAlnum(c) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// foldDomain lower-cases a host name and turns U-labels into A-labels.
func foldDomain(domain string) (string, error) {
	folded := make([]string, 0, 4)
	for label := range strings.SplitSeq(domain, ".") {
		a, err := foldLabel(label)
		if err != nil {
			return "", err
		}
		folded = append(folded, a)
	}
	d := strings.Join(folded, ".")
	if len(d) > 253 { // RFC 1035 2.3.4, without the root
		return "", errors.New("the domain is over 253 bytes")
	}
	return d, nil
}

func foldLabel(label string) (string, error) {
	ascii := isASCII(label)
	if ascii && !strings.HasPrefix(lower(label), "xn--") {
		return plainLabel(lower(label))
	}
	a, err := idna.Lookup.ToASCII(lower(label))
	// A mapping that ends in plain ASCII (full-width letters, the Kelvin
	// sign) is a disguise, and one that changes an A-label a forged one.
	if err != nil || !strings.HasPrefix(a, "xn--") || ascii && a != lower(label) {
		return "", errors.New("the domain has a label that is not IDNA2008")
	}
	// ToASCII lets bytes pass that are no UTF-8, and refuses what it made of them.
	if again, err := idna.Lookup.ToASCII(a); err != nil || again != a {
		return "", errors.New("the domain has a label that is not IDNA2008")
	}
	return plainLabel(a)
}

// plainLabel demands letters, digits and inner hyphens (RFC 5321 4.1.2).
func plainLabel(s string) (string, error) {
	bad := errors.New("the domain is no host name")
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return "", bad
	}
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '-' {
			return "", bad
		}
	}
	return s, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
