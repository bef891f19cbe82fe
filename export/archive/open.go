package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"

	"filippo.io/age"
)

const ageMagic = "age-encryption.org/"

// errLocked says that the package is encrypted and nothing that opens it was given.
var errLocked = errors.New("the package is encrypted; a key or passphrase is needed to open it")

// unseal finds out how a package is encrypted and opens it. The reader it returns decrypts at the
// place that is asked for, so that no plain copy of the package comes into being.
func unseal(r io.ReaderAt, size int64, keys Keys) (io.ReaderAt, int64, string, error) {
	head := make([]byte, len(ageMagic))
	if n, _ := r.ReadAt(head, 0); bytes.Equal(head[:n], []byte(ageMagic)) {
		inner, n, err := unsealAge(r, size, keys)
		return inner, n, "age", err
	}
	if entry := aesEntry(r, size); entry != nil {
		inner, n, err := unsealAES(r, entry, keys)
		return inner, n, "passphrase", err
	}
	return r, size, "none", nil
}

func unsealAge(r io.ReaderAt, size int64, keys Keys) (io.ReaderAt, int64, error) {
	if len(keys.Identities) == 0 {
		return nil, 0, errLocked
	}
	inner, n, err := age.DecryptReaderAt(r, size, keys.Identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, 0, errors.New("none of the age keys opens the package")
	}
	if err != nil {
		return nil, 0, errDamaged
	}
	return inner, n, nil
}

// aesEntry returns the entry of a zip that is a sealed package, or nil.
func aesEntry(r io.ReaderAt, size int64) *zip.File {
	outer, err := zip.NewReader(r, size)
	if err != nil || len(outer.File) != 1 || outer.File[0].Method != aesMethod {
		return nil
	}
	return outer.File[0]
}

func unsealAES(r io.ReaderAt, f *zip.File, keys Keys) (io.ReaderAt, int64, error) {
	if keys.Passphrase == "" {
		return nil, 0, errLocked
	}
	start, err := f.DataOffset()
	if err != nil {
		return nil, 0, errDamaged
	}
	size := int64(f.CompressedSize64)
	passphrase := keys.Passphrase
	// People write what they hear on the telephone with capitals.
	if p, err := ParsePassphrase(passphrase); err == nil {
		passphrase = p.text
	}
	return openAES(io.NewSectionReader(r, start, size), size, passphrase)
}

// damage is the problem that an error of unseal is.
func damage(err error) ProblemKind {
	if errors.Is(err, errDamaged) {
		return Unreadable
	}
	return Locked
}
