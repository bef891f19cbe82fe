package authentic

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// Bounds of an RSA modulus: RFC 8301 3.2 from below; from above what one
// verification may cost.
const (
	minRSABits = 1024
	maxRSABits = 8192
)

// maxKeyRecords is how many records of one name are tried.
const maxKeyRecords = 4

// A key is a public key as a domain publishes it (RFC 6376 3.6.1).
type key struct {
	public  crypto.PublicKey // *rsa.PublicKey or ed25519.PublicKey
	testing bool             // t=y
	exact   bool             // t=s: i= must be d= itself
}

// keyName is where a signature's key is published (RFC 6376 3.6.2.1).
func keyName(c *claim) string { return c.Selector + "._domainkey." + c.Domain }

// findKeys returns the keys that may have made a signature. RFC 6376 3.6.2.2
// leaves several records under one name undefined; they are all returned, and
// the caller holds that against the signature.
func findKeys(ctx context.Context, dns *memo, c *claim) ([]key, error) {
	txt, err := dns.lookup(ctx, keyName(c))
	if err != nil {
		return nil, err
	}
	var keys []key
	var first error
	for _, record := range txt[:min(len(txt), maxKeyRecords)] {
		k, err := parseKey(record, c.Algorithm)
		if err == nil {
			keys = append(keys, k)
		} else if first == nil {
			first = err
		}
	}
	if len(keys) == 0 {
		return nil, first
	}
	return keys, nil
}

// parseKey reads a key record for use with one algorithm.
func parseKey(record, algorithm string) (key, error) {
	t, err := parseTags(withoutEmptyTags(record))
	if err != nil {
		return key{}, errors.New("the key record is malformed")
	}
	kind, hash, _ := strings.Cut(algorithm, "-")
	_, hasV := t["v"]
	switch {
	case hasV && (t.or("v", "") != "DKIM1" || !strings.HasPrefix(trimFWS(record), "v")):
		return key{}, errors.New("the key record is of another version")
	case t.or("k", "rsa") != kind:
		return key{}, errors.New("the key is of another kind than a=")
	case t.list("h") != nil && !slices.Contains(t.list("h"), hash):
		return key{}, errors.New("the key does not allow the hash")
	case t.list("s") != nil && !slices.Contains(t.list("s"), "*") &&
		!slices.Contains(t.list("s"), "email"):
		return key{}, errors.New("the key is not for mail")
	case t.or("g", "") != "" && t.or("g", "") != "*":
		// RFC 4871 3.6.1: whose mail the key may sign. RFC 6376 dropped the tag, and its
		// verifiers ignore it; a domain that still writes it lent the key for less.
		return key{}, errors.New("the key is for certain mailboxes")
	}
	k := key{
		testing: slices.Contains(t.list("t"), "y"),
		exact:   slices.Contains(t.list("t"), "s"),
	}
	k.public, err = parsePublic(t, kind)
	return k, err
}

// withoutEmptyTags forgives what people leave in a record written by hand; a
// signature is written by a program, and gets no such grace.
func withoutEmptyTags(record string) string {
	tags := strings.Split(record, ";")
	return strings.Join(slices.DeleteFunc(tags, func(s string) bool {
		return trimFWS(s) == ""
	}), ";")
}

func parsePublic(t tagList, kind string) (crypto.PublicKey, error) {
	p, ok := t["p"]
	if !ok {
		return nil, errors.New("the key record has no key")
	}
	if p.value == "" {
		return nil, errors.New("the key is revoked")
	}
	der, err := base64.StdEncoding.DecodeString(dropFWS(p.value))
	if err != nil {
		return nil, errors.New("the key is not base64")
	}
	if kind == "rsa" {
		return parseRSA(der)
	}
	if len(der) != ed25519.PublicKeySize { // RFC 8463 4
		return nil, errors.New("the key is no Ed25519 key")
	}
	return ed25519.PublicKey(der), nil
}

// parseRSA takes both forms that RFC 6376 was read to mean (erratum 3017).
func parseRSA(der []byte) (*rsa.PublicKey, error) {
	public, ok := (*rsa.PublicKey)(nil), false
	if any, err := x509.ParsePKIXPublicKey(der); err == nil {
		public, ok = any.(*rsa.PublicKey)
	} else if public, err = x509.ParsePKCS1PublicKey(der); err == nil {
		ok = true
	}
	switch {
	case !ok:
		return nil, errors.New("the key is no RSA key")
	case public.N.BitLen() < minRSABits:
		return nil, errors.New("the RSA key is under 1024 bits")
	case public.N.BitLen() > maxRSABits:
		return nil, errors.New("the RSA key is over 8192 bits")
	case public.E < 3 || public.E%2 == 0:
		return nil, errors.New("the RSA key has a void exponent")
	}
	return public, nil
}

// made reports whether the key made the signature over the digest. Ed25519
// signs the digest, not the text (RFC 8463 3).
func (k key) made(signature []byte, digest [sha256.Size]byte) bool {
	switch p := k.public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(p, crypto.SHA256, digest[:], signature) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(p, digest[:], signature)
	}
	return false
}
