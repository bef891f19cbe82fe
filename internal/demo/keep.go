package demo

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// keep stays up, so that one can play requester and admin oneself.
func (s *show) keep(ctx context.Context) error {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return fmt.Errorf("stay up: %v", err)
	}
	fmt.Fprintf(s.out, `
The daemon goes on; Ctrl-C ends it. Packages are compiled every five minutes.

  queue     dsrd queue --state all --socket %[1]s/dsrd.sock
  write     curl --ssl-reqd --cacert %[1]s/ca.pem -u 'WHO:secret of WHO' \
              --mail-from WHO --mail-rcpt %[2]s -T mail.eml smtp://localhost:%[3]d
  read      curl --cacert %[1]s/ca.pem -u 'WHO:secret of WHO' \
              'imaps://localhost:%[4]d/INBOX;MAILINDEX=1'
  WHO       %[5]s (customer), %[6]s (administrator),
            %[7]s, %[8]s (another tenant)

Their mail servers sign what they send. Any mail program will do: trust the CA file above.
`, dir, Desk, split(s.Post.SMTP.Addr()).port, split(s.Post.IMAP.Addr()).port, Jane, Anna, Joe, Bob)
	return s.App.Run(ctx)
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
