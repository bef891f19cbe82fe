package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/workflow"
)

// A Carrier carries out orders to compile: it asks the registry once more, applies the role
// table, and stores the sealed package as a blob.
type Carrier struct {
	Compiler *Compiler
	Registry Registry
	Blobs    Blobs
	// Progress keeps what a job has read, for another process to go on with when this one ends;
	// nil means that every job begins at its beginning. Missed is told why it could not; it may
	// be nil.
	Progress   Progress
	Missed     func(error)
	Sources    func(workflow.Tenant) []Reading
	Incomplete Incomplete
	// Cooling says until when an admin whom the registry names anew gets nothing; zero when
	// there is nothing to wait for. Nil means that there is no cooling-off.
	Cooling func(context.Context, workflow.Tenant, workflow.Admin, workflow.Address) (time.Time, error)
	Random  io.Reader
	Now     func() time.Time
}

// Carry compiles one package. Trouble that may pass is an outcome with a time to try again; all
// else is an event.
func (c *Carrier) Carry(ctx context.Context, r workflow.Request, t workflow.Task) (workflow.Outcome, error) {
	tenant, admin, stop := c.releaser(ctx, r)
	if stop != nil {
		return *stop, nil
	}
	job, stop := c.job(r, tenant, admin)
	if stop != nil {
		return *stop, nil
	}
	seal, passphrase, err := c.seal(tenant, admin)
	if err != nil {
		return ended(workflow.CompileFailed, workflow.EncryptionFailed), nil
	}
	job.Seal = seal
	p := workflow.Package{
		Blob: blobName("package", t, t.Lapsed), File: "dsr-" + r.ID.Locator() + seal.Extension(),
		Encryption: tenant.Encryption,
	}
	if p.Encryption == workflow.EncryptPassphrase {
		p.Passphrase = blobName("passphrase", t, t.Lapsed)
		if _, err := c.Blobs.Put(ctx, r.ID, p.Passphrase, strings.NewReader(passphrase)); err != nil {
			return c.failed(ctx, t, stored(fmt.Errorf("keep the passphrase of %s: %w", r.ID, err)))
		}
	}
	if c.Progress != nil {
		job.Checkpoints = c.checkpoints(r.ID, t.Effect.ID)
		job.Checkpoints.For = string(admin.Address) + " as " + string(admin.Role)
	}
	result, err := c.compile(ctx, r, job, p.Blob)
	if err != nil {
		return c.failed(ctx, t, err)
	}
	describe(&p, result, c.Now())
	return workflow.Outcome{Event: workflow.Event{Type: workflow.PackageBuilt, Package: &p}}, nil
}

// releaser is the admin whose acknowledgement counts, if the registry still names that admin with
// that role for the customer's tenant.
func (c *Carrier) releaser(
	ctx context.Context, r workflow.Request,
) (workflow.Tenant, workflow.Admin, *workflow.Outcome) {
	tenant, err := c.holder(ctx, r)
	switch {
	case errors.Is(err, workflow.NotFound) || err == nil && tenant.ID != r.TenantID:
		return tenant, workflow.Admin{}, stop(ended(workflow.TenantLost, workflow.TenantGone))
	case err != nil:
		return tenant, workflow.Admin{}, stop(workflow.Outcome{Retry: c.Now().Add(time.Minute), Note: "registry"})
	case r.Ack == nil:
		return tenant, workflow.Admin{}, stop(ended(workflow.CompileFailed, workflow.AdminReplaced))
	}
	admin, named := tenant.Admin(r.Ack.Admin)
	if !named || admin.Role != r.Ack.Role {
		return tenant, admin, stop(ended(workflow.AdminChanged, workflow.AdminReplaced))
	}
	return tenant, admin, c.wait(ctx, r, tenant, admin)
}

// holder is the tenant that has the customer now. One whom nobody lists is held by the tenant that
// an operator named; a list that names another tenant has the last word.
func (c *Carrier) holder(ctx context.Context, r workflow.Request) (workflow.Tenant, error) {
	t, err := c.Registry.Lookup(ctx, r.Customer)
	if r.Assigned && errors.Is(err, workflow.NotFound) {
		return c.Registry.Tenant(ctx, r.TenantID)
	}
	return t, err
}

