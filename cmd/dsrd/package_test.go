package main

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/ed25519"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"filippo.io/age"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/internal/demo"
)

// open: package WHO takes the package out of somebody's newest mail, verifies it,
// decrypts it and unpacks it into the folder "package". The sealed file is left as
// package.age or package.zip, what opens it as key.txt or passphrase.txt.
func (p *play) open(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	who, err := address(args[0])
	if err != nil {
		return err
	}
	mail, err := p.nth(who, 0)
	if err != nil {
		return err
	}
	sealed, extension, err := attachment(mail)
	if err != nil {
		return err
	}
	file := p.script.MkAbs("package" + extension)
	if err := os.WriteFile(file, sealed, 0o600); err != nil {
		return err
	}
	public := p.keys.SigningKey().Public().(ed25519.PublicKey)
	keys := archive.Keys{Signers: []ed25519.PublicKey{public}}
	var inner []byte
	if extension == ".age" {
		keys.Identities = []age.Identity{p.Identity}
		inner, err = p.unsealAge(sealed, p.script.MkAbs("key.txt"))
	} else {
		keys.Passphrase, inner, err = p.unsealZip(sealed, p.script.MkAbs("passphrase.txt"))
	}
	if err != nil {
		return err
	}
	report := archive.Verify(bytes.NewReader(sealed), int64(len(sealed)), keys)
	if !report.OK() || !report.Pinned {
		return fmt.Errorf("the package does not verify: %v", report.Problems)
	}
	return unzip(inner, p.script.MkAbs("package"))
}

func attachment(mail []byte) (data []byte, extension string, err error) {
	parts, err := demo.Parts(mail)
	if err != nil {
		return nil, "", err
	}
	for _, part := range parts {
		if part.Name != "" {
			return part.Data, filepath.Ext(part.Name), nil
		}
	}
	return nil, "", errors.New("the newest mail has no attachment")
}

func (p *play) unsealAge(sealed []byte, keyFile string) ([]byte, error) {
	if err := os.WriteFile(keyFile, []byte(p.Identity.String()+"\n"), 0o600); err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), p.Identity)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

var passphraseLine = regexp.MustCompile(`(?m)^Passphrase: (\S+)$`)

// unsealZip opens the package with what globex's second contact was told.
func (p *play) unsealZip(sealed []byte, passphraseFile string) (string, []byte, error) {
	letter, err := p.nth(demo.Secretary, 0)
	if err != nil {
		return "", nil, err
	}
	text, err := demo.PlainText(letter)
	if err != nil {
		return "", nil, err
	}
	found := passphraseLine.FindStringSubmatch(text)
	if found == nil {
		return "", nil, errors.New("the second contact was told no passphrase")
	}
	if err := os.WriteFile(passphraseFile, []byte(found[1]+"\n"), 0o600); err != nil {
		return "", nil, err
	}
	inner, err := openWinZip(sealed, found[1])
	return found[1], inner, err
}

// openWinZip decrypts the one entry of an AES zip, by the published description of
// the format (WinZip AE-2) and without the code that wrote it.
func openWinZip(sealed []byte, passphrase string) ([]byte, error) {
	outer, err := zip.NewReader(bytes.NewReader(sealed), int64(len(sealed)))
	if err != nil {
		return nil, err
	}
	if len(outer.File) != 1 || outer.File[0].Method != 99 {
		return nil, errors.New("the package is no zip with one encrypted entry")
	}
	raw, err := outer.File[0].OpenRaw()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(raw)
	if err != nil || len(text) < 28 {
		return nil, fmt.Errorf("the encrypted entry has %d bytes: %v", len(text), err)
	}
	keys, err := pbkdf2.Key(sha1.New, passphrase, text[:16], 1000, 66)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(keys[64:], text[16:18]) != 1 {
		return nil, errors.New("the passphrase does not open the package")
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		return nil, err
	}
	inner := text[18 : len(text)-10]
	var counter, pad [aes.BlockSize]byte
	for i := range inner {
		if i%aes.BlockSize == 0 { // the counter is little-endian and begins with 1
			binary.LittleEndian.PutUint64(counter[:], uint64(i/aes.BlockSize+1))
			block.Encrypt(pad[:], counter[:])
		}
		inner[i] ^= pad[i%aes.BlockSize]
	}
	return inner, nil
}

func unzip(data []byte, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	return os.CopyFS(dir, r)
}
