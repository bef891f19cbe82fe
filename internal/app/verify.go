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

// Checked is what was found out about a package. The field names are part of the
// interface: add, never rename.
type Checked struct {
	File       string            `json:"file"`
	OK         bool              `json:"ok"`
	Encryption string            `json:"encryption"` // age | passphrase | none; "" when it did not open
	KeyID      string            `json:"key_id"`     // of the signer; "" when there is no signature
	Trusted    bool              `json:"trusted"`    // it is one of --signer
	Files      int               `json:"files"`      // whose checksums are right
	Problems   []Fault           `json:"problems"`
	Manifest   *archive.Manifest `json:"manifest"` // null when it cannot be read
	Lines      []string          `json:"lines"`    // the finding for a person
}

// Fault is one thing that is wrong with a package.
type Fault struct {
	Kind string `json:"kind"`
	File string `json:"file,omitempty"`
	Text string `json:"text"`
}

// Locked reports whether nothing that was given opens the package.
func (c Checked) Locked() bool {
	for _, p := range c.Problems {
		if p.Kind == string(archive.Locked) {
			return true
		}
	}
	return false
}

// VerifyPackage checks a package file. The error is about the file or the keys that
// could not be read; what is wrong with a package is no error.
func VerifyPackage(file string, k PackageKeys) (Checked, error) {
	keys, err := k.read()
	if err != nil {
		return Checked{}, err
	}
	f, err := os.Open(file)
	if err != nil {
		return Checked{}, fmt.Errorf("verify a package: %v", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Checked{}, fmt.Errorf("verify %s: %v", file, err)
	}
	if info.IsDir() {
		return Checked{}, fmt.Errorf("verify %s: it is a folder (name the package as it was sent)", file)
	}
	r := archive.Verify(f, info.Size(), keys)
	c := Checked{
		File: file, OK: r.OK(), Encryption: r.Encryption, KeyID: r.KeyID, Trusted: r.Pinned,
		Files: r.Files, Problems: []Fault{}, Manifest: r.Manifest, Lines: r.Lines,
	}
	for _, p := range r.Problems {
		c.Problems = append(c.Problems, Fault{string(p.Kind), p.File, p.Text})
	}
	return c, nil
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
