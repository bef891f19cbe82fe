package authentic

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSignedNames bounds h=; Gmail lists about 20, oversigning included.
const maxSignedNames = 400

// A claim is a DKIM-Signature field read, before anything was computed.
type claim struct {
	Signature
	field                      field
	bTag                       tag // where b= stands in the field's value
	value, bodyHash            []byte
	relaxedHeader, relaxedBody bool
	length                     int64  // l=, -1 where missing
	keyDoubt                   string // what its keys lack, where it is Altered
}

// readClaim reads a DKIM-Signature field by RFC 6376 3.5 and 6.1.1. An error
// leaves the parts read so far, for the report.
func readClaim(f field) (*claim, error) {
	c := &claim{field: f, length: -1}
	tags, err := parseTags(string(f.value()))
	if err != nil {
		return c, err
	}
	steps := []func(tagList) error{
		c.readSigner, c.readIdentity, c.readHow, c.readHeaders, c.readTimes, c.readValues,
	}
	for _, step := range steps {
		if err := step(tags); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *claim) readSigner(t tagList) error {
	c.Algorithm = t.or("a", "")
	c.Selector = lower(t.or("s", ""))
	domain, err := foldDomain(t.or("d", ""))
	if err != nil {
		return errors.New("d= is missing or no domain")
	}
	c.Domain, c.Identity = domain, "@"+domain
	if t.or("v", "") != "1" {
		return errors.New("v= is not 1")
	}
	if !isSelector(c.Selector) {
		return errors.New("s= is missing or no selector")
	}
	return nil
}

// isSelector is laxer than RFC 6376 3.1 by the underscore, which is in use.
func isSelector(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if _, err := plainLabel(strings.ReplaceAll(label, "_", "x")); err != nil {
			return false
		}
	}
	return len(s) <= 200
}

// readIdentity: i= must be d= or below it (RFC 6376 3.5).
func (c *claim) readIdentity(t tagList) error {
	if _, ok := t["i"]; !ok {
		return nil
	}
	c.Identity = t.or("i", "")
	at := strings.LastIndexByte(c.Identity, '@')
	if at < 0 {
		return errors.New("i= has no @")
	}
	host := lower(c.Identity[at+1:])
	if host != c.Domain && !strings.HasSuffix(host, "."+c.Domain) {
		return errors.New("i= is outside d=")
	}
	return nil
}

// readHow reads a=, c=, q= and l=.
func (c *claim) readHow(t tagList) error {
	switch c.Algorithm {
	case "rsa-sha256", "ed25519-sha256":
	case "rsa-sha1": // RFC 8301 3.1
		return errors.New("rsa-sha1 proves nothing")
	default:
		return errors.New("a= is missing or unknown")
	}
	head, body, _ := strings.Cut(t.or("c", "simple/simple"), "/")
	var err error
	if c.relaxedHeader, err = isRelaxed(head); err != nil {
		return err
	}
	if c.relaxedBody, err = isRelaxed(body); err != nil {
		return err
	}
	if q := t.list("q"); q != nil && !slices.Contains(q, "dns/txt") {
		return errors.New("q= is unknown")
	}
	if _, ok := t["l"]; ok {
		if c.length, err = number(t.or("l", ""), 18); err != nil {
			return errors.New("l= is no number")
		}
		c.Weak = append(c.Weak, "l= leaves the end of the body unsigned")
	}
	return nil
}

// isRelaxed: a canonicalization that is not named is simple (RFC 6376 3.5).
func isRelaxed(s string) (bool, error) {
	switch s {
	case "relaxed":
		return true, nil
	case "simple", "":
		return false, nil
	}
	return false, errors.New("c= is unknown")
}

func (c *claim) readHeaders(t tagList) error {
	names := t.list("h")
	if len(names) > maxSignedNames {
		return fmt.Errorf("h= lists over %d fields", maxSignedNames)
	}
	for _, n := range names {
		if !isFieldName([]byte(n)) {
			return errors.New("h= has something that is no field name")
		}
		c.Headers = append(c.Headers, lower(n))
	}
	if !c.Covers("from") { // RFC 6376 5.4
		return errors.New("From is not signed")
	}
	return nil
}

func (c *claim) readTimes(t tagList) error {
	var err error
	if c.SignedAt, err = unixTime(t, "t"); err != nil {
		return err
	}
	if c.ExpiresAt, err = unixTime(t, "x"); err != nil {
		return err
	}
	both := !c.SignedAt.IsZero() && !c.ExpiresAt.IsZero()
	if both && !c.ExpiresAt.After(c.SignedAt) {
		return errors.New("x= is not after t=")
	}
	return nil
}

// unixTime reads t= or x=, at most 12 digits (RFC 6376 3.5).
func unixTime(t tagList, name string) (time.Time, error) {
	if _, ok := t[name]; !ok {
		return time.Time{}, nil
	}
	sec, err := number(t.or(name, ""), 12)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s= is no time", name)
	}
	return time.Unix(sec, 0).UTC(), nil
}

func number(s string, digits int) (int64, error) {
	if s == "" || len(s) > digits || strings.Trim(s, "0123456789") != "" {
		return 0, errors.New("no number")
	}
	return strconv.ParseInt(s, 10, 64)
}

func (c *claim) readValues(t tagList) error {
	var err error
	if c.bodyHash, err = decode64(t.or("bh", "")); err != nil || len(c.bodyHash) != sha256.Size {
		return errors.New("bh= is missing or no hash")
	}
	c.bTag = t["b"]
	if c.value, err = decode64(t.or("b", "")); err != nil || len(c.value) == 0 {
		return errors.New("b= is missing or no signature")
	}
	sum := sha256.Sum256(c.value)
	c.Digest = hex.EncodeToString(sum[:])
	return nil
}

// decode64 is strict, so that one signature has one spelling.
func decode64(s string) ([]byte, error) {
	return base64.StdEncoding.Strict().DecodeString(s)
}
