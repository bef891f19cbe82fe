package export

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source"
)

// An Incomplete says what to do about a set that cannot be read.
type Incomplete string

const (
	// Wait makes no package until every set was read; Compile fails with a Failure.
	Wait Incomplete = "wait"
	// Declare makes the package without the set and says so in it.
	Declare Incomplete = "declare"
)

// A Job is one package to compile.
type Job struct {
	// Request and Kind are the request's id and kind (export, access, ...).
	Request, Kind string
	// Tenant is the tenant's id, TenantName what people call it; without one they see the id.
	Tenant, TenantName string
	// Customer is the address of the person whose data are compiled.
	Customer string
	Sources  []Reading
	// Allowed are the categories that the admin who confirmed may have, after the role table.
	// What is not allowed is not read.
	Allowed []string
	// LeftOut are categories that may not be had, with the reason to declare. It wins over Allowed.
	LeftOut []archive.LeftOut
	// Incomplete has no default.
	Incomplete Incomplete
	// Now is when the package is made; it is also the time of the files in it.
	Now  time.Time
	Seal archive.Seal
	// Extra are further files: notice, report.
	Extra []archive.File
	// MaxBytes bounds the rows of all sets together; 0 means 8 GiB.
	MaxBytes int64
	// Checkpoints keep what was read for another process to go on with; nil keeps nothing.
	Checkpoints *Checkpoints
	// Out takes the sealed package. After an error what was written there is no package.
	Out io.Writer
}

// A Reading is a source and how it is read for this tenant.
type Reading struct {
	Source     source.Source
	Parameters map[string]string
	Limits     source.Limits
	// NotFoundIsNone takes a source's "not found" for "holds nothing about the customer", which
	// the manifest says; otherwise it is a failure.
	NotFoundIsNone bool
}

// A Result is the package that was made.
type Result struct {
	Manifest archive.Manifest
	// Size and SHA256 are those of the sealed package.
	Size   int64
	SHA256 string
	// Encryption is age, passphrase or none; Extension ends the file's name accordingly.
	Encryption, Extension string
	// Rows is the number of rows in it.
	Rows int
}

const maxJobBytes = 8 << 30

var setName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// check refuses a job that would make a package nobody could rely on.
func (j Job) check() error {
	switch {
	case j.Request == "" || j.Tenant == "" || j.Customer == "":
		return errors.New("check job: request, tenant and customer are required")
	case j.Incomplete != Wait && j.Incomplete != Declare:
		return fmt.Errorf("check job: unknown policy %q for gaps", j.Incomplete)
	case j.Now.IsZero() || j.Out == nil:
		return errors.New("check job: time and output are required")
	case len(j.Sources) == 0:
		return errors.New("check job: the tenant has no sources")
	}
	seen := map[string]bool{}
	for _, r := range j.Sources {
		if err := checkNames(r.Source, seen); err != nil {
			return err
		}
	}
	return nil
}

func checkNames(s source.Source, seen map[string]bool) error {
	if !setName.MatchString(s.Name()) || seen[s.Name()] {
		return fmt.Errorf("check job: the source name %q cannot be used", s.Name())
	}
	seen[s.Name()] = true
	for _, set := range s.Sets() {
		full := s.Name() + "/" + set.Name
		if !setName.MatchString(set.Name) || seen[full] || set.Category == "" {
			return fmt.Errorf("check job: the set %q cannot be used", full)
		}
		if set.Scope != source.ScopeCustomer && set.Scope != source.ScopeTenant {
			return fmt.Errorf("check job: the set %q does not say whose data it holds", full)
		}
		seen[full] = true
	}
	return nil
}

// checkPrivate refuses a directory that others may look into.
func checkPrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("check export directory: %v", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return errors.New("check export directory: it must be a directory with mode 0700")
	}
	return nil
}
