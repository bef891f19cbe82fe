package archive

import "fmt"

// A ProblemKind says what is wrong with a package.
type ProblemKind string

const (
	// Unreadable: the file is no package at all, or is cut off.
	Unreadable ProblemKind = "unreadable"
	// Locked: the package is encrypted, and no key or passphrase that was given opens it.
	Locked ProblemKind = "locked"
	// Unsigned: manifest or signature is missing or cannot be read.
	Unsigned ProblemKind = "unsigned"
	// BadSignature: the manifest is not the one that was signed.
	BadSignature ProblemKind = "bad_signature"
	// UnknownSigner: the signature is whole, but by none of the keys that are trusted.
	UnknownSigner ProblemKind = "unknown_signer"
	// Changed: a file is not the one that the manifest lists.
	Changed ProblemKind = "changed"
	// Missing: a file that the manifest lists is not there.
	Missing ProblemKind = "missing"
	// Extra: a file is there that the manifest does not list.
	Extra ProblemKind = "extra"
	// Incomplete: the manifest leaves something open that it must say.
	Incomplete ProblemKind = "incomplete"
	// Repacked: the zip around the files is not as dsrd wrote it.
	Repacked ProblemKind = "repacked"
)

// A Problem is one thing that is wrong.
type Problem struct {
	Kind ProblemKind
	// File is the file concerned, or "".
	File string
	// Text says it in plain words.
	Text string
}

// A Report is what Verify found out.
type Report struct {
	// Encryption is age, passphrase or none.
	Encryption string
	// Manifest is the package's own, nil when there is none that can be read.
	Manifest *Manifest
	// KeyID names the key that signed, "" when no signature could be read.
	KeyID string
	// Pinned is true when that key is one of those the caller trusts.
	Pinned bool
	// Files is the number of files whose checksums were found right.
	Files    int
	Problems []Problem
	// Lines is the whole finding for a person, a sentence a line.
	Lines []string
}

// OK reports that nothing is wrong. Without keys to trust, it says that the package is what the
// holder of the key KeyID signed, whoever that is.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Has reports whether a problem of this kind was found.
func (r Report) Has(kind ProblemKind) bool {
	for _, p := range r.Problems {
		if p.Kind == kind {
			return true
		}
	}
	return false
}

func (r *Report) problem(kind ProblemKind, file, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{kind, file, fmt.Sprintf(format, args...)})
}

// conclude writes the lines.
func (r *Report) conclude() {
	r.Lines = r.Lines[:0]
	say := func(format string, args ...any) {
		r.Lines = append(r.Lines, fmt.Sprintf(format, args...))
	}
	switch r.Encryption {
	case "age":
		say("The package was encrypted with age and could be opened.")
	case "passphrase":
		say("The package was encrypted with a passphrase and could be opened.")
	}
	if m := r.Manifest; m != nil {
		say("It holds the data of %s, made on %s for request %s.", oneLine(m.Customer),
			m.MadeAt.UTC().Format("2 January 2006, 15:04 UTC"), oneLine(m.Request))
		for _, s := range m.Sources {
			for _, set := range s.Sets {
				say("%s: %s.", oneLine(set.Title), oneLine(statusWords(set)))
			}
		}
	}
	if r.OK() {
		say("All %d files are as they were when the package was made.", r.Files)
	}
	switch {
	case r.KeyID == "" || r.Has(BadSignature):
	case r.Pinned:
		say("The signature is by the trusted key %s.", r.KeyID)
	case r.Has(UnknownSigner):
	default:
		say("The signature is by the key %s. Ask the sender, not by the same mail, if it is theirs.",
			r.KeyID)
	}
	for _, p := range r.Problems {
		say("PROBLEM: %s", oneLine(p.Text))
	}
	if r.OK() {
		say("Nothing is wrong with this package.")
	} else {
		say("Do not rely on this package.")
	}
}
