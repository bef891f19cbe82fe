package archive

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"

	"filippo.io/age"
)

// maxManifest bounds what is read before the signature is checked.
const maxManifest = 32 << 20

// Keys are what the reader of a package has: keys to trust, and what opens it.
type Keys struct {
	// Signers are the public keys that may have signed. None means that any may, and the report
	// names the one that did.
	Signers    []ed25519.PublicKey
	Identities []age.Identity
	Passphrase string
}

// Verify checks a package from r, sealed or not, without a network: it opens, is laid out as
// written, is signed, and holds exactly the files that its manifest lists, unchanged. It needs no
// temporary file and little memory.
func Verify(r io.ReaderAt, size int64, keys Keys) (report Report) {
	defer func() { report.conclude() }()
	inner, n, encryption, err := unseal(r, size, keys)
	if err != nil {
		report.problem(damage(err), "", "%v", err)
		return report
	}
	report.Encryption = encryption
	if encryption == "passphrase" {
		if outer, err := zip.NewReader(r, size); err != nil || !asWritten(r, size, outer.File) {
			report.problem(Repacked, "", "The encrypted zip was changed or packed again.")
		}
	}
	v := verifier{report: &report, files: map[string]*zip.File{}}
	v.check(inner, n, keys)
	return report
}

type verifier struct {
	report *Report
	files  map[string]*zip.File
}

func (v *verifier) check(r io.ReaderAt, size int64, keys Keys) {
	packed, err := zip.NewReader(r, size)
	if err != nil {
		v.report.problem(Unreadable, "", "This file is not a whole zip: it may be cut off.")
		return
	}
	for _, f := range packed.File {
		if _, twice := v.files[f.Name]; twice {
			v.report.problem(Extra, f.Name, "There are two files with the name %q.", f.Name)
		}
		v.files[f.Name] = f
	}
	if !asWritten(r, size, packed.File) {
		v.report.problem(Repacked, "", "The zip around the files was changed or packed again.")
	}
	if !v.manifest(keys) {
		return
	}
	for _, gap := range v.report.Manifest.gaps() {
		v.report.problem(Incomplete, manifestName, "%s.", gap)
	}
	v.contents(v.report.Manifest.Files)
}

// manifest reads and checks manifest and signature; false means that there is nothing to go on.
func (v *verifier) manifest(keys Keys) bool {
	text, err := v.small(manifestName)
	if err != nil {
		v.report.problem(Unsigned, manifestName, "The list of contents is missing or unreadable.")
		return false
	}
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&m); err != nil {
		v.report.problem(Unsigned, manifestName, "The list of contents cannot be understood.")
		return false
	}
	v.report.Manifest = &m
	v.signature(text, keys)
	return true
}

func (v *verifier) signature(manifest []byte, keys Keys) {
	text, err := v.small(signatureName)
	if err != nil {
		v.report.problem(Unsigned, signatureName, "The signature is missing or unreadable.")
		return
	}
	sig, err := parseSignature(text)
	if err != nil {
		v.report.problem(Unsigned, signatureName, "The signature cannot be understood.")
		return
	}
	v.report.KeyID = KeyID(sig.key)
	if !ed25519.Verify(sig.key, manifest, sig.bytes) {
		v.report.problem(BadSignature, signatureName,
			"The list of contents was changed after it was signed.")
		return
	}
	if v.report.Manifest.Signature.KeyID != v.report.KeyID {
		v.report.problem(BadSignature, signatureName,
			"The list of contents names another key than the one that signed it.")
	}
	for _, trusted := range keys.Signers {
		v.report.Pinned = v.report.Pinned || trusted.Equal(sig.key)
	}
	if len(keys.Signers) > 0 && !v.report.Pinned {
		v.report.problem(UnknownSigner, signatureName,
			"The package was signed with the key %s, which is not one you trust.", v.report.KeyID)
	}
}

// contents compares the files that are there with those that are listed.
func (v *verifier) contents(listed []Entry) {
	known := map[string]bool{manifestName: true, signatureName: true}
	for _, e := range listed {
		if known[e.Name] {
			v.report.problem(Incomplete, e.Name, "The list of contents names %q twice.", e.Name)
			continue
		}
		known[e.Name] = true
		f, ok := v.files[e.Name]
		if !ok {
			v.report.problem(Missing, e.Name, "The file %q is missing.", e.Name)
			continue
		}
		if err := sameContent(f, e); err != nil {
			v.report.problem(Changed, e.Name, "The file %q was changed or is damaged.", e.Name)
			continue
		}
		v.report.Files++
	}
	for _, name := range slices.Sorted(maps.Keys(v.files)) {
		if !known[name] {
			v.report.problem(Extra, name, "The file %q does not belong to the package.", name)
		}
	}
}

func sameContent(f *zip.File, e Entry) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	// One byte more than listed shows a file that grew, and ends a decompression bomb.
	n, err := io.Copy(sum, io.LimitReader(in, e.Size+1))
	if err != nil {
		return err
	}
	if n != e.Size || hex.EncodeToString(sum.Sum(nil)) != e.SHA256 {
		return errDiffers
	}
	return nil
}

// small reads a file that must fit into memory.
func (v *verifier) small(name string) ([]byte, error) {
	f, ok := v.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = errors.New("too large")
	}
	return text, err
}
