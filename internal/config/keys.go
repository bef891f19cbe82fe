package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"
)

// KeyFile holds the secrets of one installation. Replicas share it; without it
// `serve` does not start, because two replicas must not make two.
type KeyFile struct {
	Master  Key          `yaml:"master"` // wraps each request's own key
	Code    Key          `yaml:"code"`   // hashes codes
	Marks   Key          `yaml:"marks"`  // Message-IDs, bounce addresses, loop marks
	Marker  Key          `yaml:"marker"` // marker mails
	IDs     []VersionKey `yaml:"ids"`    // derive request ids; the last one is used
	Signing []VersionKey `yaml:"signing"`
}

// VersionKey is a key that may be replaced while old ones stay known.
type VersionKey struct {
	Version int       `yaml:"version"`
	Made    time.Time `yaml:"made"`
	Key     Key       `yaml:"key"`
}

// keyBytes is the length of every key: 256 bits, and an Ed25519 seed.
const keyBytes = 32

// Key is a secret of 32 bytes, base64 in the file. It never prints itself.
type Key []byte

// String hides the key from logs.
func (k Key) String() string { return "***" }

// MarshalYAML writes base64.
func (k Key) MarshalYAML() (any, error) { return base64.StdEncoding.EncodeToString(k), nil }

// UnmarshalYAML reads base64 of exactly 32 bytes.
func (k *Key) UnmarshalYAML(n *yaml.Node) error {
	b, err := base64.StdEncoding.DecodeString(n.Value)
	if err != nil || len(b) != keyBytes {
		n := *n
		n.Value = "***"
		return wrong(&n, "is no key of 32 bytes in base64")
	}
	*k = b
	return nil
}

// NewKeys draws a fresh key file.
func NewKeys(chance io.Reader, now time.Time) (*KeyFile, error) {
	f := &KeyFile{IDs: make([]VersionKey, 1), Signing: make([]VersionKey, 1)}
	for _, k := range []*Key{&f.Master, &f.Code, &f.Marks, &f.Marker, &f.IDs[0].Key, &f.Signing[0].Key} {
		if err := k.draw(chance); err != nil {
			return nil, err
		}
	}
	f.IDs[0].Version, f.IDs[0].Made = 1, now.UTC()
	f.Signing[0].Version, f.Signing[0].Made = 1, now.UTC()
	return f, nil
}

// Rotate adds new versions of the keys that have versions.
func (f *KeyFile) Rotate(chance io.Reader, now time.Time) error {
	for _, list := range []*[]VersionKey{&f.IDs, &f.Signing} {
		next := VersionKey{Version: (*list)[len(*list)-1].Version + 1, Made: now.UTC()}
		if err := next.Key.draw(chance); err != nil {
			return err
		}
		*list = append(*list, next)
	}
	return nil
}

func (k *Key) draw(chance io.Reader) error {
	*k = make(Key, keyBytes)
	if _, err := io.ReadFull(chance, *k); err != nil {
		return fmt.Errorf("draw a key: %v", err)
	}
	return nil
}

// SigningKey is the newest key that signs manifests.
func (f *KeyFile) SigningKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(f.Signing[len(f.Signing)-1].Key)
}

// ReadKeys reads a key file, which nobody but its owner may be able to read.
func ReadKeys(file string) (*KeyFile, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read key file %s: %v (make one with: dsrd keys new --out %s)", file, bare(err), file)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read key file %s: others may read it (chmod 600 %s)", file, file)
	}
	raw, err := readFile(file)
	if err != nil {
		return nil, err
	}
	var f KeyFile
	if _, err := ReadStrict(file, raw, &f); err != nil {
		return nil, err
	}
	return &f, f.complete(file)
}

func (f *KeyFile) complete(file string) error {
	for name, k := range map[string]Key{"master": f.Master, "code": f.Code, "marks": f.Marks, "marker": f.Marker} {
		if len(k) != keyBytes {
			return Problems{{File: file, Key: name, What: "is missing", Remedy: "restore the file from its backup"}}
		}
	}
	if len(f.IDs) == 0 || len(f.Signing) == 0 {
		return Problems{{File: file, Key: "ids, signing", What: "is missing", Remedy: "restore the file from its backup"}}
	}
	return nil
}

// Write writes the key file for its owner alone: whole or not at all.
func (f *KeyFile) Write(file string) error {
	raw, err := yaml.Marshal(f)
	if err != nil {
		return fmt.Errorf("write key file: %v", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".keys-*") // CreateTemp's mode is 0600
	if err != nil {
		return fmt.Errorf("write key file %s: %v (does its folder exist, and may we write there?)", file, bare(err))
	}
	defer os.Remove(temp.Name())
	head := "# Secrets of this dsrd installation. Back it up apart from Redis; whoever has both reads everything.\n"
	if _, err = temp.WriteString(head + string(raw)); err == nil {
		err = temp.Sync()
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("write key file: %v", err)
	}
	return nil
}
