package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Address is an e-mail address, folded to lower case, without display name.
type Address string

// FoldAddress gives the form in which two addresses are compared.
func FoldAddress(s string) Address {
	return Address(strings.ToLower(strings.TrimSpace(s)))
}

// Domain is what stands behind the last '@', "" if there is none.
func (a Address) Domain() string {
	_, domain, _ := a.cut()
	return domain
}

// Masked shows enough for the owner to know it, and not enough to write to it:
// "j***@customer.example".
func (a Address) Masked() string {
	local, domain, ok := a.cut()
	if !ok || local == "" {
		return "***"
	}
	return local[:1] + "***@" + domain
}

// Redacted is what logs may say of an address: a short hash.
func (a Address) Redacted() string {
	if a == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(a))
	return "addr:" + hex.EncodeToString(sum[:4])
}

func (a Address) cut() (local, domain string, ok bool) {
	at := strings.LastIndexByte(string(a), '@')
	if at < 0 {
		return string(a), "", false
	}
	return string(a[:at]), string(a[at+1:]), true
}
