package archive

import (
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"
)

// A Seal says how a package is encrypted. The zero Seal is refused: no setting ever means "in the
// clear" but Plain.
type Seal struct {
	kind       string
	recipients []age.Recipient
	passphrase Passphrase
	random     io.Reader
}

// Plain leaves the package unencrypted.
func Plain() Seal { return Seal{kind: "none"} }

// Age encrypts for the holders of the keys (age-encryption.org/v1). Chance comes from the age
// library's own crypto/rand.
func Age(recipients ...age.Recipient) Seal {
	return Seal{kind: "age", recipients: recipients}
}

// WithPassphrase encrypts as a WinZip AES-256 zip, which most zip programs open. random gives the
// 16 bytes of salt.
func WithPassphrase(p Passphrase, random io.Reader) Seal {
	return Seal{kind: "passphrase", passphrase: p, random: random}
}

// Kind is none, age or passphrase; empty for the zero Seal.
func (s Seal) Kind() string { return s.kind }

// Extension is the end of the file name that the sealed package should have.
func (s Seal) Extension() string {
	if s.kind == "age" {
		return ".zip.age"
	}
	return ".zip"
}

func (s Seal) check() error {
	switch {
	case s.kind == "":
		return errors.New("no encryption was chosen, not even none")
	case s.kind == "age" && len(s.recipients) == 0:
		return errors.New("no age recipient")
	case s.kind == "passphrase" && (s.passphrase.text == "" || s.random == nil):
		return errors.New("no passphrase")
	}
	return nil
}

// wrap returns a writer whose Close ends the encryption and leaves w open.
func (s Seal) wrap(w io.Writer, at time.Time) (io.WriteCloser, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("seal package: %v", err)
	}
	switch s.kind {
	case "age":
		sealed, err := age.Encrypt(w, s.recipients...)
		if err != nil {
			return nil, fmt.Errorf("seal package for age: %v", err)
		}
		return sealed, nil
	case "passphrase":
		return newAESZip(w, s.passphrase, s.random, at)
	}
	return nopCloser{w}, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
