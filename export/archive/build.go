package archive

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

const (
	manifestName  = "manifest.json"
	signatureName = "manifest.json.sig"
	readmeText    = "README.txt"
	readmeHTML    = "README.html"

	// Level 5 compresses twice as fast as the standard library at nearly the same size.
	flateLevel = 5
)

// fileName is what a file may be called: relative, portable, and harmless in any shell.
var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)

// A File is one file of a package. Write is called once and streams the content.
type File struct {
	Name      string
	MediaType string
	Rows      int
	Write     func(io.Writer) error
	stash     *Stash
}

// Contents is what goes into a package. Build adds README, manifest and signature.
type Contents struct {
	// Manifest is complete but for Schema, Files and Signature, which Build fills in. MadeAt is
	// also the time of every file in the zip.
	Manifest Manifest
	Files    []File
	Signer   Signer
	Seal     Seal
}

// Check refuses what no package can be made of: no key to sign with, no choice of encryption or
// nobody to encrypt for, names that do not belong in a package.
func (c Contents) Check() error {
	if len(c.Signer.key) == 0 {
		return errors.New("build package: no signing key")
	}
	if err := c.Seal.check(); err != nil {
		return fmt.Errorf("build package: %v", err)
	}
	if _, err := inOrder(c.Files, c.Manifest); err != nil {
		return fmt.Errorf("build package: %v", err)
	}
	return nil
}

// Built says what came out.
type Built struct {
	Manifest Manifest
	// Size and SHA256 are of the sealed package, as written.
	Size   int64
	SHA256 string
	// Encryption is age, passphrase or none.
	Encryption string
}

// Build streams a sealed package to w: README first, the files in the order of their names, then
// manifest and signature, which need the checksums of all others. The same contents give the same
// bytes, encryption aside. After an error what was written is no package.
func Build(w io.Writer, c Contents) (Built, error) {
	if err := c.Check(); err != nil {
		return Built{}, err
	}
	sum := sha256.New()
	counted := &counter{w: io.MultiWriter(w, sum)}
	sealed, err := c.Seal.wrap(counted, c.Manifest.MadeAt)
	if err != nil {
		return Built{}, err
	}
	stage := newAhead(sealed)
	manifest, err := writePackage(stage, c)
	if closeErr := stage.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return Built{}, fmt.Errorf("build package: %w", err)
	}
	if err := sealed.Close(); err != nil {
		return Built{}, fmt.Errorf("build package: %w", err)
	}
	return Built{
		Manifest:   manifest,
		Size:       counted.n,
		SHA256:     hex.EncodeToString(sum.Sum(nil)),
		Encryption: c.Seal.Kind(),
	}, nil
}

func writePackage(w io.Writer, c Contents) (Manifest, error) {
	m := c.Manifest
	m.Schema = Schema
	m.MadeAt = m.MadeAt.UTC()
	m.Signature = SignatureKey{Algorithm: "ed25519", KeyID: KeyID(c.Signer.Public())}
	files, err := inOrder(c.Files, m)
	if err != nil {
		return Manifest{}, err
	}
	p := newPackageWriter(w, m)
	m.Files = make([]Entry, 0, len(files))
	for _, f := range files {
		entry, err := p.add(f)
		if err != nil {
			return Manifest{}, fmt.Errorf("write %s: %w", f.Name, err)
		}
		m.Files = append(m.Files, entry)
	}
	return m, p.finish(m, c.Signer)
}

// inOrder puts README in front and sorts the rest, refusing names that do not belong in a package.
func inOrder(files []File, m Manifest) ([]File, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	for i, f := range files {
		reserved := f.Name == manifestName || f.Name == signatureName ||
			f.Name == readmeHTML || f.Name == readmeText
		twice := i > 0 && strings.EqualFold(files[i-1].Name, f.Name)
		if reserved || twice || !fileName.MatchString(f.Name) {
			return nil, fmt.Errorf("file name %q cannot be used", f.Name)
		}
	}
	return append(readme(m), files...), nil
}

// A packageWriter writes entries of the inner zip and keeps their checksums.
type packageWriter struct {
	zip  *zip.Writer
	made Manifest
}

func newPackageWriter(w io.Writer, m Manifest) *packageWriter {
	z := zip.NewWriter(w)
	// Entries come one after another, so that one compressor serves them all.
	var compressor *flate.Writer
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		if compressor != nil {
			compressor.Reset(w)
			return compressor, nil
		}
		var err error
		compressor, err = flate.NewWriter(w, flateLevel)
		return compressor, err
	})
	return &packageWriter{zip: z, made: m}
}

func (p *packageWriter) add(f File) (Entry, error) {
	if f.stash != nil {
		return f.stash.entry(f), f.stash.add(p.zip, f, p.made.MadeAt)
	}
	header := &zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: p.made.MadeAt}
	entry, err := p.zip.CreateHeader(header)
	if err != nil {
		return Entry{}, err
	}
	stage := newAhead(entry)
	sum := digest{Hash: sha256.New()}
	err = f.Write(io.MultiWriter(stage, &sum))
	if closeErr := stage.Close(); err == nil {
		err = closeErr
	}
	return Entry{
		Name:      f.Name,
		MediaType: f.MediaType,
		Rows:      f.Rows,
		Size:      sum.n,
		SHA256:    hex.EncodeToString(sum.Sum(nil)),
	}, err
}

func (p *packageWriter) finish(m Manifest, signer Signer) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write manifest: %v", err)
	}
	text = append(text, '\n')
	for _, f := range []File{
		{Name: manifestName, Write: content(text)},
		{Name: signatureName, Write: content(signer.sign(text))},
	} {
		if _, err := p.add(f); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	return p.zip.Close()
}

// content writes bytes that are already there.
func content(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// A digest hashes and counts.
type digest struct {
	hash.Hash
	n int64
}

func (d *digest) Write(p []byte) (int, error) {
	d.n += int64(len(p))
	return d.Hash.Write(p)
}

// A counter counts what passes through.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
