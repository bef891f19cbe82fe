package workflow

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// ID names a request: two digits of the partition it lives in, then 24
// characters of base32 (120 bits) of an HMAC over what survives redelivery.
type ID string

// base32 in lower case without padding; digits 2-7, so that no character is
// mistaken for another when it is read aloud.
var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// idBytes of the HMAC go into an ID: 15 bytes are 24 characters.
const idBytes = 15

// Origin is what of a mail makes it the same request when it is delivered twice:
// Received lines, transfer encodings and footers may differ.
type Origin struct {
	MessageID string
	From      Address
	Date      string // as written in the header
	TextSum   string // digest of the squashed text; used only without Message-ID
	Customer  Address
	Kind      Right
}

// NewID derives the id of the request that a mail starts.
func NewID(key []byte, partition int, o Origin) ID {
	mac := hmac.New(sha256.New, key)
	fields := []string{o.MessageID, string(o.From), o.Date, string(o.Customer), string(o.Kind)}
	if o.MessageID == "" {
		fields = append(fields, o.TextSum)
	}
	for _, f := range fields {
		fmt.Fprintf(mac, "%d:%s|", len(f), f) // lengths, so that no two field lists collide
	}
	return ID(fmt.Sprintf("%02d%s", partition%100, encoding.EncodeToString(mac.Sum(nil)[:idBytes])))
}

// Partition is where the request lives: 0 to 99; 0 for a malformed id.
func (id ID) Partition() int {
	if len(id) < 2 {
		return 0
	}
	n := 0
	for _, c := range id[:2] {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// locatorLength characters of an ID (40 bits) find it and prove nothing.
const locatorLength = 8

// Locator is the short name that stands in addresses, subject lines and
// Message-IDs. It is not secret.
func (id ID) Locator() string {
	if len(id) < 2+locatorLength {
		return string(id)
	}
	return string(id[2 : 2+locatorLength])
}

// Tag is the locator as it stands in a subject line: "[DSR-K4F9-7XQ2]".
func (id ID) Tag() string {
	l := strings.ToUpper(id.Locator())
	if len(l) != locatorLength {
		return "[DSR-" + l + "]"
	}
	return "[DSR-" + l[:4] + "-" + l[4:] + "]"
}
