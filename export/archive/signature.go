package archive

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const signatureHeader = "dsrd package signature v1"

// A Signer signs manifests. The zero Signer signs nothing and is refused.
type Signer struct {
	key ed25519.PrivateKey
}

// NewSigner makes a signer from an ed25519 key (RFC 8032).
func NewSigner(key ed25519.PrivateKey) (Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return Signer{}, fmt.Errorf("make signer: key has %d bytes, want %d",
			len(key), ed25519.PrivateKeySize)
	}
	return Signer{key: key}, nil
}

// Public is the key with which others check the signature.
func (s Signer) Public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// KeyID is the name of a public key that people compare: 128 bits of its SHA-256 in hexadecimal.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:16])
}

// sign returns the text of manifest.json.sig. What is signed are the manifest's bytes and nothing
// else, so that a tool which knows nothing of dsrd can check it.
func (s Signer) sign(manifest []byte) []byte {
	return signature{key: s.Public(), bytes: ed25519.Sign(s.key, manifest)}.text()
}

// A signature is a parsed manifest.json.sig.
type signature struct {
	key   ed25519.PublicKey
	bytes []byte
}

func parseSignature(text []byte) (signature, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	if !lines.Scan() || lines.Text() != signatureHeader {
		return signature{}, errors.New("parse signature: not a dsrd signature")
	}
	fields := map[string]string{}
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ": ")
		if _, twice := fields[name]; !ok || twice {
			return signature{}, errors.New("parse signature: unreadable line")
		}
		fields[name] = value
	}
	key, err := base64.StdEncoding.Strict().DecodeString(fields["public-key"])
	if err != nil || len(key) != ed25519.PublicKeySize {
		return signature{}, errors.New("parse signature: unreadable public key")
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(fields["signature"])
	if err != nil || len(sig) != ed25519.SignatureSize {
		return signature{}, errors.New("parse signature: unreadable signature")
	}
	s := signature{key: key, bytes: sig}
	if !bytes.Equal(text, s.text()) {
		return signature{}, errors.New("parse signature: not written as dsrd writes it")
	}
	return s, nil
}

// text writes the signature again; a file that differs from it was changed by somebody.
func (s signature) text() []byte {
	b64 := base64.StdEncoding
	return fmt.Appendf(nil,
		"%s\nalgorithm: ed25519\nkey-id: %s\npublic-key: %s\nsignature: %s\n",
		signatureHeader, KeyID(s.key), b64.EncodeToString(s.key), b64.EncodeToString(s.bytes))
}
