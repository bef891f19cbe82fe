package authentic

import (
	"bytes"
	"errors"

	"github.com/emersion/go-msgauth/dkim"
)

// maxSecond is how far down go-msgauth is sent: it reads the body once for each
// signature on the way.
const maxSecond = 20

// secondOpinion asks go-msgauth about the signature at a position among all
// DKIM-Signature fields. It gets the same answers of the DNS, and only for this
// signature's key, so that a thousand other signatures cost nothing.
func secondOpinion(raw []byte, c *claim, position int, dns *memo) error {
	if position >= maxSecond {
		return errors.New("too many signatures stand above it")
	}
	lookup := func(name string) ([]string, error) {
		if a, ok := dns.seen[lower(name)]; ok && lower(name) == keyName(c) {
			return a.txt, a.err
		}
		return nil, ErrNoRecord
	}
	opts := &dkim.VerifyOptions{LookupTXT: lookup, MaxVerifications: position + 1}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), opts)
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return errors.New("go-msgauth cannot read the mail")
	}
	if position >= len(found) || lower(found[position].Domain) != c.Domain {
		return errors.New("go-msgauth reads other signatures")
	}
	if err := found[position].Err; err != nil && !expiryOnly(err, c) {
		return errors.New("go-msgauth does not agree")
	}
	return nil
}

// expiryOnly: go-msgauth v0.7.0 compares x= with its own unexported clock,
// before anything else is computed; ours compared it with the arrival. Its
// error has no type of its own, only this text.
func expiryOnly(err error, c *claim) bool {
	return !c.ExpiresAt.IsZero() && err.Error() == "dkim: signature has expired"
}
