package demo

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// dkimField signs a mail, relaxed/relaxed, and gives the DKIM-Signature field with
// its line end (RFC 6376). It is a signer of this world's own: go-msgauth v0.7.0
// takes t= from this machine's clock, which is not this world's.
func dkimField(raw []byte, domain string, key crypto.Signer, at time.Time) (string, error) {
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	digest := sha256.Sum256([]byte(relaxedBody(string(body))))
	algorithm := "rsa-sha256"
	if _, isEd := key.(ed25519.PrivateKey); isEd {
		algorithm = "ed25519-sha256"
	}
	field := fmt.Sprintf("DKIM-Signature: v=1; a=%s; c=relaxed/relaxed; d=%s; s=%s; t=%d;\r\n\th=%s;\r\n\tbh=%s;\r\n\tb=",
		algorithm, domain, selector, at.Unix(), strings.Join(signedFields, ":"),
		base64.StdEncoding.EncodeToString(digest[:]))
	hash := sha256.New()
	for _, line := range chosen(fields(string(head))) {
		hash.Write([]byte(relaxedField(line) + "\r\n"))
	}
	hash.Write([]byte(relaxedField(field)))
	sum, how := hash.Sum(nil), crypto.SignerOpts(crypto.SHA256)
	if algorithm != "rsa-sha256" {
		how = crypto.Hash(0) // RFC 8463 3: the digest is what Ed25519 signs
	}
	b, err := key.Sign(rand.Reader, sum, how)
	if err != nil {
		return "", fmt.Errorf("sign a mail for %s: %v", domain, err)
	}
	return field + base64.StdEncoding.EncodeToString(b) + "\r\n", nil
}

var folds = regexp.MustCompile(`\r\n([ \t])`)

// fields are the lines of a header, unfolded.
func fields(head string) []string {
	return strings.Split(folds.ReplaceAllString(head, "$1"), "\r\n")
}

// chosen picks the fields to sign, from the bottom up (RFC 6376 5.4.2). One that is
// named more often than it occurs is signed as absent.
func chosen(lines []string) []string {
	var out []string
	for _, name := range signedFields {
		for i := len(lines) - 1; i >= 0; i-- {
			n, _, _ := strings.Cut(lines[i], ":")
			if strings.EqualFold(strings.TrimSpace(n), name) {
				out = append(out, lines[i])
				lines = append(lines[:i:i], lines[i+1:]...)
				break
			}
		}
	}
	return out
}

var blanks = regexp.MustCompile(`[ \t]+`)

// relaxedField is RFC 6376 3.4.2, without the line end.
func relaxedField(line string) string {
	name, value, _ := strings.Cut(folds.ReplaceAllString(line, "$1"), ":")
	value = strings.TrimSpace(blanks.ReplaceAllString(strings.ReplaceAll(value, "\r\n", ""), " "))
	return strings.ToLower(strings.TrimSpace(name)) + ":" + value
}

// relaxedBody is RFC 6376 3.4.4.
func relaxedBody(body string) string {
	lines := strings.Split(body, "\r\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(blanks.ReplaceAllString(l, " "), " ")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}
