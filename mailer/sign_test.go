package mailer_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// keyOf gives each domain of the tests a key that is the same in every process.
func keyOf(domain string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("a test key of " + domain))
	return ed25519.NewKeyFromSeed(seed[:])
}

// zone publishes keys for the domains of the tests, under two selectors.
func zone(domains ...string) authentic.Zone {
	z := authentic.Zone{}
	for _, d := range domains {
		public := keyOf(d).Public().(ed25519.PublicKey)
		record := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
		z["s1._domainkey."+d], z["s2._domainkey."+d] = []string{record}, []string{record}
		z["_dmarc."+d] = []string{"v=DMARC1; p=reject"}
	}
	return z
}

// signature says how a mail is signed.
type signature struct {
	domain   string
	selector string    // s1
	fields   string    // of h=; those that large providers sign
	at       time.Time // t=; none when zero
	more     string    // further tags, as "; l=3"
}

const signedFields = "From:To:Subject:Date:Message-ID:MIME-Version:Content-Type"

// seal puts a DKIM-Signature on top, relaxed/relaxed, ed25519 (RFC 8463).
func seal(raw []byte, s signature) []byte {
	if s.selector == "" {
		s.selector = "s1"
	}
	if s.fields == "" {
		s.fields = signedFields
	}
	head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	sum := sha256.Sum256([]byte(relaxedBody(body)))
	tags := fmt.Sprintf("v=1; a=ed25519-sha256; c=relaxed/relaxed; d=%s; s=%s; h=%s%s",
		s.domain, s.selector, s.fields, s.more)
	if !s.at.IsZero() {
		tags += fmt.Sprintf("; t=%d", s.at.Unix())
	}
	field := "DKIM-Signature: " + tags + "; bh=" + base64.StdEncoding.EncodeToString(sum[:]) + "; b="
	digest := sha256.Sum256([]byte(relaxedHead(head, s.fields) + relaxedField(field)))
	proof := ed25519.Sign(keyOf(s.domain), digest[:])
	return []byte(field + base64.StdEncoding.EncodeToString(proof) + "\r\n" + string(raw))
}

// relaxedHead is the signed fields in the order of h=, the lowest of a name first
// (RFC 6376 5.4.2).
func relaxedHead(head, names string) string {
	lines := strings.Split(regexp.MustCompile(`\r\n([ \t])`).ReplaceAllString(head, "$1"), "\r\n")
	var out strings.Builder
	for name := range strings.SplitSeq(names, ":") {
		for i := len(lines) - 1; i >= 0; i-- {
			if n, _, _ := strings.Cut(lines[i], ":"); strings.EqualFold(n, name) {
				out.WriteString(relaxedField(lines[i]) + "\r\n")
				lines = append(lines[:i:i], lines[i+1:]...)
				break
			}
		}
	}
	return out.String()
}

var blanks = regexp.MustCompile(`[ \t]+`)

func relaxedField(line string) string {
	name, value, _ := strings.Cut(line, ":")
	return strings.ToLower(name) + ":" + strings.TrimSpace(blanks.ReplaceAllString(value, " "))
}

func relaxedBody(body string) string {
	lines := strings.Split(body, "\r\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(blanks.ReplaceAllString(l, " "), " ")
	}
	if body = strings.TrimRight(strings.Join(lines, "\r\n"), "\r\n"); body == "" {
		return ""
	}
	return body + "\r\n"
}
