package app

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/mailer/authentic"
)

// DNS asks the network for keys and policies.
func DNS() authentic.Resolver { return authentic.DNS{} }

// KeyID is the short name of a signing key.
func KeyID(public ed25519.PublicKey) string { return archive.KeyID(public) }

// PackageKeys name what opens a package and whom to trust.
type PackageKeys struct {
	Signers        []string // base64, as `dsrd keys show` prints them
	IdentityFile   string
	PassphraseFile string
}

// VerifyPackage checks a package file.
func VerifyPackage(file string, k PackageKeys) (archive.Report, error) {
	keys, err := k.read()
	if err != nil {
		return archive.Report{}, err
	}
	f, err := os.Open(file)
	if err != nil {
		return archive.Report{}, fmt.Errorf("verify a package: %v", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return archive.Report{}, fmt.Errorf("verify %s: %v", file, err)
	}
	return archive.Verify(f, info.Size(), keys), nil
}

func (k PackageKeys) read() (archive.Keys, error) {
	var keys archive.Keys
	for _, s := range k.Signers {
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return keys, fmt.Errorf("read --signer: no public key (see dsrd keys show)")
		}
		keys.Signers = append(keys.Signers, ed25519.PublicKey(raw))
	}
	if k.IdentityFile != "" {
		f, err := os.Open(k.IdentityFile)
		if err != nil {
			return keys, fmt.Errorf("read --identity: %v", err)
		}
		defer f.Close()
		if keys.Identities, err = age.ParseIdentities(f); err != nil {
			return keys, fmt.Errorf("read --identity %s: no age key in it", k.IdentityFile)
		}
	}
	if k.PassphraseFile != "" {
		raw, err := os.ReadFile(k.PassphraseFile)
		if err != nil {
			return keys, fmt.Errorf("read --passphrase-file: %v", err)
		}
		keys.Passphrase = strings.TrimSpace(string(raw))
	}
	return keys, nil
}