// wait puts off what would be encrypted with a key that was put into the registry a moment ago: the
// acknowledgement names an admin and a role, not a key.
func (c *Carrier) wait(ctx context.Context, r workflow.Request, t workflow.Tenant, a workflow.Admin) *workflow.Outcome {
	if c.Cooling == nil {
		return nil
	}
	until, err := c.Cooling(ctx, t, a, r.Customer)
	switch {
	case err != nil:
		return stop(workflow.Outcome{Retry: c.Now().Add(time.Minute), Note: "registry"})
	case until.After(c.Now()):
		return stop(workflow.Outcome{Retry: until, Note: "cooling-off", Uncounted: true})
	}
	return nil
}

func stop(o workflow.Outcome) *workflow.Outcome { return &o }

func ended(t workflow.EventType, why workflow.Reason) workflow.Outcome {
	return workflow.Outcome{Event: workflow.Event{Type: t, Reason: why}}
}

// job applies the role table: what the admin's role may not have is left out, and said so.
func (c *Carrier) job(r workflow.Request, tenant workflow.Tenant, admin workflow.Admin) (Job, *workflow.Outcome) {
	job := Job{
		Request: string(r.ID), Kind: kindOf(r), Tenant: tenant.ID, TenantName: tenant.Name,
		Customer: string(r.Customer), Sources: c.Sources(tenant), Incomplete: c.Incomplete, Now: c.Now(),
	}
	seen := map[string]bool{}
	for _, reading := range job.Sources {
		for _, set := range reading.Source.Sets() {
			if seen[set.Category] {
				continue
			}
			seen[set.Category] = true
			if admin.Role.MayExport(workflow.Category(set.Category)) {
				job.Allowed = append(job.Allowed, set.Category)
				continue
			}
			job.LeftOut = append(job.LeftOut, archive.LeftOut{
				Category: set.Category, Reason: string(workflow.RoleForbids),
			})
		}
	}
	if len(job.Allowed) == 0 {
		return job, stop(ended(workflow.RoleRefused, workflow.RoleForbids))
	}
	return job, nil
}

func kindOf(r workflow.Request) string {
	if len(r.Rights) == 0 {
		return string(workflow.Export)
	}
	return string(r.Rights[0])
}

// seal never falls back to no encryption: what cannot be encrypted is not made.
func (c *Carrier) seal(tenant workflow.Tenant, admin workflow.Admin) (archive.Seal, string, error) {
	switch tenant.Encryption {
	case workflow.EncryptNone:
		return archive.Plain(), "", nil
	case workflow.EncryptAge:
		recipient, err := age.ParseX25519Recipient(admin.PublicKey)
		if err != nil {
			return archive.Seal{}, "", fmt.Errorf("read the admin's age recipient: %v", err)
		}
		return archive.Age(recipient), "", nil
	case workflow.EncryptPassphrase:
		p, err := archive.NewPassphrase(c.Random)
		if err != nil {
			return archive.Seal{}, "", err
		}
		return archive.WithPassphrase(p, c.Random), p.Reveal(), nil
	}
	return archive.Seal{}, "", fmt.Errorf("encrypt for tenant %s: unknown way %q", tenant.ID, tenant.Encryption)
}

// describe keeps of the manifest what the delivery letter tells.
func describe(p *workflow.Package, r Result, now time.Time) {
	p.SHA256, p.Size, p.BuiltAt = r.SHA256, r.Size, now
	p.Incomplete = !r.Manifest.Complete
	for _, s := range r.Manifest.Sources {
		for _, set := range s.Sets {
			p.Sources = append(p.Sources, workflow.SourceLine{
				Name: s.Name + "/" + set.Name, Category: workflow.Category(set.Category),
				Status: string(set.Status), Count: set.Rows, Note: set.Reason,
			})
		}
	}
	for _, l := range r.Manifest.LeftOut {
		p.LeftOut = append(p.LeftOut, workflow.LeftOut{Category: workflow.Category(l.Category), Reason: l.Reason})
	}
}
