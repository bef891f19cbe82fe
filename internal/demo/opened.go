package demo

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/dsrd/dsrd/export/archive"
)

// Opened is a package as its receiver has it.
type Opened struct {
	Name        string
	Sealed, Zip []byte
	Report      archive.Report
}

// Open takes the package out of a delivery to Anna, decrypts and verifies it.
func (w *World) Open(mail []byte) (Opened, error) {
	all, err := Parts(mail)
	if err != nil {
		return Opened{}, err
	}
	for _, p := range all {
		if p.Name == "" {
			continue
		}
		r, err := age.Decrypt(bytes.NewReader(p.Data), w.Identity)
		if err != nil {
			return Opened{}, fmt.Errorf("decrypt the package: %v", err)
		}
		zip, err := io.ReadAll(r)
		if err != nil {
			return Opened{}, fmt.Errorf("decrypt the package: %v", err)
		}
		report := archive.Verify(bytes.NewReader(p.Data), int64(len(p.Data)), archive.Keys{
			Identities: []age.Identity{w.Identity}, Signers: w.publicKeys(),
		})
		return Opened{Name: p.Name, Sealed: p.Data, Zip: zip, Report: report}, nil
	}
	return Opened{}, errors.New("open the package: the mail has no attachment")
}

func (w *World) publicKeys() []ed25519.PublicKey {
	return []ed25519.PublicKey{w.keys.SigningKey().Public().(ed25519.PublicKey)}
}

// unpack writes the files of a package into a folder, for people to look at.
func unpack(data []byte, folder string) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("unpack the package: %v", err)
	}
	for _, f := range r.File {
		if !filepath.IsLocal(f.Name) || strings.HasSuffix(f.Name, "/") {
			continue
		}
		if err := unpackFile(f, filepath.Join(folder, f.Name)); err != nil {
			return fmt.Errorf("unpack the package: %v", err)
		}
	}
	return nil
}

func unpackFile(f *zip.File, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
